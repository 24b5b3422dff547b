// SPDX-License-Identifier: GPL-2.0-only
/*
 * A rule that is set while connect() searches for a port, where there was none before: it is
 * kept to, and who is refused by it has no port. Needs pq_slow.ko, which has the search last.
 */
#include <pthread.h>

#include "test.h"

WORLD_FIXTURE_FAMILIES

#define SLOW_MS	"1000"
#define LATE_MS	300	/* after the search has begun */
#define BEFORE	100	/* connections, so that CPUs have a stock */

struct late {
	struct addr to;
	int fd;
	int ret;
};

static void *run_connect(void *arg)
{
	struct late *l = arg;

	/* The search holds its CPU, which the rule then does not get. */
	run_on(1);
	l->ret = ask_connect(l->fd, &l->to);
	return NULL;
}

static int socket_for(const struct addr *a)
{
	int fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("no socket");
	return fd;
}

/* Sets "tcp.max=@max" while @l connects. */
static void connect_meanwhile(struct late *l, const char *base, unsigned int max)
{
	char params[64];
	pthread_t thread;

	snprintf(params, sizeof(params), "tgid=%d ms=" SLOW_MS, getpid());
	if (module_load("pq_slow", params))
		die("pq_slow cannot be loaded");
	run_on(0);
	if (pthread_create(&thread, NULL, run_connect, l))
		die("no thread");
	sleep_ms(LATE_MS);
	rule_set("%s tcp.max=%u", base, max);
	pthread_join(thread, NULL);
	if (module_unload("pq_slow"))
		die("pq_slow cannot be unloaded");
}

/* @before: so many connections there were before */
static void refuse_late(struct __test_metadata *_metadata, const char *base, enum family family,
			unsigned int before)
{
	int listener = tcp_listen(family, 1, PORT_OUTSIDE);
	struct late l = { .to = addr_local(listener) };
	struct pair p[BEFORE];
	unsigned int i;

	for (i = 0; i < before; i++)
		p[i] = pair_open(listener);
	pairs_close(p, before, CLOSE_RST);
	refusals_count();
	pair_open(listener);
	l.fd = socket_for(&l.to);
	connect_meanwhile(&l, base, 1);
	EXPECT_EQ(-EADDRNOTAVAIL, l.ret);
	EXPECT_ACCOUNT(base, tcp_denied, 1);
	EXPECT_STAT(tcp_exhausted, 0);
	/* It has given its port back, and can be used again. */
	EXPECT_ACCOUNT(base, tcp_current, 1);
	EXPECT_EQ(0U, invariants_at_rest("refused by a rule that came late"));
	rule_set("-%s", base);
	EXPECT_EQ(0, ask_connect(l.fd, &l.to));
	close(l.fd);
	close(listener);
}

WORLD_TEST(refuses)
{
	if (!module_have("pq_slow") || cpus_online() < 2)
		SKIP(return, "no pq_slow.ko in this guest, or one CPU");
	refuse_late(_metadata, self->w.base, variant->family, 0);
}

WORLD_TEST(refuses_who_had_a_stock)
{
	if (!module_have("pq_slow") || cpus_online() < 2)
		SKIP(return, "no pq_slow.ko in this guest, or one CPU");
	refuse_late(_metadata, self->w.base, variant->family, BEFORE);
}

WORLD_TEST(lets_the_last_one_in)
{
	int listener = tcp_listen(variant->family, 1, PORT_OUTSIDE);
	struct late l = { .to = addr_local(listener) };

	if (!module_have("pq_slow") || cpus_online() < 2)
		SKIP(return, "no pq_slow.ko in this guest, or one CPU");
	pair_open(listener);
	l.fd = socket_for(&l.to);
	connect_meanwhile(&l, self->w.base, 2);
	EXPECT_EQ(0, l.ret);
	EXPECT_ACCOUNT(self->w.base, tcp_current, 2);
	EXPECT_ACCOUNT(self->w.base, tcp_denied, 0);
	EXPECT_EQ(0U, invariants_at_rest("let in beside a rule that came late"));
	close(l.fd);
}

WORLD_MAIN
