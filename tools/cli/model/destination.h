/* SPDX-License-Identifier: GPL-2.0-only */
/* Destinations: the lines of the destinations file as records. */
#ifndef PORTQUOTA_DESTINATION_H
#define PORTQUOTA_DESTINATION_H

#include "lib/record.h"
#include "model/endpoint.h"

/* The largest destinations of a namespace; starts as all zero. */
struct destination_list {
	struct record *recs;
	size_t count;
};

int destination_each(bool (*visit)(struct record *rec, void *data), void *data);
int destination_list_read(struct destination_list *list, size_t most,
			  const struct endpoint *to);
void destination_list_free(struct destination_list *list);
bool destination_is_known(void);

#endif
