// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "file.h"
#include "endpoint.h"
#include "say.h"

static const char *const state_name[ENDPOINT_STATES] = {
	[ENDPOINT_NONE] = "?",
	[ENDPOINT_ESTAB] = "ESTAB",
	[ENDPOINT_SYN_SENT] = "SYN-SENT",
	[ENDPOINT_SYN_RECV] = "SYN-RECV",
	[ENDPOINT_FIN_WAIT_1] = "FIN-WAIT-1",
	[ENDPOINT_FIN_WAIT_2] = "FIN-WAIT-2",
	[ENDPOINT_TIME_WAIT] = "TIME-WAIT",
	[ENDPOINT_UNCONN] = "UNCONN",
	[ENDPOINT_CLOSE_WAIT] = "CLOSE-WAIT",
	[ENDPOINT_LAST_ACK] = "LAST-ACK",
	[ENDPOINT_LISTEN] = "LISTEN",
	[ENDPOINT_CLOSING] = "CLOSING",
	[ENDPOINT_BOUND] = "BOUND",
};

const char *endpoint_state_name(uint8_t state)
{
	return state < ENDPOINT_STATES ? state_name[state] : "?";
}

uint8_t endpoint_state_of(const char *name)
{
	uint8_t i;

	for (i = ENDPOINT_ESTAB; i < ENDPOINT_STATES; i++)
		if (!strcmp(name, state_name[i]))
			return i;
	return ENDPOINT_NONE;
}

struct endpoint *endpoints_add(struct endpoints *eps)
{
	struct endpoint *ep;

	if (eps->n == eps->room) {
		eps->room = eps->room ? eps->room * 2 : 256;
		eps->ep = realloc(eps->ep, eps->room * sizeof(*eps->ep));
		if (!eps->ep)
			die("no memory for %zu endpoints", eps->room);
	}
	ep = &eps->ep[eps->n++];
	memset(ep, 0, sizeof(*ep));
	ep->r.left = -1;
	return ep;
}

void endpoints_free(struct endpoints *eps)
{
	free(eps->ep);
	memset(eps, 0, sizeof(*eps));
}

int endpoint_compare(const struct endpoint *a, const struct endpoint *b)
{
	if (a->lport != b->lport)
		return a->lport < b->lport ? -1 : 1;
	if (a->rport != b->rport)
		return a->rport < b->rport ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->state != b->state)
		return a->state < b->state ? -1 : 1;
	return memcmp(&a->laddr, &b->laddr, sizeof(a->laddr)) ?:
	       memcmp(&a->raddr, &b->raddr, sizeof(a->raddr));
}

static int compare(const void *a, const void *b)
{
	return endpoint_compare(a, b);
}

void endpoint_send_from(struct endpoint *ep)
{
	if (!ep->rport || !IN6_IS_ADDR_V4MAPPED(&ep->raddr) || IN6_IS_ADDR_V4MAPPED(&ep->laddr) ||
	    IN6_IS_ADDR_UNSPECIFIED(&ep->laddr))
		return;
	inet_pton(AF_INET6, "::ffff:127.0.0.6", &ep->laddr);
}

void endpoints_sort(struct endpoints *eps)
{
	if (eps->n)
		qsort(eps->ep, eps->n, sizeof(*eps->ep), compare);
}

unsigned int endpoints_count_port(const struct endpoints *eps, uint16_t port)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < eps->n; i++)
		n += eps->ep[i].lport == port;
	return n;
}

const struct endpoint *endpoints_find(const struct endpoints *eps, uint8_t proto, uint16_t lport,
				      uint16_t rport)
{
	size_t i;

	for (i = 0; i < eps->n; i++)
		if (eps->ep[i].proto == proto && eps->ep[i].lport == lport &&
		    eps->ep[i].rport == rport)
			return &eps->ep[i];
	return NULL;
}

