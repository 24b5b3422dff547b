/* SPDX-License-Identifier: GPL-2.0-only */
/* Clauses: what more than one family of causes says of a resource, "" where there is nothing. */
#ifndef PORTQUOTA_CLAUSE_H
#define PORTQUOTA_CLAUSE_H

#include "why/view.h"

char *clause_reserved(const struct view *view, const struct resource *res);
char *clause_unknown(const struct view *view, const struct resource *res);

#endif
