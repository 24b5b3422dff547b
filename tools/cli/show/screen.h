/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A terminal taken over for a live display: an alternate screen, keys one by one.
 *
 * Whatever ends the program gives the terminal back: screen_close(), exit(), and signals, those
 * of a crash included. Signals that stop or suspend it are noted by signals.h; the caller acts.
 */
#ifndef PORTQUOTA_SCREEN_H
#define PORTQUOTA_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

bool screen_open(void);
void screen_close(void);
void screen_show(const char *text);
int screen_wait(int timeout_ms);

#endif