const char *endpoint_text(const struct endpoint *ep, char *buf, size_t size)
{
	char l[INET6_ADDRSTRLEN], r[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &ep->laddr, l, sizeof(l));
	inet_ntop(AF_INET6, &ep->raddr, r, sizeof(r));
	snprintf(buf, size, "%s [%s]:%u [%s]:%u %s", ep->proto == IPPROTO_TCP ? "tcp" : "udp",
		 l, ep->lport, r, ep->rport, endpoint_state_name(ep->state));
	return buf;
}

/* 127.0.0.1:80, [::1]:80, 0.0.0.0:*, [::]:* */
static bool address_parse(char *text, struct in6_addr *addr, uint16_t *port)
{
	char *colon = strrchr(text, ':');
	struct in_addr in;
	char *end;

	if (!colon)
		return false;
	*colon++ = '\0';
	if (!strcmp(colon, "*")) {
		*port = 0;
	} else {
		*port = (uint16_t)strtoul(colon, &end, 10);
		if (*end)
			return false;
	}
	if (text[0] == '[' && colon[-2] == ']') {
		colon[-2] = '\0';
		return inet_pton(AF_INET6, text + 1, addr) == 1;
	}
	if (inet_pton(AF_INET, text, &in) != 1)
		return false;
	memset(addr, 0, sizeof(*addr));
	addr->s6_addr32[2] = htonl(0xffff);
	addr->s6_addr32[3] = in.s_addr;
	return true;
}

static bool detail_parse(struct endpoint *ep, char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		return false;
	*value++ = '\0';
	if (!strcmp(word, "account")) {
		snprintf(ep->r.account, sizeof(ep->r.account), "%s", value);
		unescape(ep->r.account);
	} else if (!strcmp(word, "deleted")) {
		ep->r.deleted = !strcmp(value, "1");
	} else if (!strcmp(word, "pid")) {
		ep->r.pid = strtol(value, NULL, 10);
	} else if (!strcmp(word, "comm")) {
		snprintf(ep->r.comm, sizeof(ep->r.comm), "%s", value);
		unescape(ep->r.comm);
	} else if (!strcmp(word, "age")) {
		ep->r.age = strtol(value, NULL, 10);
	} else if (!strcmp(word, "kind")) {
		ep->r.exclusive = !strcmp(value, "exclusive");
		return ep->r.exclusive || !strcmp(value, "shareable");
	} else if (!strcmp(word, "left")) {
		ep->r.left = strtod(value, NULL);
		ep->remainder = true;
	}
	return true;
}

bool reservation_parse(struct endpoint *ep, char *line)
{
	char *word[4];
	int i;

	for (i = 0; i < 4; i++) {
		word[i] = strsep(&line, " ");
		if (!word[i])
			return false;
	}
	ep->proto = !strcmp(word[0], "tcp") ? IPPROTO_TCP :
		    !strcmp(word[0], "udp") ? IPPROTO_UDP : 0;
	ep->state = endpoint_state_of(word[3]);
	if (!ep->proto || !ep->state || !address_parse(word[1], &ep->laddr, &ep->lport) ||
	    !address_parse(word[2], &ep->raddr, &ep->rport))
		return false;
	if (!ep->rport)
		memset(&ep->raddr, 0, sizeof(ep->raddr));
	while (line)
		if (!detail_parse(ep, strsep(&line, " ")))
			return false;
	return ep->r.account[0];
}

int reservations_read(struct endpoints *eps)
{
	char *text = file_slurp(PQ_RESERVATIONS);
	char *line, *rest = text;

	memset(eps, 0, sizeof(*eps));
	if (!text)
		return -errno;
	while ((line = strsep(&rest, "\n")) && *line) {
		char shown[512];

		snprintf(shown, sizeof(shown), "%s", line);
		errno = 0;
		if (!reservation_parse(endpoints_add(eps), line))
			die("reservations: a line is not as promised: '%s'", shown);
	}
	free(text);
	return 0;
}
