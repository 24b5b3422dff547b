/* SPDX-License-Identifier: GPL-2.0-only */
/* Leaks: what could be one, gathered while reservations are read. */
#ifndef PORTQUOTA_LEAKS_H
#define PORTQUOTA_LEAKS_H

#include "resource/held.h"
#include "resource/resources.h"

void leaks_take(struct resources *resources, const struct held *held);
void leaks_compare(struct resources *resources, const struct resources *before);

#endif
