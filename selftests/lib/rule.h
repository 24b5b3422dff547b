/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules files and the mode.  rule_write() returns 0 or -errno, rule_set()
 * dies instead.  What was written to the host's file, and the mode, are put
 * back by rules_end(), which world_close() calls.
 */
#ifndef PQ_RULE_H
#define PQ_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "paths.h"

int rule_write(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void rule_set(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int host_rule_write(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void host_rule_set(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

int rule_write_bytes(const char *file, const char *text, size_t len);
bool rule_listed(const char *file, const char *line);	/* is there just that line? */
unsigned int rules_listed(const char *file);

void mode_set(const char *mode);
void rules_end(void);

#endif
