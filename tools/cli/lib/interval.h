/* SPDX-License-Identifier: GPL-2.0-only */
/* From one sample to the next: how long that was, and rates. */
#ifndef PORTQUOTA_INTERVAL_H
#define PORTQUOTA_INTERVAL_H

#include <stdint.h>

double interval_clock(void);
double interval_wall(void);
char *interval_ago(double seconds);
uint64_t interval_rate(uint64_t now, uint64_t past, double elapsed);

#endif
