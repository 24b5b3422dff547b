/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the model knows of a socket, by the kernel's cookie of it.  inet_diag gives
 * the cookie of sockets and of what TIME_WAIT keeps of them, so that each line of a
 * dump leads to who made the socket and how it came by its port.
 *
 * The table is shared by all processes.  A socket is one process's at a time, which
 * alone writes its entry; the parent does when all others have stopped.
 */
#ifndef PQ_MODEL_TRACKED_H
#define PQ_MODEL_TRACKED_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* How a socket holds its port. */
enum holding {
	HOLDS_NOTHING,
	HOLDS_AUTO,		/* the kernel chose it, and takes it back at a disconnect */
	HOLDS_EXPLICIT,		/* bind() named it: kept until close() */
};

/* What a socket had with one port, and TIME_WAIT keeps of it. */
struct held {
	uint16_t port;
	bool accepted;
	bool charged;		/* a reservation, as long as the port is held */
	bool exclusive;
	bool before;		/* the module was loaded since then: it has found it */
	bool before_load;	/* and it was TIME_WAIT then */
	bool account_unknown;	/* nothing tells who pays for its TIME_WAIT */
	bool left_unknown;	/* a TIME_WAIT of it was found, and there may be another */
};

#define PASTS 4

struct tracked {
	uint64_t cookie;	/* 0: free */
	uint32_t cgroup;	/* of its maker at that moment, or of the listener: model.h */
	struct in6_addr laddr, raddr;	/* as reported at the last stop, IPv4 mapped */
	uint16_t rport;		/* 0: there is no peer, and was none that is left in it */
	uint8_t ns, proto;
	uint8_t domain;		/* AF_INET, AF_INET6 */
	uint8_t state;		/* TCP_INFO at the last stop; 0: nobody has it open */
	uint8_t holding;	/* enum holding */
	bool v6only;
	bool used;		/* connected or listening since it took its port */
	bool keep;		/* tracked_sweep() */
	bool shown;		/* by the kernel's dump, not only as a TIME_WAIT */
	uint8_t pasts;
	struct held now, past[PASTS];
};

void tracked_init(void);
struct tracked *tracked_add(uint64_t cookie);
struct tracked *tracked_find(uint64_t cookie);		/* NULL: nobody has made it */
struct tracked *tracked_next(struct tracked *after);	/* NULL: the first; after the last */
unsigned int tracked_count(void);

/* It takes another port; what it had may still be there, as a TIME_WAIT of its cookie. */
void tracked_take(struct tracked *t, struct held now);
/* What it has, or what a @remainder of it had, with @port; NULL if that is not sure any more. */
struct held *tracked_held(struct tracked *t, uint16_t port, bool remainder);

/* Forgets all without the mark keep, and takes the marks away. All processes must have stopped. */
void tracked_sweep(void);

#endif
