/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traffic of one process with itself over loopback: the client's and the
 * server's end of each connection are both here, so that a test decides who
 * closes first.  What is not the point of a test dies on failure; the try_
 * calls return a descriptor or -errno.
 */
#ifndef PQ_CONN_H
#define PQ_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

/* A port that lies outside every range used here. */
#define PORT_OUTSIDE 8080

struct pair {
	int client, server;
};

/* Who ends a connection and how; what the kernel keeps of it is in closing_leaves(). */
enum closing {
	CLOSE_CLIENT,		/* client first: its TIME_WAIT */
	CLOSE_SERVER,		/* server first: the accepted socket's TIME_WAIT */
	CLOSE_BOTH,		/* FINs cross: TIME_WAIT on both sides */
	CLOSE_RST,		/* client resets */
	CLOSE_SERVER_RST,
	CLOSE_UNREAD,		/* client closes with data unread: the kernel resets */
	CLOSINGS
};

const char *closing_name(enum closing how);

/* TIME_WAIT structures left on the client's (reserving) and on the server's side. */
void closing_leaves(enum closing how, unsigned int *client, unsigned int *server);

int tcp_socket(enum family f);
int tcp_socket_at(uint16_t port);	/* IPv4; connect() has just this port to choose from */
int udp_socket(enum family f);
int socket_option(int fd, int level, int name, int value);	/* 0 or -errno */

int try_bind(int fd, const struct addr *a);			/* 0 or -errno */
int try_connect(int fd, const struct addr *a);
int try_listen(int fd);
int disconnect(int fd);						/* connect(AF_UNSPEC) */

/* A connection of a new socket, which binds @source before, if it is not NULL; fd or -errno. */
int connect_from(const struct addr *source, const struct addr *to, bool no_port);

void must_bind(int fd, const struct addr *a);
void must_connect(int fd, const struct addr *a);

/* A listening socket; port 0 lets the kernel choose. */
int tcp_listen(enum family f, unsigned int host, uint16_t port);
uint16_t port_of(int fd);

/* A connection to @listener, whose address must not be "any". */
struct pair pair_open(int listener);
struct pair pair_open_from(int client, int listener);	/* with a socket that is prepared */
void pair_close(struct pair *p, enum closing how);

/*
 * Closes one end, whose FIN is answered before that: what stays is a remainder
 * in FIN_WAIT2. When the answer comes in the middle of close(), the kernel keeps
 * the socket itself, for tcp_fin_timeout (tcp_rcv_state_process(): "Bad case").
 */
void close_half(int fd);

/* Several at once; CLOSE_BOTH takes a retransmission timeout however many they are. */
void pairs_close(struct pair *p, size_t n, enum closing how);

/* No limit on TIME_WAIT in this namespace, and none taken over before its time. */
void time_wait_unlimited(void);

/* After so long connect() may take a TIME_WAIT over: its last timestamp is of an earlier second. */
#define REUSABLE_MS 1100

/* RLIMIT_NOFILE to what the kernel permits; returns it. */
size_t descriptors_raise(void);

/*
 * Does connect() share a port again that a bind() was let onto, when that socket is
 * closed? Kernels that know SOCK_CONNECT_BIND do (net/ipv4/inet_hashtables.c,
 * inet_bind_bucket_destroy()); this tries it, in a namespace of its own.
 */
bool connect_shares_again(void);

/* Ports that have been listened on by this test and its children. */
void listened_init(void);
bool listened_on(uint16_t port);

#endif
