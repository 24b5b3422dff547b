/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Advice that more than one family of causes gives. What the kernel's settings rule out, or have in
 * force already, is not given.
 */
#ifndef PORTQUOTA_ADVICE_H
#define PORTQUOTA_ADVICE_H

#include "why/finding.h"
#include "why/view.h"

extern const char advice_reuse[];
extern const char advice_fewer_sockets[];
extern const char advice_no_port[];

bool advise_state(const struct view *view, struct finding *finding, const struct resource *res);
void advise_part(const struct view *view, struct finding *finding, const struct resource *res);
void advise_widen(const struct view *view, struct finding *finding, const struct resource *res);
void advise_reserved(const struct view *view, struct finding *finding,
		     const struct resource *res);
void advise_takeover(const struct view *view, struct finding *finding,
		     const struct resource *res);
void advise_limit(struct finding *finding, const struct resource *res);
void advise_history(const struct view *view, struct finding *finding, const char *what);
void advise_no_port(const struct view *view, struct finding *finding);

#endif
