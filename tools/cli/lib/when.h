/* SPDX-License-Identifier: GPL-2.0-only */
/* Moments, as people type them and as they are shown to them: in local time. */
#ifndef PORTQUOTA_WHEN_H
#define PORTQUOTA_WHEN_H

/* The forms that are understood, for help and complaints */
#define WHEN_FORMS	"03:12, 'yesterday 03:12', '2026-11-29 03:12', 2026-11-29, -2h, now or @SECONDS"

/**
 * struct when - a moment that somebody asked for
 * @at: seconds since 1970
 * @span: how long what was asked for lasts: 60 for "03:12", 86400 or so for a day
 */
struct when {
	double at;
	double span;
};

char *when_parse(struct when *when, const char *text, double now);
char *when_format(double at, const char *format);

#endif
