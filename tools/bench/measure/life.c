// SPDX-License-Identifier: GPL-2.0-only
/*
 * life: one TCP connection over loopback, from socket() to the end of its
 * TIME_WAIT.
 *
 * The client closes first. There are two ways to TIME_WAIT. When the server
 * closes at once, its FIN bears the acknowledgement of the client's, and the
 * socket becomes TIME_WAIT directly. When the client's FIN is acknowledged
 * before, the socket becomes a FIN_WAIT2 remainder, and that a TIME_WAIT when
 * the server closes; here reading the end of file and setting TCP_QUICKACK
 * makes the server acknowledge, in a stage of its own. Which way was taken is checked.
 *
 * Nothing in a cycle sleeps: loopback delivers inside the system call that
 * sends.
 *
 * The TIME_WAITs end in timer softirqs 60 s later: the process sleeps until
 * shortly before the first of them, then spins until after the last. What is
 * stolen from it there, less what is stolen in a span of the same length
 * directly after, is their expiry. The timer wheel may fire late by an eighth
 * of its third level's span (512 jiffies, 2.1 s at 250 Hz), never early.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

#define TIME_WAIT_NSEC	(60 * NSEC_PER_SEC)
#define EARLY_NSEC	(NSEC_PER_SEC / 2)
#define LATE_NSEC	(NSEC_PER_SEC * 5 / 2)

enum way {
	DIRECT,
	BY_FIN_WAIT2,
};

static const char *const way_names[] = {
	[DIRECT] = "",
	[BY_FIN_WAIT2] = "FIN_WAIT2: ",
};

enum stage {
	CONNECT,
	ACCEPT,
	CLOSE_CLIENT,
	ACKNOWLEDGE,
	CLOSE_SERVER,
	NR_STAGES
};

static const char *const stage_names[] = {
	[CONNECT] = "socket+connect",
	[ACCEPT] = "accept",
	[CLOSE_CLIENT] = "close client",
	[ACKNOWLEDGE] = "acknowledge",
	[CLOSE_SERVER] = "close server",
};

static long timewaits(void)
{
	return proc_number("/proc/net/sockstat", "TCP:", "tw");
}

static void wait_for_none(void)
{
	while (timewaits())
		sleep(1);
}

static void say(enum way way, const char *name, double number)
{
	char text[64];

	snprintf(text, sizeof(text), "%s%s", way_names[way], name);
	value(text, number);
}

/* Its FIN's ACK may be on the way yet: this is asked of a cycle that is not measured. */
static bool client_closed(enum way way)
{
	unsigned int tries;

	for (tries = 0; tries < 100; tries++) {
		if (timewaits() == (way == BY_FIN_WAIT2))
			return true;
		usleep(10000);
	}
	return false;
}

/* False only if @check, and the client was not on this way. */
static bool cycle(enum way way, bool check, int listener, const struct sockaddr_in *addr,
		  uint64_t *at)
{
	int client, server, on = 1;
	bool right;

	at[0] = instructions();
	client = socket(AF_INET, SOCK_STREAM, 0);
	if (client < 0 || connect(client, (const struct sockaddr *)addr, sizeof(*addr)))
		die("connect");
	at[1] = instructions();
	server = accept(listener, NULL, NULL);
	if (server < 0)
		die("accept");
	at[2] = instructions();
	close(client);
	at[3] = instructions();
	if (way == BY_FIN_WAIT2) {
		recv(server, &on, sizeof(on), 0);	/* while its FIN is unread, no ACK */
		setsockopt(server, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
	}
	at[4] = instructions();
	right = !check || client_closed(way);
	close(server);
	at[5] = instructions();
	return right;
}

/* What the first connection alone pays for; and the way is the one that is meant. */
static void first_cycle(enum way way, int listener, const struct sockaddr_in *addr)
{
	uint64_t at[NR_STAGES + 1];
	unsigned int tries;

	/* A worker that has the CPU for 40 ms leaves time for a delayed ACK, once. */
	for (tries = 0; tries < 3; tries++) {
		if (cycle(way, true, listener, addr, at))
			return;
		wait_for_none();
	}
	errno = EPROTO;
	die("the client is not in the state it should be in when the server closes");
}

/* Sums of @repeats cycles by stage; their time is start of the first to end of the last. */
static void cycles(enum way way, unsigned int repeats, uint64_t *sum, uint64_t *begin,
		   uint64_t *end)
{
	uint64_t at[NR_STAGES + 1];
	struct sockaddr_in addr;
	int listener = listener_open(&addr, INADDR_LOOPBACK);
	unsigned int i;
	int stage;

	first_cycle(way, listener, &addr);
	*begin = instructions();
	where_begin();
	for (i = 0; i < repeats; i++) {
		cycle(way, false, listener, &addr, at);
		for (stage = 0; stage < NR_STAGES; stage++)
			sum[stage] += at[stage + 1] - at[stage];
	}
	where_end();
	*end = instructions();
	close(listener);
}

static void life(enum way way, unsigned int repeats)
{
	uint64_t sum[NR_STAGES] = {}, begin, end, total = 0, stolen, usual, length;
	int stage;

	wait_for_none();
	cycles(way, repeats, sum, &begin, &end);
	for (stage = 0; stage < NR_STAGES; stage++) {
		if (stage == ACKNOWLEDGE && way != BY_FIN_WAIT2)
			continue;
		say(way, stage_names[stage], (double)sum[stage] / repeats);
		total += sum[stage];
	}
	say(way, "cycle", (double)total / repeats);

	sleep_until(begin + TIME_WAIT_NSEC - EARLY_NSEC);
	errno = EPROTO;
	if (timewaits() != repeats + 1)
		die("not every connection is in TIME_WAIT 59.5 s after it closed");
	length = end + TIME_WAIT_NSEC + LATE_NSEC - instructions();
	where_begin();
	stolen = spin_stolen(instructions() + length);
	where_end();
	errno = EPROTO;
	if (timewaits())
		die("not every TIME_WAIT has expired after 62.5 s");
	usual = spin_stolen(instructions() + length);

	say(way, "expiry", (double)(int64_t)(stolen - usual) / (repeats + 1));
	say(way, "total", (double)total / repeats +
	    (double)(int64_t)(stolen - usual) / (repeats + 1));
}

void row_life(unsigned int repeats)
{
	life(DIRECT, repeats);
}

void row_life_fin_wait2(unsigned int repeats)
{
	life(BY_FIN_WAIT2, repeats);
}

/* To warm up: slab caches have what they need, code paths are patched. */
void row_life_only(unsigned int repeats)
{
	uint64_t sum[NR_STAGES] = {}, begin, end;

	wait_for_none();
	cycles(DIRECT, repeats, sum, &begin, &end);
	wait_for_none();
}
