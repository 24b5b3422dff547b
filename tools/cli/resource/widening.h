/* SPDX-License-Identifier: GPL-2.0-only */
/* Widening: a larger range for the namespace, and what would come into it. */
#ifndef PORTQUOTA_WIDENING_H
#define PORTQUOTA_WIDENING_H

#include <stdbool.h>
#include <stddef.h>

#include "model/sysctl.h"

/**
 * struct widening - a range to set; starts as all zero
 * @low: its first port; 0 if the range is as wide as it can be, or not known
 * @high: its last port
 * @services: who listens on ports that would come into it, as "8080 nginx, 9090 java"; NULL for none
 * @reserve: what ip_local_reserved_ports is to be first, so that they keep them; or NULL
 */
struct widening {
	unsigned int low;
	unsigned int high;
	char *services;
	char *reserve;
};

bool widening_plan(struct widening *widening, const struct sysctls *sysctls);
char *widening_reserve(const struct sysctls *sysctls, const char *ports);
void widening_free(struct widening *widening);

#endif
