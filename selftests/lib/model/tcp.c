// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "conn.h"
#include "model/slot.h"
#include "say.h"

static void target_tell(struct worker *w, const struct tracked *t, struct rng *r)
{
	unsigned int target = (unsigned int)t->domain << 16 | t->now.port;

	__atomic_store_n(&model->targets[w->ns][rng_below(r, TARGETS)], target, __ATOMIC_RELAXED);
}

static void slot_listen(struct worker *w, const struct slot *s, struct tracked *t, struct rng *r)
{
	static const int backlogs[] = { 0, 1, 8, 4096 };
	int ret;

	state_follow(s, t);
	ret = listen(s->fd, backlogs[rng_below(r, 4)]) ? -errno : 0;
	if (ret == -EADDRINUSE)
		refused(t, t->holding == HOLDS_NOTHING ? REFUSED_ANY :
							 refusal_of(t, t->now.port));
	if (ret)
		return;
	if (t->holding == HOLDS_NOTHING)
		port_taken(s, t, HOLDS_AUTO, true);
	t->used = true;
	came_about(OUTCOME_LISTENING);
	target_tell(w, t, r);
}

static enum outcome connected(const struct addr *a)
{
	if (a->sa.sa_family == AF_INET)
		return OUTCOME_CONNECTED_V4;
	return IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr) ? OUTCOME_CONNECTED_MAPPED :
							OUTCOME_CONNECTED_V6;
}

static void tcp_connect(const struct slot *s, struct tracked *t, const struct addr *a, bool local)
{
	socklen_t len = sizeof(int);
	int ret, old;

	state_follow(s, t);
	/* The error of a connect() that went on by itself is not to be taken for this one's. */
	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &old, &len);
	ret = try_connect(s->fd, a);
	if (ret == -ECONNREFUSED)
		came_about(OUTCOME_REFUSED);
	if (!ret || ret == -EINPROGRESS) {
		/* On loopback the peer has answered before connect() returns. */
		if (tcp_state(s->fd) == TCP_ESTABLISHED)
			came_about(connected(a));
		if (t->holding == HOLDS_NOTHING)
			port_taken(s, t, HOLDS_AUTO, false);
		t->used = true;
		return;
	}
	/* Without a route IPv6 may say so too, and then has not come as far as to ports. */
	if (ret == -EADDRNOTAVAIL && !local)
		return;
	/* From a port that it has, another socket may be connected to there. */
	if (ret == -EADDRNOTAVAIL)
		refused(t, t->holding == HOLDS_NOTHING ? REFUSED_ANY : REFUSED_PERHAPS);
	if (ret != -EADDRNOTAVAIL && ret != -ECONNREFUSED && ret != -ECONNRESET &&
	    ret != -ETIMEDOUT)
		return;
	if (t->holding == HOLDS_EXPLICIT)
		t->used = true;
	else
		t->holding = HOLDS_NOTHING;
}

static void slot_connect(struct worker *w, const struct slot *s, struct tracked *t, struct rng *r)
{
	unsigned int told = model->targets[w->ns][rng_below(r, TARGETS)];
	unsigned int port = PORT_WORKER + rng_below(r, model->run.threads);
	struct addr a;

	if (told && rng_percent(r, 50))
		port = told & 0xffff;
	a = address_for(t, r, 1 + rng_below(r, 3), (uint16_t)port);
	tcp_connect(s, t, &a, true);
}

static void slot_refused(const struct slot *s, struct tracked *t, struct rng *r)
{
	struct addr a = address_for(t, r, 1, PORT_REFUSED);
	bool local = rng_percent(r, 60);

	if (!local)
		addr_parse(&a, t->domain == AF_INET ? "192.0.2.1:80" : "[2001:db8::1]:80");
	tcp_connect(s, t, &a, local);
}

