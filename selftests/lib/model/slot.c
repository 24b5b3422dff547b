// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "conn.h"
#include "model/slot.h"
#include "say.h"

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

#define BLOCKED_MS 50		/* how long a call may wait on a socket that blocks */

struct tracked *tracked_of(const struct slot *s)
{
	struct tracked *t = tracked_find(s->cookie);

	if (!t)
		die("the model has forgotten a socket that is open");
	return t;
}

uint64_t cookie_of(int fd)
{
	uint64_t cookie;
	socklen_t len = sizeof(cookie);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len))
		die("no cookie of a socket");
	return cookie;
}

int tcp_state(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		die("no TCP_INFO");
	return info.tcpi_state;
}

void slot_close(struct slot *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void slots_init(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		w->slot[i].fd = -1;
}

void slots_close(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		slot_close(&w->slot[i]);
}

void options_draw(const struct slot *s, struct rng *r)
{
	uint32_t range = RANGE_LOW + rng_below(r, 100);
	int on = (int)rng_below(r, 2);

	/* low in the lower half of the word, high in the upper */
	range |= (range + 20 + rng_below(r, 300)) << 16;
	switch (rng_below(r, 4)) {
	case 0:
		if (!socket_option(s->fd, SOL_SOCKET, SO_REUSEADDR, on) && on)
			came_about(OUTCOME_REUSEADDR);
		break;
	case 1:
		if (!socket_option(s->fd, SOL_SOCKET, SO_REUSEPORT, on) && on)
			came_about(OUTCOME_REUSEPORT);
		break;
	case 2:
		if (!socket_option(s->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, on) && on)
			came_about(OUTCOME_NO_BIND_PORT);
		break;
	case 3:
		socket_option(s->fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, on ? (int)range : 0);
		break;
	}
}

struct tracked *slot_fill(struct worker *w, struct slot *s, struct rng *r, bool udp)
{
	int domain = rng_percent(r, 50) ? AF_INET : AF_INET6;
	bool blocks = rng_percent(r, 25), v6only = rng_percent(r, 30);
	struct timeval wait = { .tv_usec = BLOCKED_MS * 1000 };
	struct tracked *t;

	slot_close(s);
	s->fd = socket(domain, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC |
		       (blocks ? 0 : SOCK_NONBLOCK), 0);
	if (s->fd < 0)
		die("no socket");
	s->cookie = cookie_of(s->fd);
	t = tracked_add(s->cookie);
	t->cgroup = w->cgroup;
	t->ns = (uint8_t)w->ns;
	t->proto = udp ? IPPROTO_UDP : IPPROTO_TCP;
	t->domain = (uint8_t)domain;
	t->v6only = v6only && domain == AF_INET6;
	if (domain == AF_INET6)
		socket_option(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, v6only);
	setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (rng_percent(r, 60))
		options_draw(s, r);
	return t;
}

struct addr address_for(const struct tracked *t, struct rng *r, unsigned int host, uint16_t port)
{
	if (t->domain == AF_INET)
		return addr_make(V4, host, port);
	return addr_make(!t->v6only && rng_percent(r, 50) && host ? MAPPED : V6, host, port);
}

void state_follow(const struct slot *s, struct tracked *t)
{
	if (t->proto != IPPROTO_TCP || !t->used || tcp_state(s->fd) != TCP_CLOSE)
		return;
	if (t->holding == HOLDS_EXPLICIT)
		return;
	t->holding = HOLDS_NOTHING;
	t->used = false;
}

void port_taken(const struct slot *s, struct tracked *t, enum holding how, bool by_bind)
{
	struct held now = { .port = port_of(s->fd), .exclusive = by_bind };

	now.charged = how == HOLDS_AUTO || in_range(t->ns, now.port);
	tracked_take(t, now);
	/* Not |=: that would write back what it was before another worker's bind(). */
	if (by_bind)
		model->bound[t->ns][now.port] = true;
	else
		model->connected[t->ns][now.port] = true;
	t->holding = (uint8_t)how;
	t->used = false;
}

enum refusal refusal_of(const struct tracked *t, unsigned int port)
{
	if (!port)
		return REFUSED_ANY;
	return port >= RANGE_LOW && port <= model->range_high[t->ns] ? REFUSED_NAMED :
								       REFUSED_PERHAPS;
}

void refused(const struct tracked *t, enum refusal how)
{
	struct refused *seen = &model->refused[t->ns];
	unsigned long long *n = t->proto == IPPROTO_TCP ? seen->tcp : seen->udp;

	if (how == REFUSED_ANY)
		came_about(OUTCOME_NO_PORT);
	if (how == REFUSED_NAMED)
		came_about(OUTCOME_TAKEN);
	__atomic_add_fetch(&n[how], 1, __ATOMIC_SEQ_CST);
}

void slot_bind(const struct slot *s, struct tracked *t, const struct addr *a)
{
	bool named = addr_port(a);
	int ret;

	state_follow(s, t);
	ret = try_bind(s->fd, a);
	if (ret == -EADDRINUSE)
		refused(t, refusal_of(t, addr_port(a)));
	/* With IP_BIND_ADDRESS_NO_PORT, which accept() inherits, it comes later for a port. */
	if (!ret && t->proto == IPPROTO_TCP)
		came_about(named ? OUTCOME_BOUND_NAMED : OUTCOME_BOUND_ANY);
	if (!ret && port_of(s->fd))
		port_taken(s, t, named ? HOLDS_EXPLICIT : HOLDS_AUTO, true);
}

/* Of a TCP socket that has never left TCP_CLOSE, the kernel has nothing to take back. */
void slot_disconnect(const struct slot *s, struct tracked *t)
{
	state_follow(s, t);
	if (disconnect(s->fd) || (t->proto == IPPROTO_TCP && !t->used))
		return;
	if (t->proto == IPPROTO_TCP)
		came_about(OUTCOME_DISCONNECTED);
	if (t->holding == HOLDS_EXPLICIT)
		return;
	t->holding = HOLDS_NOTHING;
	t->used = false;
}

static struct in6_addr address_of(const struct addr *a)
{
	struct in6_addr to = { 0 };

	if (a->sa.sa_family == AF_INET6)
		return a->in6.sin6_addr;
	to.s6_addr32[2] = htonl(0xffff);
	to.s6_addr32[3] = a->in.sin_addr.s_addr;
	return to;
}

/*
 * The peer, also of a connection that is over: a socket that keeps its port keeps
 * its peer's address, which getpeername() does not give then.
 */
static void report_peer(const struct slot *s, struct tracked *t)
{
	struct addr a = { 0 };

	a.len = t->domain == AF_INET6 ? sizeof(a.in6) : sizeof(a.in);
	t->rport = 0;
	memset(&t->raddr, 0, sizeof(t->raddr));
	if (getsockopt(s->fd, SOL_SOCKET, SO_PEERNAME, &a.sa, &a.len))
		return;
	t->rport = addr_port(&a);
	if (t->rport)
		t->raddr = address_of(&a);
}

static void report(const struct slot *s)
{
	struct tracked *t;
	struct addr a;

	if (s->fd < 0)
		return;
	t = tracked_of(s);
	state_follow(s, t);
	a = addr_local(s->fd);
	t->laddr = address_of(&a);
	report_peer(s, t);
	t->state = t->proto == IPPROTO_TCP ? (uint8_t)tcp_state(s->fd) : TCP_CLOSE;
}

void sockets_report(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		report(&w->slot[i]);
	report(&w->listener);
}
