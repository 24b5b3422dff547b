/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loopback addresses of three kinds: IPv4, IPv6, and IPv4 mapped into an IPv6
 * socket.  Host 0 is "any", host N is 127.0.0.N; IPv6 loopback has only ::1.
 */
#ifndef PQ_ADDR_H
#define PQ_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum family { V4, V6, MAPPED };

struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t len;
};

struct addr addr_make(enum family f, unsigned int host, uint16_t port);
bool addr_parse(struct addr *a, const char *text);	/* 127.0.0.1:80, [::1]:80 */
struct addr addr_local(int fd);
uint16_t addr_port(const struct addr *a);
void addr_set_port(struct addr *a, uint16_t port);
int addr_domain(enum family f);				/* AF_INET, AF_INET6 */

#endif
