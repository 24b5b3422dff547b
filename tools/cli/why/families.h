/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The families of causes, one file per family. Each looks through the resources and adds findings.
 *
 * To add one: write NAME.c, add its function here and the call to diagnosis.c.
 */
#ifndef PORTQUOTA_FAMILIES_H
#define PORTQUOTA_FAMILIES_H

#include "why/finding.h"
#include "why/view.h"

void find_rules(const struct view *view, struct findings *findings);
void find_ranges(const struct view *view, struct findings *findings);
void find_destinations(const struct view *view, struct findings *findings);
void find_ports(const struct view *view, struct findings *findings);
void find_overflow(const struct view *view, struct findings *findings);
void find_churn(const struct view *view, struct findings *findings);
void find_leaks(const struct view *view, struct findings *findings);
void find_earlier(const struct view *view, struct findings *findings);
void find_elsewhere(const struct view *view, struct findings *findings);
void find_none(const struct view *view, struct findings *findings);

#endif
