/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What always holds at rest, which is when there was no traffic for one RCU grace
 * period.  It is checked for the current network namespace:
 *
 *   a  timewait.current = tw of /proc/net/sockstat = TIME_WAIT structures in a dump,
 *      FIN_WAIT2 remainders included
 *   b  reservations = a socket dump inside the range, less accepted sockets,
 *      and the counters = the lines of that file
 *   c  a parent's count = its own + its children's; the root's line = stat
 *   d  begun - ended = current, entered - (expired+reused+recycled+killed) = current,
 *      and the histogram of lifetimes holds each of these ends once
 *   e  no cap that a test says holds (cap_holds()) is exceeded, nor was
 *   f  denied and exhausted = the refusals programs saw (refusals_count())
 *   g  when all is closed and expired, everything that is held now is 0
 *      (invariants_at_zero())
 *   -  no number is negative or above its peak, hooks.missed is 0, hooks are live
 *   -  the host's line of this namespace = stat
 *
 * Two more cannot be seen from inside one test and have programs of their own:
 *
 *   h  without a rule every errno and every choice of port is as without the
 *      module (module/transparent.c)
 *   i  removing the module leaves enabled_functions, slabinfo and kmemleak as they
 *      were (module/hooks.c, module/leaks.c)
 *
 * The two sides are read one after the other, so a difference counts only if it
 * does not go away within lane_rest_ms(), nor while TIME_WAITs that are left of
 * the traffic expire between the reads.
 */
#ifndef PQ_INVARIANTS_H
#define PQ_INVARIANTS_H

#include <stdbool.h>

/* Returns how many do not hold, and says which with both sides. */
unsigned int invariants_at_rest(const char *when);

/* The same, and g. */
unsigned int invariants_at_zero(const char *when);

/*
 * The caller compares each socket with its line itself (lib/model/), and knows
 * better which of them are reservations: that part of b is left out.
 */
void invariants_sockets_elsewhere(bool elsewhere);

#endif
