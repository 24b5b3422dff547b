/* SPDX-License-Identifier: GPL-2.0-only */
/* Measuring: from the evidence of two looks to the figures. */
#ifndef PORTQUOTA_MEASURE_H
#define PORTQUOTA_MEASURE_H

#include "why/evidence.h"
#include "why/figures.h"

void evidence_figures(struct evidence *ev, struct figures *f);

#endif
