/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * logger: the warnings as lines of the kernel log, at most one per account,
 * resource, level and threshold in each log_interval_ms. Those of network
 * namespaces that belong to another user namespace than the host's are left out:
 * any user can make such namespaces, and the log is the administrator's. Of what no
 * rule asks for, as ports that are taken, there are so many lines a minute at most, of
 * all cgroups together: any user can cause that too. The
 * logger is a reader of the host's events like any other, in a work of its own: a
 * storm of refusals never waits for a console.
 */
#ifndef _PORTQUOTA_LOGGER_H
#define _PORTQUOTA_LOGGER_H

void pq_logger_kick(void);
void pq_logger_flush(void);
void pq_logger_stop(void);

#endif
