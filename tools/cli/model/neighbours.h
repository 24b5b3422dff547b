/* SPDX-License-Identifier: GPL-2.0-only */
/* The other network namespaces of the host, as far as the caller may see them. */
#ifndef PORTQUOTA_NEIGHBOURS_H
#define PORTQUOTA_NEIGHBOURS_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct neighbours - the other namespaces, added up; starts as all zero
 * @count: how many there are
 * @failing: how many of these had calls that found no port, since the module was loaded
 * @failed: how many calls
 * @worst: what the one with most of them is called; NULL if there were none
 * @worst_failed: how many of them
 */
struct neighbours {
	size_t count;
	size_t failing;
	uint64_t failed;
	char *worst;
	uint64_t worst_failed;
};

void neighbours_read(struct neighbours *neighbours);
void neighbours_free(struct neighbours *neighbours);

#endif
