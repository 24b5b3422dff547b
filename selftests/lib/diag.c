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
/* inet_diag_msg.idiag_timer, net/ipv4/inet_diag.c */
#define DIAG_TIMER_RETRANSMIT 1
#define DIAG_TIMER_TIME_WAIT 3
#define DIAG_TIMER_PROBE 4

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

static void entry_add(struct endpoints *eps, uint8_t proto, const struct inet_diag_msg *m)
{
	struct endpoint *ep = endpoints_add(eps);

	ep->proto = proto;
	ep->family = m->idiag_family;
	ep->state = m->idiag_state;
	if (proto == IPPROTO_TCP && (m->idiag_state == DIAG_STATE_CLOSE ||
				     m->idiag_state == DIAG_STATE_BOUND_INACTIVE))
		ep->state = ENDPOINT_BOUND;
	ep->lport = ntohs(m->id.idiag_sport);
	ep->rport = ntohs(m->id.idiag_dport);
	address(&ep->laddr, m->idiag_family, m->id.idiag_src);
	if (ep->rport)
		address(&ep->raddr, m->idiag_family, m->id.idiag_dst);
	endpoint_send_from(ep);
	ep->remainder = m->idiag_timer == DIAG_TIMER_TIME_WAIT;
	ep->left_ms = ep->remainder ? m->idiag_expires : 0;
	ep->unacked = m->idiag_timer == DIAG_TIMER_RETRANSMIT ||
		      m->idiag_timer == DIAG_TIMER_PROBE;
	memcpy(ep->cookie, m->id.idiag_cookie, sizeof(ep->cookie));
}

/* Reads answers up to the last; returns 0 or -errno. */
static int answers_read(int fd, struct endpoints *eps, uint8_t proto)
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
			if (eps)
				entry_add(eps, proto, NLMSG_DATA(n));
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

static void dump_ask(struct endpoints *eps, uint8_t proto, const void *request, size_t len)
{
	int fd = diag_open();
	int ret;

	if (send(fd, request, len, 0) < 0)
		die("cannot ask for a socket dump");
	ret = answers_read(fd, eps, proto);
	close(fd);
	/* Without IPv6 in the kernel nobody answers for it. */
	if (ret && ret != -ENOENT) {
		errno = -ret;
		die("no socket dump of protocol %u", proto);
	}
}

static void dump_udp(struct endpoints *eps, uint8_t family)
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

	dump_ask(eps, IPPROTO_UDP, &q, sizeof(q));
}

/* The old request gives both families in one walk of the kernel's tables, which are large. */
static void dump_tcp(struct endpoints *eps)
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

	dump_ask(eps, IPPROTO_TCP, &q, sizeof(q));
}

void diag_read(struct endpoints *eps)
{
	memset(eps, 0, sizeof(*eps));
	dump_tcp(eps);
	dump_udp(eps, AF_INET);
	dump_udp(eps, AF_INET6);
}

static void unaddress(__be32 to[4], uint8_t family, const struct in6_addr *from)
{
	memset(to, 0, 16);
	if (family == AF_INET6)
		memcpy(to, from, 16);
	else
		to[0] = from->s6_addr32[3];
}

static int destroy(int fd, const struct endpoint *ep)
{
	struct request q = {
		.nlh = {
			.nlmsg_len = sizeof(q),
			.nlmsg_type = SOCK_DESTROY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.r = {
			.sdiag_family = ep->family,
			.sdiag_protocol = ep->proto,
			.idiag_states = ~0U,
			.id = {
				.idiag_sport = htons(ep->lport),
				.idiag_dport = htons(ep->rport),
			},
		},
	};

	unaddress(q.r.id.idiag_src, ep->family, &ep->laddr);
	unaddress(q.r.id.idiag_dst, ep->family, &ep->raddr);
	memcpy(q.r.id.idiag_cookie, ep->cookie, sizeof(ep->cookie));
	if (send(fd, &q, sizeof(q), 0) < 0)
		return -errno;
	return answers_read(fd, NULL, ep->proto);
}

int diag_destroy(bool (*match)(const struct endpoint *ep))
{
	struct endpoints eps;
	int fd = diag_open();
	int n = 0, ret = 0;
	size_t i;

	diag_read(&eps);
	for (i = 0; i < eps.n; i++) {
		if (!match(&eps.ep[i]))
			continue;
		ret = destroy(fd, &eps.ep[i]);
		if (ret == -EOPNOTSUPP)
			break;
		n++;
	}
	close(fd);
	endpoints_free(&eps);
	return ret == -EOPNOTSUPP ? ret : n;
}

bool diag_is_remainder(const struct endpoint *ep)
{
	return ep->remainder;
}

long sockstat_tw(void)
{
	char *text = must_slurp("/proc/net/sockstat");
	const char *at = strstr(text, " tw ");
	long tw = at ? strtol(at + 4, NULL, 10) : -1;

	free(text);
	return tw;
}
