// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "file.h"
#include "endpoint.h"
#include "say.h"

static const char *const state_name[HOLDER_STATES] = {
	[HOLDER_NONE] = "?",
	[HOLDER_ESTAB] = "ESTAB",
	[HOLDER_SYN_SENT] = "SYN-SENT",
	[HOLDER_SYN_RECV] = "SYN-RECV",
	[HOLDER_FIN_WAIT_1] = "FIN-WAIT-1",
	[HOLDER_FIN_WAIT_2] = "FIN-WAIT-2",
	[HOLDER_TIME_WAIT] = "TIME-WAIT",
	[HOLDER_UNCONN] = "UNCONN",
	[HOLDER_CLOSE_WAIT] = "CLOSE-WAIT",
	[HOLDER_LAST_ACK] = "LAST-ACK",
	[HOLDER_LISTEN] = "LISTEN",
	[HOLDER_CLOSING] = "CLOSING",
	[HOLDER_BOUND] = "BOUND",
};

const char *holder_state_name(uint8_t state)
{
	return state < HOLDER_STATES ? state_name[state] : "?";
}

uint8_t holder_state_of(const char *name)
{
	uint8_t i;

	for (i = HOLDER_ESTAB; i < HOLDER_STATES; i++)
		if (!strcmp(name, state_name[i]))
			return i;
	return HOLDER_NONE;
}

struct holder *holders_add(struct holders *hs)
{
	struct holder *h;

	if (hs->n == hs->room) {
		hs->room = hs->room ? hs->room * 2 : 256;
		hs->h = realloc(hs->h, hs->room * sizeof(*hs->h));
		if (!hs->h)
			die("no memory for %zu holders", hs->room);
	}
	h = &hs->h[hs->n++];
	memset(h, 0, sizeof(*h));
	h->r.left = -1;
	return h;
}

void holders_free(struct holders *hs)
{
	free(hs->h);
	memset(hs, 0, sizeof(*hs));
}

int holder_compare(const struct holder *a, const struct holder *b)
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
	return holder_compare(a, b);
}

void holders_sort(struct holders *hs)
{
	if (hs->n)
		qsort(hs->h, hs->n, sizeof(*hs->h), compare);
}

unsigned int holders_count_port(const struct holders *hs, uint16_t port)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < hs->n; i++)
		n += hs->h[i].lport == port;
	return n;
}

const struct holder *holders_find(const struct holders *hs, uint8_t proto, uint16_t lport,
				  uint16_t rport)
{
	size_t i;

	for (i = 0; i < hs->n; i++)
		if (hs->h[i].proto == proto && hs->h[i].lport == lport &&
		    hs->h[i].rport == rport)
			return &hs->h[i];
	return NULL;
}

const char *holder_text(const struct holder *h, char *buf, size_t size)
{
	char l[INET6_ADDRSTRLEN], r[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &h->laddr, l, sizeof(l));
	inet_ntop(AF_INET6, &h->raddr, r, sizeof(r));
	snprintf(buf, size, "%s [%s]:%u [%s]:%u %s", h->proto == IPPROTO_TCP ? "tcp" : "udp",
		 l, h->lport, r, h->rport, holder_state_name(h->state));
	return buf;
}

/* 127.0.0.1:80, [::1]:80, 0.0.0.0:*, [::]:* */
static bool endpoint_parse(char *text, struct in6_addr *addr, uint16_t *port)
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

static bool detail_parse(struct holder *h, char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		return false;
	*value++ = '\0';
	if (!strcmp(word, "account")) {
		snprintf(h->r.account, sizeof(h->r.account), "%s", value);
		unescape(h->r.account);
	} else if (!strcmp(word, "deleted")) {
		h->r.deleted = !strcmp(value, "1");
	} else if (!strcmp(word, "pid")) {
		h->r.pid = strtol(value, NULL, 10);
	} else if (!strcmp(word, "comm")) {
		snprintf(h->r.comm, sizeof(h->r.comm), "%s", value);
		unescape(h->r.comm);
	} else if (!strcmp(word, "age")) {
		h->r.age = strtol(value, NULL, 10);
	} else if (!strcmp(word, "kind")) {
		h->r.exclusive = !strcmp(value, "exclusive");
		return h->r.exclusive || !strcmp(value, "shareable");
	} else if (!strcmp(word, "left")) {
		h->r.left = strtod(value, NULL);
		h->remainder = true;
	}
	return true;
}

static bool line_parse(struct holder *h, char *line)
{
	char *word[4];
	int i;

	for (i = 0; i < 4; i++) {
		word[i] = strsep(&line, " ");
		if (!word[i])
			return false;
	}
	h->proto = !strcmp(word[0], "tcp") ? IPPROTO_TCP : !strcmp(word[0], "udp") ? IPPROTO_UDP : 0;
	h->state = holder_state_of(word[3]);
	if (!h->proto || !h->state || !endpoint_parse(word[1], &h->laddr, &h->lport) ||
	    !endpoint_parse(word[2], &h->raddr, &h->rport))
		return false;
	if (!h->rport)
		memset(&h->raddr, 0, sizeof(h->raddr));
	while (line)
		if (!detail_parse(h, strsep(&line, " ")))
			return false;
	return h->r.account[0];
}

int reservations_read(struct holders *hs)
{
	char *text = file_slurp(PQ_DIR "/reservations");
	char *line, *rest = text;

	memset(hs, 0, sizeof(*hs));
	if (!text)
		return -errno;
	while ((line = strsep(&rest, "\n")) && *line) {
		char shown[512];

		snprintf(shown, sizeof(shown), "%s", line);
		errno = 0;
		if (!line_parse(holders_add(hs), line))
			die("reservations: a line is not as promised: '%s'", shown);
	}
	free(text);
	return 0;
}
