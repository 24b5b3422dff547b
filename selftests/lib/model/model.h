/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test that nobody wrote by hand: up to 16 processes do random operations on
 * sockets, cgroups, namespaces and rules, while the parent disturbs them; now and
 * then all stop, and what the module counts is compared with what the kernel shows
 * and with what the model knows of each socket (tracked.h).
 *
 *	model.c		the parent: starts, stops, disturbs, checks
 *	worker.c	the processes: which operation is next, and when to stop
 *	slot.c tcp.c udp.c pass.c	operations on sockets
 *	places.c	operations on cgroups, rules, namespaces and processes
 *	disturb.c	what the parent does to all of them
 *	compare.c seen.c numbers.c	the check
 *	shrink.c	looks for a smaller run that fails as well
 */
#ifndef PQ_MODEL_H
#define PQ_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "child.h"
#include "model/random.h"
#include "model/tracked.h"

#define WORKERS		16
#define NAMESPACES	3
#define SLOTS		32	/* sockets of a worker */
#define UDP_SLOTS	8	/* the last of them */
#define TARGETS		24	/* listeners that are told to all workers of a namespace */
#define CGROUPS		65536	/* that were ever made in one run */

/* Each namespace hands out at least these, at most RANGE_MAX; cgroups get ranges within. */
#define RANGE_LOW	20000
#define RANGE_CORE	20399
#define RANGE_MAX	20799
#define RESERVED_LOW	(RANGE_LOW + 100)
#define RESERVED_HIGH	(RANGE_LOW + 119)
#define RESERVED_TEXT	"20100-20119"
#define PORT_REFUSED	9
#define PORT_WORKER	8100	/* worker i listens on this + i, outside every range */
#define PORT_ELSEWHERE	7000	/* 64 ports outside of every range */

/* What is done: name, weight among the workers' (0: the parent does it). */
#define MODEL_KINDS(X)		\
	X(BIND0, "bind0", 60)		\
	X(BIND, "bind", 50)		\
	X(ELSEWHERE, "elsewhere", 15)	\
	X(LISTEN, "listen", 35)		\
	X(CONNECT, "connect", 140)	\
	X(REFUSED, "refused", 30)	\
	X(ACCEPT, "accept", 90)		\
	X(SHUTDOWN, "shutdown", 30)	\
	X(CLOSE, "close", 90)		\
	X(RESET, "reset", 30)		\
	X(DISCONNECT, "disconnect", 30)	\
	X(OPTION, "option", 30)		\
	X(DATA, "data", 60)		\
	X(CYCLE, "cycle", 130)		\
	X(UDP, "udp", 110)		\
	X(PASS, "pass", 30)		\
	X(FORK, "fork", 5)		\
	X(CGROUP, "cgroup", 12)		\
	X(RULE, "rule", 8)		\
	X(NETNS, "netns", 1)		\
	X(CPU, "cpu", 0)		\
	X(RELOAD, "reload", 0)		\
	X(HOST, "host", 0)		\
	X(MODE, "mode", 0)		\
	X(SYSCTL, "sysctl", 0)		\
	X(DESTROY, "destroy", 0)	\
	X(STILL, "still", 0)		\
	X(ZERO, "zero", 0)

enum kind {
#define X(kind, name, weight) KIND_##kind,
	MODEL_KINDS(X)
#undef X
	KINDS
};

/* What came of them. In a long run all of these have to happen: model_play(). */
#define MODEL_OUTCOMES(X)			\
	X(BOUND_ANY, "bound")			\
	X(BOUND_NAMED, "bound by number")	\
	X(LISTENING, "listening")		\
	X(CONNECTED_V4, "connected IPv4")	\
	X(CONNECTED_V6, "IPv6")			\
	X(CONNECTED_MAPPED, "mapped")		\
	X(REFUSED, "refused by the peer")	\
	X(NO_PORT, "without a port")		\
	X(TAKEN, "refused a port by number")	\
	X(ACCEPTED, "accepted")			\
	X(SHUT, "shut down")			\
	X(RESET, "reset")			\
	X(DISCONNECTED, "disconnected")		\
	X(REUSEADDR, "SO_REUSEADDR")		\
	X(REUSEPORT, "SO_REUSEPORT")		\
	X(NO_BIND_PORT, "IP_BIND_ADDRESS_NO_PORT") \
	X(UDP_V4, "UDP IPv4")			\
	X(UDP_V6, "UDP IPv6")			\
	X(PASSED, "passed")			\
	X(RECEIVED, "received")			\
	X(EXITED, "exited")			\
	X(KILLED, "killed")			\
	X(MOVED, "moved to a cgroup")		\
	X(CGROUP_REMOVED, "cgroup removed")	\
	X(NETNS_REMOVED, "namespace removed")	\
	X(RULE_SET, "rule set")			\
	X(RULE_REMOVED, "rule removed")		\
	X(HOST_RULE_SET, "host's rule set")	\
	X(HOST_RULE_REMOVED, "host's rule removed") \
	X(LOADED_AT_REST, "loaded at rest")	\
	X(LOADED, "loaded under traffic")	\
	X(CPU_OFFLINE, "CPU offline")		\
	X(EXPIRED, "TIME_WAIT expired")	\
	X(STILL, "nothing on its way")

enum outcome {
#define X(outcome, name) OUTCOME_##outcome,
	MODEL_OUTCOMES(X)
#undef X
	OUTCOMES
};

