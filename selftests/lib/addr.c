// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "say.h"

int addr_domain(enum family f)
{
	return f == V4 ? AF_INET : AF_INET6;
}

struct addr addr_make(enum family f, unsigned int host, uint16_t port)
{
	uint32_t v4 = host ? INADDR_LOOPBACK - 1 + host : INADDR_ANY;
	struct addr a;

	memset(&a, 0, sizeof(a));
	if (f == V4) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons(port);
		a.in.sin_addr.s_addr = htonl(v4);
		a.len = sizeof(a.in);
		return a;
	}
	a.in6.sin6_family = AF_INET6;
	a.in6.sin6_port = htons(port);
	a.len = sizeof(a.in6);
	if (f == V6 && host) {
		a.in6.sin6_addr = in6addr_loopback;
	} else if (f == MAPPED) {
		a.in6.sin6_addr.s6_addr32[2] = htonl(0xffff);
		a.in6.sin6_addr.s6_addr32[3] = htonl(v4);
	}
	return a;
}

bool addr_parse(struct addr *a, const char *text)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	unsigned long port;
	char *end;

	if (!colon || (size_t)(colon - text) >= sizeof(host))
		return false;
	port = strtoul(colon + 1, &end, 10);
	if (*end || !colon[1] || port > 65535)
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	memset(a, 0, sizeof(*a));
	if (host[0] == '[') {
		host[strcspn(host, "]")] = '\0';
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons((uint16_t)port);
		a->len = sizeof(a->in6);
		return inet_pton(AF_INET6, host + 1, &a->in6.sin6_addr) == 1;
	}
	a->in.sin_family = AF_INET;
	a->in.sin_port = htons((uint16_t)port);
	a->len = sizeof(a->in);
	return inet_pton(AF_INET, host, &a->in.sin_addr) == 1;
}

struct addr addr_local(int fd)
{
	struct addr a;

	memset(&a, 0, sizeof(a));
	a.len = sizeof(a.in6);
	if (getsockname(fd, &a.sa, &a.len))
		die("cannot ask a socket for its address");
	return a;
}

uint16_t addr_port(const struct addr *a)
{
	return ntohs(a->sa.sa_family == AF_INET6 ? a->in6.sin6_port : a->in.sin_port);
}

void addr_set_port(struct addr *a, uint16_t port)
{
	if (a->sa.sa_family == AF_INET6)
		a->in6.sin6_port = htons(port);
	else
		a->in.sin_port = htons(port);
}
