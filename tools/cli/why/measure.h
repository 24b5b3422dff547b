/* SPDX-License-Identifier: GPL-2.0-only */
/* Measuring: from the evidence to the figures, which are what has changed between the two looks. */
#ifndef PORTQUOTA_MEASURE_H
#define PORTQUOTA_MEASURE_H

#include "why/evidence.h"
#include "why/figures.h"

void evidence_figures(struct evidence *ev, struct figures *f);

#endif