/* @to may be @from: then the listener goes. */
static void slot_accept(struct slot *from, struct slot *to)
{
	struct tracked *t, listener = *tracked_of(from);
	struct held now = { .accepted = true };
	int fd = accept4(from->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	came_about(OUTCOME_ACCEPTED);
	slot_close(to);
	to->fd = fd;
	to->cookie = cookie_of(fd);
	t = tracked_find(to->cookie) ?: tracked_add(to->cookie);
	t->cgroup = listener.cgroup;
	t->ns = listener.ns;
	t->proto = IPPROTO_TCP;
	t->domain = listener.domain;
	t->v6only = listener.v6only;
	t->holding = HOLDS_AUTO;
	t->used = true;
	now.port = port_of(fd);
	/* Else the parent has seen it before it was accepted, and found out what it holds. */
	if (!t->now.port)
		tracked_take(t, now);
}

static void do_accept(struct worker *w, struct slot *to, struct rng *r)
{
	struct slot *from = &w->slot[rng_below(r, SLOTS - UDP_SLOTS)];

	if (rng_percent(r, 60) || from->fd < 0 || tcp_state(from->fd) != TCP_LISTEN)
		from = &w->listener;
	slot_accept(from, to);
}

static void slot_reset(struct slot *s)
{
	struct linger now = { .l_onoff = 1 };

	if (tcp_state(s->fd) == TCP_ESTABLISHED)
		came_about(OUTCOME_RESET);
	setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	slot_close(s);
}

static void slot_data(const struct slot *s, struct rng *r)
{
	char text[200] = { 0 };
	ssize_t n;

	if (rng_percent(r, 60))
		n = send(s->fd, text, 1 + rng_below(r, sizeof(text)), MSG_NOSIGNAL | MSG_DONTWAIT);
	else
		n = recv(s->fd, text, 1 + rng_below(r, sizeof(text)), MSG_DONTWAIT);
	(void)n;
}

/* A whole life: connected, accepted, and closed by either end or by both. */
static void do_cycle(struct worker *w, struct slot *client, struct slot *server, struct rng *r)
{
	struct tracked *t = slot_fill(w, client, r, false);
	struct addr a = address_for(t, r, 1, (uint16_t)(PORT_WORKER + w->id));
	unsigned int how = rng_below(r, 6);

	tcp_connect(client, t, &a, true);
	slot_accept(&w->listener, server);
	if (client->fd < 0 || server->fd < 0)
		return;
	switch (how) {
	case 0:
		slot_close(client);
		break;
	case 1:
		slot_close(server);
		break;
	case 2:
		slot_reset(client);
		break;
	case 3:
		shutdown(client->fd, SHUT_WR);
		shutdown(server->fd, SHUT_WR);
		break;
	case 4:
		slot_close(client);
		slot_close(server);
		break;
	default:
		slot_close(server);
		slot_close(client);
		break;
	}
}

void worker_listen(struct worker *w)
{
	struct rng r = rng_of(0, w->id, 0);
	struct addr a = addr_make(V6, 0, (uint16_t)(PORT_WORKER + w->id));
	struct tracked *t;

	w->listener.fd = -1;
	do
		t = slot_fill(w, &w->listener, &r, false);
	while (t->domain != AF_INET6 || t->v6only);
	if (try_bind(w->listener.fd, &a) || listen(w->listener.fd, 4096))
		die("cannot listen on %u", PORT_WORKER + w->id);
	port_taken(&w->listener, t, HOLDS_EXPLICIT, true);
	t->used = true;
	fcntl(w->listener.fd, F_SETFL, O_NONBLOCK);
}

void do_socket_operation(struct worker *w, enum kind kind, struct rng *r)
{
	struct slot *s = &w->slot[rng_below(r, SLOTS - UDP_SLOTS)];
	unsigned int host = rng_below(r, 4), other = rng_below(r, SLOTS - UDP_SLOTS);
	struct tracked *t;
	struct addr a;

	if (kind == KIND_UDP) {
		do_udp(w, r);
		return;
	}
	if (kind == KIND_PASS) {
		do_pass(w, r);
		return;
	}
	if (kind == KIND_CYCLE) {
		do_cycle(w, s, &w->slot[other], r);
		return;
	}
	if (kind == KIND_ACCEPT) {
		do_accept(w, s, r);
		return;
	}
	if (s->fd < 0 && (kind == KIND_CLOSE || kind == KIND_RESET || kind == KIND_DATA))
		return;
	t = s->fd < 0 ? slot_fill(w, s, r, false) : tracked_of(s);
	a = address_for(t, r, host, 0);
	switch (kind) {
	case KIND_BIND0:
		slot_bind(s, t, &a);
		break;
	case KIND_BIND:
		addr_set_port(&a, (uint16_t)(RANGE_LOW + rng_below(r, RANGE_MAX + 1 - RANGE_LOW)));
		slot_bind(s, t, &a);
		break;
	case KIND_ELSEWHERE:
		addr_set_port(&a, (uint16_t)(PORT_ELSEWHERE + rng_below(r, 64)));
		slot_bind(s, t, &a);
		break;
	case KIND_LISTEN:
		slot_listen(w, s, t, r);
		break;
	case KIND_CONNECT:
		slot_connect(w, s, t, r);
		break;
	case KIND_REFUSED:
		slot_refused(s, t, r);
		break;
	case KIND_SHUTDOWN:
		if (!shutdown(s->fd, (int)rng_below(r, 3)))
			came_about(OUTCOME_SHUT);
		break;
	case KIND_CLOSE:
		slot_close(s);
		break;
	case KIND_RESET:
		slot_reset(s);
		break;
	case KIND_DISCONNECT:
		slot_disconnect(s, t);
		break;
	case KIND_OPTION:
		options_draw(s, r);
		break;
	case KIND_DATA:
		slot_data(s, r);
		break;
	default:
		die("no operation on sockets: %s", kind_name[kind]);
	}
}
