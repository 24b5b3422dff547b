/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own view of this namespace: sock_diag and /proc/net/sockstat.
 */
#ifndef PQ_DIAG_H
#define PQ_DIAG_H

#include <stdbool.h>

#include "endpoint.h"

/*
 * Every TCP and UDP socket of the namespace, IPv4 and IPv6, TIME_WAIT included.
 * TCP sockets that are bound and nothing else are only told from 6.8 on:
 * diag_knows_bound().
 */
void diag_read(struct endpoints *eps);
bool diag_knows_bound(void);

/* Ends what @match says yes to, as `ss -K` does. Returns how many were asked for, or -errno. */
int diag_destroy(bool (*match)(const struct endpoint *ep));
bool diag_is_remainder(const struct endpoint *ep);

/* TCP: tw of /proc/net/sockstat. */
long sockstat_tw(void);

#endif
