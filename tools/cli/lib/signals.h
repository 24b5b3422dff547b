/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signals, for commands that run until they are stopped. Handlers only note them. Signals are
 * delivered while signals_wait() waits, so that none is missed and no other call is interrupted.
 */
#ifndef PORTQUOTA_SIGNALS_H
#define PORTQUOTA_SIGNALS_H

#include <poll.h>
#include <stdbool.h>

void signals_note(int number);
bool signals_seen(int number);
bool signals_stop(void);
int signals_wait(struct pollfd *fds, unsigned int count, int timeout_ms);

#endif
