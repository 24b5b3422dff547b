/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Diagnosis: from resources to the causes for which connections fail. Pure: it reads no file and
 * prints nothing, so that it can be tested on its own.
 */
#ifndef PORTQUOTA_DIAGNOSIS_H
#define PORTQUOTA_DIAGNOSIS_H

#include "why/finding.h"
#include "why/view.h"

void diagnose(const struct view *view, struct findings *findings);

#endif
