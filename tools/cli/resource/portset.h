/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of ports: one bit each, in PORTSET bytes. */
#ifndef PORTQUOTA_PORTSET_H
#define PORTQUOTA_PORTSET_H

#include <stdbool.h>

#define PORTS	65536
#define PORTSET	(PORTS / 8)

static inline bool portset_has(const unsigned char *set, unsigned int port)
{
	return set[port / 8] & 1 << port % 8;
}

static inline void portset_add(unsigned char *set, unsigned int port)
{
	set[port / 8] |= 1 << port % 8;
}

/* Return: whether it was not there before. */
static inline bool portset_take(unsigned char *set, unsigned int port)
{
	bool had = portset_has(set, port);

	portset_add(set, port);
	return !had;
}

#endif
