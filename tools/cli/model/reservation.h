/* SPDX-License-Identifier: GPL-2.0-only */
/* Reservations: the lines of the reservations file as records. */
#ifndef PORTQUOTA_RESERVATION_H
#define PORTQUOTA_RESERVATION_H

#include "lib/record.h"

int reservation_each(bool (*visit)(struct record *rec, void *data), void *data);
void reservation_add_local(struct record *rec);

#endif
