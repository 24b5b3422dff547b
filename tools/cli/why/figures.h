/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figures: the numbers of a namespace that a diagnosis is made from, taken from two looks at it.
 * measure.c fills them in. Pure: nothing here reads a file or prints anything.
 */
#ifndef PORTQUOTA_FIGURES_H
#define PORTQUOTA_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROTO_TCP, PROTO_UDP, PROTOS };

enum { USE_TCP, USE_UDP, USE_TIMEWAIT, USES };

/**
 * struct figures_use - what an account holds of a resource
 * @current: how much it holds
 * @max: how much it may hold, if @has_max
 * @has_max: whether a rule says so
 * @refused: how often a rule has refused it, or what is below it, between the two looks
 * @rule: that rule, as it is written; NULL where only the host's rules can have it
 */
struct figures_use {
	uint64_t current;
	uint64_t max;
	bool has_max;
	uint64_t refused;
	const char *rule;
};

/**
 * struct figures_ports - the ports that an account has to choose from
 * @range: the range, as LOW-HIGH
 * @own: whether it has been given this range by a rule, and what is above it has another
 * @usable: how many ports that are
 * @held: how many are held; of an account other than the whole, how many reservations there are
 * @exclusive: of @held: taken by bind() or listen()
 * @exhausted: how often the kernel found none free, between the two looks
 */
struct figures_ports {
	const char *range;
	bool own;
	uint64_t usable;
	uint64_t held;
	uint64_t exclusive;
	uint64_t exhausted;
};

/**
 * struct figures_account - an account, or the whole namespace
 * @path: its path
 * @above: the nearest account above it, NULL for none; figures_link() sets it
 * @use: what it holds, by resource
 * @ports: what it has to choose from, by protocol
 * @local: TCP reservations of this very cgroup
 * @bound: TCP ports held with neither connection nor listener
 * @bound_growth: by how many these have become more
 * @timewait_local: TIME_WAITs of this very cgroup
 * @reserving: TIME_WAITs that hold a port
 * @entered: TIME_WAITs begun between the two looks
 * @delay: seconds that a TIME_WAIT lasts
 * @overflow: TIME_WAITs that could not be made, between the two looks
 * @overflow_ever: the same since the module was loaded
 * @timewait_peak: the most TIME_WAITs there have been
 * @comm: the program that holds most; NULL if not known
 * @pid: its pid, 0 if not known
 * @comm_held: how many it holds
 */
struct figures_account {
	const char *path;
	const struct figures_account *above;
	struct figures_use use[USES];
	struct figures_ports ports[PROTOS];
	uint64_t local;
	uint64_t bound;
	uint64_t bound_growth;
	uint64_t timewait_local;
	uint64_t reserving;
	uint64_t entered;
	uint64_t delay;
	uint64_t overflow;
	uint64_t overflow_ever;
	uint64_t timewait_peak;
	const char *comm;
	uint64_t pid;
	uint64_t comm_held;
};

/**
 * struct figures_destination - a destination
 * @source: the local address
 * @destination: remote address and port
 * @range: the range that its ports are taken from
 * @used: ports used towards it
 * @growth: by how many these have become more between the two looks
 * @timewait: of @used: in TIME_WAIT
 * @usable: ports there are
 * @free: ports left
 * @path: the cgroup that uses most of them; NULL if not known
 * @comm: the program that does
 * @pid: its pid, 0 if not known
 * @comm_held: how many it uses
 */
struct figures_destination {
	const char *source;
	const char *destination;
	const char *range;
	uint64_t used;
	uint64_t growth;
	uint64_t timewait;
	uint64_t usable;
	uint64_t free;
	const char *path;
	const char *comm;
	uint64_t pid;
	uint64_t comm_held;
};

/**
 * struct figures_leak - sockets of one program in a state in which none should stay
 * @state: CLOSE-WAIT or BOUND
 * @path: the cgroup
 * @comm: the program
 * @pid: its pid, 0 if not known
 * @count: how many
 * @growth: by how many these have become more between the two looks
 * @old: how many hold their port for longer than FIGURES_OLD seconds
 */
struct figures_leak {
	const char *state;
	const char *path;
	const char *comm;
	uint64_t pid;
	uint64_t count;
	uint64_t growth;
	uint64_t old;
};

#define FIGURES_OLD	60	/* seconds */

/**
 * struct figures - all that a diagnosis is made from: two looks at a namespace
 * @seconds: the time between the two looks
 * @enforcing: whether rules refuse anything, or mode is audit or off
 * @whole: the namespace
 * @accounts: its accounts, in the order of the tree (account_path_cmp())
 * @account_count: how many
 * @destinations: its destinations, the largest first
 * @destination_count: how many
 * @destinations_known: whether the module tells destinations
 * @leaks: what could be leaks
 * @leak_count: how many
 * @leaks_known: whether single reservations could be looked at
 */
struct figures {
	double seconds;
	bool enforcing;
	struct figures_account whole;
	struct figures_account *accounts;
	size_t account_count;
	struct figures_destination *destinations;
	size_t destination_count;
	bool destinations_known;
	struct figures_leak *leaks;
	size_t leak_count;
	bool leaks_known;
};

extern const char *const figures_use_names[USES];

/* Returns what an account holds by itself, not counting the accounts below it. */
typedef uint64_t (*figures_own_fn)(const struct figures_account *account);

uint64_t figures_own_reservations(const struct figures_account *account);
uint64_t figures_own_timewaits(const struct figures_account *account);
const struct figures_account *figures_largest(const struct figures *f,
					      const struct figures_account *top,
					      figures_own_fn own);
bool figures_is_below(const struct figures *f, const struct figures_account *account,
		      const struct figures_account *top);

bool figures_is_full(const struct figures_use *use);
bool figures_is_past_half(const struct figures_destination *dest);
bool figures_is_part(uint64_t part, uint64_t whole, unsigned int percent);
uint64_t figures_per_second(const struct figures *f, uint64_t count);

void figures_link(struct figures *f);
void figures_free(struct figures *f);

#endif
