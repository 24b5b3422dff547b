/* SPDX-License-Identifier: GPL-2.0-only */
/* Destinations: the lines of the destinations file as records. */
#ifndef PORTQUOTA_DESTINATION_H
#define PORTQUOTA_DESTINATION_H

#include "record.h"

int destination_parse(struct record *rec);
int destination_each(bool (*visit)(struct record *rec, void *data), void *data);
bool destination_is_known(void);

#endif