extern const char *const outcome_name[OUTCOMES];
extern const char *const kind_name[KINDS];
extern const unsigned int kind_weight[KINDS];

struct run {
	uint64_t seed;
	unsigned long long operations;	/* 0: until the time is over */
	unsigned long long operations_done;
	unsigned int seconds, threads, burst;
	unsigned int patience_ms;	/* how long a difference may take to go away */
	unsigned int kinds;		/* bits by enum kind */
	bool quiet;			/* says nothing: the status tells */
};

/* How a call was refused a port, as programs see it. */
enum refusal {
	REFUSED_ANY,		/* the kernel was to choose: it is denied or exhausted */
	REFUSED_NAMED,		/* a port of the namespace's range: it is denied or taken */
	REFUSED_PERHAPS,	/* a port elsewhere, or for another reason: it may be none of these */
	REFUSALS
};

/* What programs saw refused in a namespace. */
struct refused {
	unsigned long long tcp[REFUSALS], udp[REFUSALS];
};

struct cgroup_made {
	char path[88];
	bool removed;
};

/* Shared by all processes. */
struct model {
	struct run run;
	char base[64];
	unsigned long long done[KINDS];
	unsigned long long outcome[OUTCOMES];
	unsigned int range_high[NAMESPACES];
	bool reserved[NAMESPACES];	/* RESERVED_LOW to RESERVED_HIGH are */
	struct refused refused[NAMESPACES];
	/* Ports bind() has had since all was closed: connect() and the survey see that it has. */
	bool bound[NAMESPACES][65536];
	/* The same of connect(), which has the survey take what it finds there for its own. */
	bool connected[NAMESPACES][65536];
	unsigned int targets[NAMESPACES][TARGETS];	/* domain << 16 | port; 0: none */
	unsigned int cgroups;
	struct cgroup_made cgroup[CGROUPS];
	bool closing;			/* at this stop, all sockets but the workers' listeners */
	bool ended;
	/* The parent's, made before the workers. */
	int ns[NAMESPACES];
	int box[WORKERS][2];		/* sockets are passed through it: read, write */
	struct gate go[WORKERS];
	int arrived[2];			/* a pipe */
};

extern struct model *model;

/* The cgroups all workers know: base and these below it, by their number. */
#define SHARED_CGROUPS 5
#define CGROUP_CAPPED 4
#define CAPPED_TCP 8
#define CAPPED_UDP 2

struct slot {
	int fd;			/* -1: empty */
	uint64_t cookie;
};

struct worker {
	unsigned int id, ns;
	uint32_t cgroup;
	uint32_t own[3];	/* cgroups of its own; 0: none */
	struct slot listener;
	struct slot slot[SLOTS];
	unsigned long long number;	/* of the next operation */
	bool child;			/* forked by a worker, for a few operations */
	bool heir;			/* with the sockets of that worker, which has them too */
};

bool in_range(unsigned int ns, unsigned int port);
uint32_t cgroup_made(const char *path);			/* its number */
static inline bool kind_wanted(enum kind kind)
{
	return model->run.kinds >> kind & 1;
}

static inline void count_done(enum kind kind)
{
	__atomic_add_fetch(&model->done[kind], 1, __ATOMIC_RELAXED);
}

static inline void came_about(enum outcome outcome)
{
	__atomic_add_fetch(&model->outcome[outcome], 1, __ATOMIC_RELAXED);
}

/* worker.c */
void worker_run(void *arg);				/* a process; arg: its number */
void worker_operate(struct worker *w, uint64_t stream, unsigned long long number);

/* slot.c, tcp.c, pass.c */
void slots_init(struct worker *w);
void slots_close(struct worker *w);
void worker_listen(struct worker *w);
void box_drain(struct worker *w);
void sockets_report(struct worker *w);			/* to tracked.h, at a stop */
void do_socket_operation(struct worker *w, enum kind kind, struct rng *r);

/* places.c */
void do_fork(struct worker *w, struct rng *r);
void do_cgroup(struct worker *w, struct rng *r);
void do_rule(struct worker *w, struct rng *r);
void do_netns(struct worker *w, struct rng *r);
void own_cgroups_leave(struct worker *w);

/* disturb.c */
void cap_set(void);			/* the rule of CGROUP_CAPPED, in all namespaces */
void disturb(struct rng *r);		/* while the workers run */
void disturb_at_rest(struct rng *r);
void destroy_all(void);			/* every TIME_WAIT of the namespaces */

/* compare.c: how many things are wrong */
unsigned int compare_all(const char *when, bool zero);

/* numbers.c: between the two nothing but time ends TIME_WAITs; how many things are wrong */
void still_begin(void);
unsigned int still_end(void);
/* The module counts from 0 since a moment ago. */
void compare_loaded(bool under_traffic);
void compare_mode_changed(bool enforced);
void compare_fin_timeout(unsigned int ns, unsigned int seconds);
/* The parent has destroyed @n TIME_WAITs since @before, in the namespace it is in. */
struct counters;
void compare_destroyed(unsigned int ns, const struct counters *before, unsigned int n);

/* model.c: 0 when all held; the module must be loaded. Sets how many operations it were. */
int model_play(struct run *run);

/* shrink.c: the same in a process of its own, which may die; @run is in shared memory */
int model_run(struct run *run);
/* Prints the smallest run that fails too. */
void model_shrink(const struct run *failed, unsigned int seconds);

#endif
