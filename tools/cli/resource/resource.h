/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A resource: one thing that can run out, with all that is known of it. It is the only place where
 * it is decided how short a resource is, so that no two commands can disagree about it. Pure:
 * nothing here reads a file or prints anything.
 */
#ifndef PORTQUOTA_RESOURCE_H
#define PORTQUOTA_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resource/culprit.h"

enum resource_kind {
	RESOURCE_RANGE,		/* the ports of the namespace's range, or of a cgroup's own */
	RESOURCE_DESTINATION,	/* the ports from one address towards one destination */
	RESOURCE_LIMIT,		/* a limit of a rule */
	RESOURCE_PORT,		/* one port by its number */
	RESOURCE_BUCKETS,	/* the TIME_WAITs that tcp_max_tw_buckets allows */
};

/* How short it is; the higher the worse. */
enum resource_level {
	LEVEL_FINE,
	LEVEL_NOTED,	/* told by why, but no alarm: it works, only slower, or not for all */
	LEVEL_WARNING,
	LEVEL_CRITICAL,
	LEVEL_FULL,	/* calls fail */
};

/* Kinds of calls that cannot but fail */
#define FAILS_CONNECT	1
#define FAILS_BIND	2	/* bind() without a port */

/**
 * struct threshold - from which percentage on a resource is short
 * @warn: for LEVEL_WARNING; 0 for never
 * @crit: for LEVEL_CRITICAL; 0 for never
 */
struct threshold {
	unsigned int warn;
	unsigned int crit;
};

/**
 * struct thresholds - those of all kinds of resources
 * @tcp: of TCP ranges
 * @udp: of UDP ranges
 * @destination: of the ports towards a destination
 * @limit: of limits, beside the threshold that a rule sets
 * @timewait: of the TIME_WAITs that tcp_max_tw_buckets allows
 */
struct thresholds {
	struct threshold tcp;
	struct threshold udp;
	struct threshold destination;
	struct threshold limit;
	struct threshold timewait;
};

extern const struct thresholds resource_thresholds;

#define RESOURCE_NEARLY		90	/* percent of tcp_max_tw_buckets that are nearly all of them */
#define RESOURCE_SLOW		50	/* past that percentage a connect() searches far longer */
#define RESOURCE_FORECAST	30	/* seconds: what is full sooner than that is short */
#define RESOURCE_CHOSEN		4	/* ports refused lately: a service does not ask for so many */
#define RESOURCE_RECENT		60	/* seconds: a failure is of now until then */

/**
 * struct holder - a reservation that holds a port, as an example
 * @local: its address and port; NULL if nobody holds the port
 * @remote: the other end
 * @state: what it is in
 * @exclusive: taken by bind() or listen()
 * @left: seconds until it ends, if it is a TIME_WAIT
 * @peer: the program on this host that has the other end; NULL if none is seen
 * @peer_pid: its pid
 */
struct holder {
	char *local;
	char *remote;
	enum user_state state;
	bool exclusive;
	uint64_t left;
	char *peer;
	int peer_pid;
};

/**
 * struct resource - something that can run out
 * @kind: what it is
 * @name: tcp, udp or timewait
 * @path: whose it is: the cgroup of an own range or of a limit, else /
 * @range: the range, as LOW-HIGH
 * @low: its first port
 * @high: its last port
 * @own: it is the range of a cgroup
 * @source: the local address of a destination
 * @destination: address and port of a destination
 * @port: the port, if it is one by its number
 * @rule: the rule of a limit, as it is written; NULL if it is not known
 * @enforced: the limit refuses; else mode is audit or off
 * @warned_at: from this number on the limit's rule warns; UINT64_MAX for never
 * @capacity: how much there is; 0 if it is not known, of a limit UINT64_MAX if it only warns
 * @used: how much of it is held
 * @reusable: of @used: TIME_WAITs that the kernel gives away to a connect()
 * @free: what a connect() could get beside these (a range: what bind() could get)
 * @exact: @free (of a range: @used) is the module's own word, or was counted port by port
 * @exclusive: ports that bind() or listen() holds for itself
 * @spoiled: ports that connect() cannot share any more, as somebody has bound them meanwhile
 * @reserved: ports that ip_local_reserved_ports keeps out of the range
 * @anywhere: of a range: of @used: ports that are held on all addresses
 * @ipv6: of a range: it is IPv6 sockets that lack ports, and those of IPv4 do not
 * @address: of a range: the one address that all others of @used are held on; NULL for several
 * @timewait: of @used: TIME_WAITs
 * @growth: by how much @used has grown between the two looks
 * @seconds: the time between the two looks; 0 if there was one only
 * @failed: calls that failed for it between the two looks
 * @going_on: calls fail for it, and how many is not known: a run of them is not over
 * @since: seconds since the first of them did
 * @open: a run of failing calls is not over, which says only that there was one lately
 * @is_chosen: of a port by its number: the cgroup that was refused it chooses ports itself
 * @chosen: the same: it stands for so many of them; 0 if another does
 * @failing: the cgroup that most of these were of; NULL if it is not known
 * @failed_ever: the same since the module was loaded
 * @strays: of a destination: ports outside of the range are used towards it, and free may be too many
 * @placed: of a destination: the module has left these out
 * @explained: of a TCP range: these calls failed because destinations are full
 * @empty: of a range: ip_local_reserved_ports keeps all of its ports out of it
 * @blind: of a TCP range: a destination may be full that is not known
 * @uncounted: connections to those that are not; 0 if none is
 * @narrow: it has ports, and calls that found none must have asked for less than all of it
 * @blocks: it leaves no port to a destination that uses few itself
 * @holder: of a port by its number: who holds it, and is in the way of these calls; else of those
 *	in FIN-WAIT-2, which the other end keeps
 * @users: who holds it
 * @binders: of a TCP range: who holds the exclusive ports of it; of a port by its number: who has
 *	bound it
 * @closers: who holds TIME_WAITs of it that a connect() does not take over
 * @seen: single reservations could be looked at, so that programs and states are known
 * @fails: which calls cannot but fail; FAILS_
 * @level: how short it is
 */
struct resource {
	enum resource_kind kind;
	const char *name;
	const char *path;
	const char *range;
	unsigned int low;
	unsigned int high;
	bool own;
	const char *source;
	const char *destination;
	unsigned int port;
	const char *rule;
	bool enforced;
	uint64_t warned_at;
	uint64_t capacity;
	uint64_t used;
	uint64_t reusable;
	uint64_t free;
	bool exact;
	uint64_t exclusive;
	uint64_t spoiled;
	uint64_t reserved;
	uint64_t anywhere;
	bool ipv6;
	char *address;
	uint64_t timewait;
	uint64_t growth;
	double seconds;
	uint64_t failed;
	bool going_on;
	double since;
	bool open;
	bool is_chosen;
	size_t chosen;
	const char *failing;
	uint64_t failed_ever;
	bool strays;
	bool placed;
	bool explained;
	bool empty;
	bool blind;
	uint64_t uncounted;
	bool narrow;
	bool blocks;
	struct holder holder;
	struct users users;
	struct users binders;
	struct users closers;
	bool seen;
	unsigned int fails;
	enum resource_level level;
};

bool resource_is_part(uint64_t part, uint64_t whole, unsigned int percent);
const struct users *resource_users(const struct resource *res);
uint64_t resource_lost(const struct resource *res);
bool resource_left(const struct resource *res, uint64_t *seconds);
void resource_judge(struct resource *res, const struct thresholds *thresholds);

#endif
