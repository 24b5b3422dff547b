/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Diagnosis: from figures to the causes for which connections fail. Pure: it reads no file and
 * prints nothing, so that it can be tested on its own.
 */
#ifndef PORTQUOTA_DIAGNOSIS_H
#define PORTQUOTA_DIAGNOSIS_H

#include "why/figures.h"
#include "why/finding.h"

void diagnose(const struct figures *f, struct findings *findings);

#endif
