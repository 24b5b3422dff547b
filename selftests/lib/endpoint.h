/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One socket that has a local port, as either the reservations file of the
 * module or an inet_diag dump of the kernel tells it.  Both sides are brought
 * to the same shape here, so that a test can compare them line by line.
 *
 * Addresses are kept as IPv6 with IPv4 mapped into it; the remote address of a
 * socket that has no remote port is all zeros.
 */
#ifndef PQ_ENDPOINT_H
#define PQ_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum endpoint_state {
	ENDPOINT_NONE,
	/* The kernel's numbers (enum tcp_states). */
	ENDPOINT_ESTAB, ENDPOINT_SYN_SENT, ENDPOINT_SYN_RECV, ENDPOINT_FIN_WAIT_1,
	ENDPOINT_FIN_WAIT_2, ENDPOINT_TIME_WAIT, ENDPOINT_UNCONN, ENDPOINT_CLOSE_WAIT,
	ENDPOINT_LAST_ACK, ENDPOINT_LISTEN, ENDPOINT_CLOSING,
	/* Ours. */
	ENDPOINT_BOUND,
	ENDPOINT_STATES
};

struct endpoint {
	/* What is compared, in the order of comparison. */
	uint16_t lport, rport;
	uint8_t proto;			/* IPPROTO_TCP, IPPROTO_UDP */
	uint8_t state;			/* enum endpoint_state */
	struct in6_addr laddr, raddr;
	/* What only one of the two sides knows. */
	bool remainder;			/* TIME_WAIT structure, in state TIME-WAIT or FIN-WAIT-2 */
	uint8_t family;			/* as inet_diag gives it, as is what follows */
	uint32_t left_ms;		/* of a TIME_WAIT structure */
	bool unacked;			/* the kernel's dump only: it will send again, or probe */
	uint32_t cookie[2];
	struct {			/* reservations only */
		char account[512];
		bool deleted;
		long pid;
		char comm[64];
		long age;
		bool exclusive;
		double left;		/* -1: not given */
	} r;
};

struct endpoints {
	struct endpoint *ep;
	size_t n, room;
};

struct endpoint *endpoints_add(struct endpoints *eps);	/* zeroed */
void endpoints_free(struct endpoints *eps);
void endpoints_sort(struct endpoints *eps);

/*
 * An IPv6 socket with an IPv6 address of its own and an IPv4 peer sends from 127.0.0.6,
 * the kernel's LOOPBACK4_IPV6.  inet_diag tells of both addresses as they were given,
 * the module of those in the packets.
 */
void endpoint_send_from(struct endpoint *ep);
int endpoint_compare(const struct endpoint *a, const struct endpoint *b);
const char *endpoint_state_name(uint8_t state);
uint8_t endpoint_state_of(const char *name);

/* One line in the manner of ss; @buf must hold 160 bytes. */
const char *endpoint_text(const struct endpoint *ep, char *buf, size_t size);

/* The reservations file; dies if a line is not as promised. -errno if it cannot be read. */
int reservations_read(struct endpoints *eps);

/* One line of it, which is changed; false if it is not as promised. */
bool reservation_parse(struct endpoint *ep, char *line);

/* Lines whose local port is @port. */
unsigned int endpoints_count_port(const struct endpoints *eps, uint16_t port);
const struct endpoint *endpoints_find(const struct endpoints *eps, uint8_t proto, uint16_t lport,
				      uint16_t rport);

#endif
