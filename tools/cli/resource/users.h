/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users: who holds how much of one resource, and in what states. Pure: nothing here reads a file or
 * prints anything.
 */
#ifndef PORTQUOTA_USERS_H
#define PORTQUOTA_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The states of reservations that matter for what is to be done about them. */
enum user_state {
	STATE_ESTAB, STATE_SYN_SENT, STATE_FIN_WAIT_1, STATE_FIN_WAIT_2, STATE_TIME_WAIT,
	STATE_CLOSE_WAIT, STATE_LISTEN, STATE_BOUND, STATE_UNCONN, STATE_OTHER,
	STATES,
};

#define USERS_OLD	60	/* seconds: what holds its port for longer is old */
#define USERS_FRESH	10	/* seconds: a TIME_WAIT begun since then is fresh */

/**
 * struct hold - one reservation that somebody holds of a resource
 * @port: its port
 * @state: what it is in
 * @exclusive: taken by bind() or listen()
 * @old: held for longer than USERS_OLD seconds
 * @reusable: a TIME_WAIT that the kernel gives away to a connect()
 */
struct hold {
	uint16_t port;
	uint8_t state;
	bool exclusive;
	bool old;
	bool reusable;
};

/**
 * struct holding - what one process of one cgroup holds of a resource
 * @cgroup: the cgroup's path
 * @deleted: it has been removed
 * @comm: the program, "" if it is not known
 * @pid: its pid, 0 if it is not known
 * @count: how many it holds that are not known one by one
 * @holds: those that are
 * @hold_count: how many
 * @hold_room: how many fit
 */
struct holding {
	char *cgroup;
	bool deleted;
	char *comm;
	uint64_t pid;
	uint64_t count;
	struct hold *holds;
	size_t hold_count;
	size_t hold_room;
};

/* What a port has been seen as */
enum users_seen { SEEN_AT_ALL = STATES, SEEN_EXCLUSIVE, SEEN_OLD, SEEN_REUSABLE, SEEN_ENDS };

/**
 * struct users - the holdings of one resource, added up; starts as all zero
 * @tree: the holdings by who they are
 * @by_port: ports are what can run out: one that several sockets have counts once
 * @count: how many are held by all
 * @states: of these: in each state
 * @exclusive: of these: taken by bind() or listen()
 * @old: of these: held for longer than USERS_OLD seconds
 * @reusable: of these: TIME_WAITs that the kernel gives away to a connect()
 * @fresh: TIME_WAITs begun within the last USERS_FRESH seconds
 * @longest: seconds until the last of the TIME_WAITs has ended
 * @seen: @by_port: the ports that have been seen in each state, and as what; one bit each
 */
struct users {
	void *tree;
	bool by_port;
	uint64_t count;
	uint64_t states[STATES];
	uint64_t exclusive;
	uint64_t old;
	uint64_t reusable;
	uint64_t fresh;
	uint64_t longest;
	unsigned char *seen[SEEN_ENDS];
};

/* Holdings in the order of cgroup, command and pid; starts as all zero. */
struct user_list {
	const struct holding **list;
	size_t count;
	size_t room;
};

void users_add(struct users *users, const struct holding *who, uint64_t count);
void users_hold(struct users *users, const struct holding *who, const struct hold *hold);
uint64_t users_count_of(const struct users *users, const char *cgroup,
			bool (*wanted)(const struct hold *hold));
bool users_any(const struct users *users, bool (*is_below)(const char *path, const char *top),
	       const char *top);
bool users_are_any_lost(const struct users *users);
void users_list(const struct users *users, struct user_list *list);
void users_list_add(struct user_list *list, const struct holding *holding);
enum user_state users_state_of(const char *name);
const char *users_state_name(enum user_state state);
enum user_state users_main_state(const struct users *users);
void users_free(struct users *users);

#endif
