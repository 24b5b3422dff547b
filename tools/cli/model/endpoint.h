/* SPDX-License-Identifier: GPL-2.0-only */
/* Endpoints: the other end of a connection, as people ask for it. */
#ifndef PORTQUOTA_ENDPOINT_H
#define PORTQUOTA_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>

/**
 * struct endpoint - an address, a port or both; starts as all zero, which matches nothing
 * @text: as it was given; NULL if none is asked for
 * @family: AF_INET or AF_INET6; AF_UNSPEC for any address
 * @address: the address; an IPv4-mapped one is an IPv4 address
 * @port: the port; 0 for any
 */
struct endpoint {
	const char *text;
	int family;
	struct in6_addr address;
	unsigned int port;
};

bool endpoint_parse(struct endpoint *endpoint, const char *text);
bool endpoint_matches(const struct endpoint *endpoint, const char *text);

#endif
