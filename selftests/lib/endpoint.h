/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who holds a local port: one socket, as either the reservations file of the
 * module or an inet_diag dump of the kernel tells it.  Both sides are brought
 * to the same shape here, so that a test can compare them line by line.
 *
 * Addresses are kept as IPv6 with IPv4 mapped into it; the remote address of a
 * holder that has no remote port is all zeros.
 */
#ifndef PQ_HOLDER_H
#define PQ_HOLDER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum holder_state {
	HOLDER_NONE,
	/* The kernel's numbers (enum tcp_states). */
	HOLDER_ESTAB, HOLDER_SYN_SENT, HOLDER_SYN_RECV, HOLDER_FIN_WAIT_1, HOLDER_FIN_WAIT_2,
	HOLDER_TIME_WAIT, HOLDER_UNCONN, HOLDER_CLOSE_WAIT, HOLDER_LAST_ACK, HOLDER_LISTEN,
	HOLDER_CLOSING,
	/* Ours. */
	HOLDER_BOUND,
	HOLDER_STATES
};

struct holder {
	/* What is compared, in the order of comparison. */
	uint16_t lport, rport;
	uint8_t proto;			/* IPPROTO_TCP, IPPROTO_UDP */
	uint8_t state;			/* enum holder_state */
	struct in6_addr laddr, raddr;
	/* What only one of the two sides knows. */
	bool remainder;			/* TIME_WAIT structure, in state TIME-WAIT or FIN-WAIT-2 */
	uint8_t family;			/* as inet_diag gives it */
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

struct holders {
	struct holder *h;
	size_t n, room;
};

struct holder *holders_add(struct holders *hs);	/* zeroed */
void holders_free(struct holders *hs);
void holders_sort(struct holders *hs);
int holder_compare(const struct holder *a, const struct holder *b);
const char *holder_state_name(uint8_t state);
uint8_t holder_state_of(const char *name);

/* One line in the manner of ss; @buf must hold 160 bytes. */
const char *holder_text(const struct holder *h, char *buf, size_t size);

/* The reservations file; dies if a line is not as promised. -errno if it cannot be read. */
int reservations_read(struct holders *hs);

/* Lines whose local port is @port. */
unsigned int holders_count_port(const struct holders *hs, uint16_t port);
const struct holder *holders_find(const struct holders *hs, uint8_t proto, uint16_t lport,
				  uint16_t rport);

#endif
