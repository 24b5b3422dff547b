/* SPDX-License-Identifier: GPL-2.0-only */
/* Shrinking: what of a row is left out where a day has not the room for all of it. */
#ifndef PORTQUOTA_SHRINK_H
#define PORTQUOTA_SHRINK_H

#include <jansson.h>
#include <stddef.h>

#define SHRINK_EVENTS	(128UL << 10)	/* bytes that events of a row can have */
#define SHRINK_SHORT	2048	/* more bytes than a short row has, whatever it was before */

void shrink_events(json_t *row, size_t bytes);
void shrink_thin(json_t *row);
void shrink_short(json_t *row);

#endif
