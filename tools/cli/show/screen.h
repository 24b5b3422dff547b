/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A terminal taken over for a live display: an alternate screen, keys one by one.
 *
 * The terminal is restored however the program ends: by screen_close(), exit() or a signal, also
 * one of a crash. Signals that stop or suspend the program are noted by signals.h; the caller acts.
 */
#ifndef PORTQUOTA_SCREEN_H
#define PORTQUOTA_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* Keys that are no character */
enum {
	SCREEN_UP = 256, SCREEN_DOWN, SCREEN_PAGE_UP, SCREEN_PAGE_DOWN, SCREEN_HOME, SCREEN_OTHER,
};

bool screen_open(void);
void screen_close(void);
void screen_show(const char *text);
int screen_wait(int timeout_ms);

#endif
