/* SPDX-License-Identifier: GPL-2.0-only */
/* Trouble: what calls can no longer get of a range that is short of ports, in words. */
#ifndef PORTQUOTA_TROUBLE_H
#define PORTQUOTA_TROUBLE_H

#include "why/view.h"

char *range_trouble(const struct tense *tense, const struct resource *res);

#endif
