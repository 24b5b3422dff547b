/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test says besides its verdict.  diag() adds one KTAP diagnostic line
 * or more; die() does so with the current errno and ends the process as failed:
 * for what a test needs but is not about.
 */
#ifndef PQ_SAY_H
#define PQ_SAY_H

void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
