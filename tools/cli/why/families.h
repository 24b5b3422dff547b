/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The families of causes, one file per family. Each looks through the figures and adds findings.
 *
 * To add one: write NAME.c, add its function here and the call to diagnosis.c.
 */
#ifndef PORTQUOTA_FAMILIES_H
#define PORTQUOTA_FAMILIES_H

#include "why/figures.h"
#include "why/finding.h"

void find_rules(const struct figures *f, struct findings *findings);
void find_ranges(const struct figures *f, struct findings *findings);
void find_destinations(const struct figures *f, struct findings *findings);
void find_overflow(const struct figures *f, struct findings *findings);
void find_churn(const struct figures *f, struct findings *findings);
void find_leaks(const struct figures *f, struct findings *findings);

#endif
