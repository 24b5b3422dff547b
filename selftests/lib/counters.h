/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of one account or one namespace, whichever file they came from,
 * and the three files made of them: stat, accounts, namespaces.
 *
 * Values are read as signed, so that one that wrapped is seen as negative.
 * A key a file does not have stays -1; a key this list does not have is skipped.
 * The word max, for no limit, is NO_LIMIT.
 */
#ifndef PQ_COUNTERS_H
#define PQ_COUNTERS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "paths.h"

/* Every numeric key: those of stat in its order, those of accounts alone, and what came later. */
#define PQ_KEYS(X)				\
	X(hooks_missed, "hooks.missed")		\
	X(cgroup_v2, "cgroup.v2")		\
	X(range_usable, "range.usable")		\
	X(tcp_current, "tcp.current")		\
	X(tcp_peak, "tcp.peak")			\
	X(tcp_begun, "tcp.begun")		\
	X(tcp_ended, "tcp.ended")		\
	X(tcp_ports, "tcp.ports")		\
	X(tcp_exclusive, "tcp.exclusive")	\
	X(tcp_shareable, "tcp.shareable")	\
	X(tcp_bound, "tcp.bound")		\
	X(tcp_exhausted, "tcp.exhausted")	\
	X(tcp_warn, "tcp.warn")			\
	X(tcp_max, "tcp.max")			\
	X(tcp_denied, "tcp.denied")		\
	X(tcp_would_deny, "tcp.would_deny")	\
	X(udp_current, "udp.current")		\
	X(udp_peak, "udp.peak")			\
	X(udp_begun, "udp.begun")		\
	X(udp_ended, "udp.ended")		\
	X(udp_ports, "udp.ports")		\
	X(udp_exhausted, "udp.exhausted")	\
	X(udp_warn, "udp.warn")			\
	X(udp_max, "udp.max")			\
	X(udp_denied, "udp.denied")		\
	X(udp_would_deny, "udp.would_deny")	\
	X(tw_current, "timewait.current")	\
	X(tw_peak, "timewait.peak")		\
	X(tw_reserving, "timewait.reserving")	\
	X(tw_fin_wait2, "timewait.fin_wait2")	\
	X(tw_entered, "timewait.entered")	\
	X(tw_expired, "timewait.expired")	\
	X(tw_reused, "timewait.reused")		\
	X(tw_recycled, "timewait.recycled")	\
	X(tw_killed, "timewait.killed")		\
	X(tw_overflow, "timewait.overflow")	\
	X(tw_warn, "timewait.warn")		\
	X(tw_max, "timewait.max")		\
	X(tw_denied, "timewait.denied")		\
	X(before_load, "before_load")		\
	X(untracked, "untracked")		\
	X(tcp_usable, "tcp.usable")		\
	X(udp_usable, "udp.usable")		\
	X(tw_delay, "timewait.delay")		\
	X(lasted_1, "timewait.lifetime.1")	\
	X(lasted_2, "timewait.lifetime.2")	\
	X(lasted_4, "timewait.lifetime.4")	\
	X(lasted_8, "timewait.lifetime.8")	\
	X(lasted_16, "timewait.lifetime.16")	\
	X(lasted_32, "timewait.lifetime.32")	\
	X(lasted_64, "timewait.lifetime.64")	\
	X(lasted_128, "timewait.lifetime.128")	\
	X(lasted_256, "timewait.lifetime.256")	\
	X(lasted_512, "timewait.lifetime.512")	\
	X(lasted_max, "timewait.lifetime.max")	\
	X(destinations, "destinations")		\
	X(destinations_other, "destinations.other") \
	X(tcp_local, "tcp.local")		\
	X(udp_local, "udp.local")		\
	X(tw_local, "timewait.local")		\
	X(tcp_taken, "tcp.taken")		\
	X(udp_taken, "udp.taken")		\
	X(tw_reserving_local, "timewait.reserving_local") \
	X(tcp_exclusive_ports, "tcp.exclusive_ports") \
	X(tcp_spoiled, "tcp.spoiled")		\
	X(tcp_in_range, "tcp.in_range")		\
	X(udp_in_range, "udp.in_range")		\
	X(tcp_in_range_local, "tcp.in_range_local") \
	X(udp_in_range_local, "udp.in_range_local")

#define NO_LIMIT LLONG_MAX

struct counters {
#define X(field, key) long long field;
	PQ_KEYS(X)
#undef X
};

#define COUNTERS_KEYS (sizeof(struct counters) / sizeof(long long))

extern const char *const counters_key[COUNTERS_KEYS];

long long *counters_at(struct counters *c, size_t i);
void counters_clear(struct counters *c, long long value);

/* Sets what @key names; 0 if it is unknown, -1 if @value is no plain number. */
int counters_set(struct counters *c, const char *key, const char *value);

struct stat_file {
	bool live;			/* hooks live */
	int range_low, range_high;
	struct counters c;
};

struct account {
	char path[1536];		/* unescaped, without the mark; escaped at first */
	bool deleted;
	bool before_load;
	struct counters c;
};

struct accounts {
	struct account *line;
	size_t n;
};

/* Both die if a line does not have the promised form. */
void stat_read(struct stat_file *s);
void stat_read_from(struct stat_file *s, const char *path);
void accounts_read(struct accounts *a);
void accounts_free(struct accounts *a);

/* The account of @path that is not deleted, or the deleted ones of it added up; zeros if none. */
void account_get(const char *path, struct counters *c);
bool account_get_deleted(const char *path, struct counters *c);
bool account_get_before_load(struct counters *c);

/* Has the line of @path just this word ("tcp.range=10000-10999")? For what is no number. */
bool account_says(const char *path, const char *word);

/* The line of one namespace ("net:[…]") in the host's file; false if there is none. */
bool namespaces_get(const char *name, struct counters *c);

/* Undoes \ooo in place. */
void unescape(char *word);

#endif
