/* SPDX-License-Identifier: GPL-2.0-only */
/* An event as a line of text. On a narrow terminal a line says less, and does not align. */
#ifndef PORTQUOTA_EVENT_LINE_H
#define PORTQUOTA_EVENT_LINE_H

#include "lib/record.h"

const char *event_line_level(const char *name);
void event_line_put(const struct record *rec);

#endif
