// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "diag.h"
#include "file.h"
#include "lane.h"
#include "say.h"

#define DIAG_STATE_CLOSE 7
#define DIAG_STATE_BOUND_INACTIVE 13
#define DIAG_TIMER_TIME_WAIT 3

struct request {
	struct nlmsghdr nlh;
	struct inet_diag_req_v2 r;
};

bool diag_knows_bound(void)
{
	return kernel_at_least(6, 8);
}

static void address(struct in6_addr *to, uint8_t family, const __be32 from[4])
{
	memset(to, 0, sizeof(*to));
	if (family == AF_INET6) {
		memcpy(to, from, sizeof(*to));
	} else {
		to->s6_addr32[2] = htonl(0xffff);
		to->s6_addr32[3] = from[0];
	}
}

static void entry_add(struct holders *hs, uint8_t proto, const struct inet_diag_msg *m)
{
	struct holder *h = holders_add(hs);

	h->proto = proto;
	h->family = m->idiag_family;
	h->state = m->idiag_state;
	if (proto == IPPROTO_TCP && (m->idiag_state == DIAG_STATE_CLOSE ||
				     m->idiag_state == DIAG_STATE_BOUND_INACTIVE))
		h->state = HOLDER_BOUND;
	h->lport = ntohs(m->id.idiag_sport);
	h->rport = ntohs(m->id.idiag_dport);
	address(&h->laddr, m->idiag_family, m->id.idiag_src);
	if (h->rport)
		address(&h->raddr, m->idiag_family, m->id.idiag_dst);
	h->remainder = m->idiag_timer == DIAG_TIMER_TIME_WAIT;
	memcpy(h->cookie, m->id.idiag_cookie, sizeof(h->cookie));
}

/* Reads answers up to the last; returns 0 or -errno. */
static int answers_read(int fd, struct holders *hs, uint8_t proto)
{
	static char buf[65536] __attribute__((aligned(8)));

	for (;;) {
		ssize_t got = recv(fd, buf, sizeof(buf), 0);
		const struct nlmsghdr *n = (const struct nlmsghdr *)buf;
		size_t len = (size_t)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		for (; NLMSG_OK(n, len); n = NLMSG_NEXT(n, len)) {
			if (n->nlmsg_type == NLMSG_DONE)
				return 0;
			if (n->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(n))->error;
			if (hs)
				entry_add(hs, proto, NLMSG_DATA(n));
		}
	}
}

static int diag_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		die("no sock_diag socket");
	return fd;
}

static void dump_ask(struct holders *hs, uint8_t proto, const void *request, size_t len)
{
	int fd = diag_open();
	int ret;

	if (send(fd, request, len, 0) < 0)
		die("cannot ask for a socket dump");
	ret = answers_read(fd, hs, proto);
	close(fd);
	/* Without IPv6 in the kernel nobody answers for it. */
	if (ret && ret != -ENOENT) {
		errno = -ret;
		die("no socket dump of protocol %u", proto);
	}
}

static void dump_udp(struct holders *hs, uint8_t family)
{
	struct request q = {
		.nlh = {
			.nlmsg_len = sizeof(q),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.r = {
			.sdiag_family = family,
			.sdiag_protocol = IPPROTO_UDP,
			.idiag_states = ~0U,
		},
	};

	dump_ask(hs, IPPROTO_UDP, &q, sizeof(q));
}

/* The old request gives both families in one walk of the kernel's tables, which are large. */
static void dump_tcp(struct holders *hs)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req r;
	} q = {
		.nlh = {
			.nlmsg_len = sizeof(q),
			.nlmsg_type = TCPDIAG_GETSOCK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.r = {
			.idiag_family = AF_INET,
			.idiag_states = ~0U,
		},
	};

	dump_ask(hs, IPPROTO_TCP, &q, sizeof(q));
}

void diag_read(struct holders *hs)
{
	memset(hs, 0, sizeof(*hs));
	dump_tcp(hs);
	dump_udp(hs, AF_INET);
	dump_udp(hs, AF_INET6);
}

static void unaddress(__be32 to[4], uint8_t family, const struct in6_addr *from)
{
	memset(to, 0, 16);
	if (family == AF_INET6)
		memcpy(to, from, 16);
	else
		to[0] = from->s6_addr32[3];
}

static int destroy(int fd, const struct holder *h)
{
	struct request q = {
		.nlh = {
			.nlmsg_len = sizeof(q),
			.nlmsg_type = SOCK_DESTROY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.r = {
			.sdiag_family = h->family,
			.sdiag_protocol = h->proto,
			.idiag_states = ~0U,
			.id = {
				.idiag_sport = htons(h->lport),
				.idiag_dport = htons(h->rport),
			},
		},
	};

	unaddress(q.r.id.idiag_src, h->family, &h->laddr);
	unaddress(q.r.id.idiag_dst, h->family, &h->raddr);
	memcpy(q.r.id.idiag_cookie, h->cookie, sizeof(h->cookie));
	if (send(fd, &q, sizeof(q), 0) < 0)
		return -errno;
	return answers_read(fd, NULL, h->proto);
}

int diag_destroy(bool (*match)(const struct holder *h))
{
	struct holders hs;
	int fd = diag_open();
	int n = 0, ret = 0;
	size_t i;

	diag_read(&hs);
	for (i = 0; i < hs.n; i++) {
		if (!match(&hs.h[i]))
			continue;
		ret = destroy(fd, &hs.h[i]);
		if (ret == -EOPNOTSUPP)
			break;
		n++;
	}
	close(fd);
	holders_free(&hs);
	return ret == -EOPNOTSUPP ? ret : n;
}

bool diag_is_remainder(const struct holder *h)
{
	return h->remainder;
}

long sockstat_tw(void)
{
	char *text = must_slurp("/proc/net/sockstat");
	const char *at = strstr(text, " tw ");
	long tw = at ? strtol(at + 4, NULL, 10) : -1;

	free(text);
	return tw;
}
