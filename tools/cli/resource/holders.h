/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holders: who held what was short, as JSON of a row. It is found by looking at single
 * reservations, and so is known of what was short when the row was made, and of nothing else.
 */
#ifndef PORTQUOTA_HOLDERS_H
#define PORTQUOTA_HOLDERS_H

#include "lib/json.h"
#include "resource/resources.h"

json_t *holders_tell(const struct resources *resources);
void holders_restore(struct resources *resources, json_t *list);

#endif
