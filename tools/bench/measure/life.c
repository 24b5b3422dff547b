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
 *
 * life-deep is the same in a cgroup five levels deep, in place of two, and
 * life-programs that of 16 programs that take turns, see programs.c.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure.h"

#define EARLY_NSEC	(NSEC_PER_SEC / 2)
#define LATE_NSEC	(NSEC_PER_SEC * 5 / 2)

#define CGROUP		"/sys/fs/cgroup/a/b"	/* guest.sh has put us there */

enum way {
	DIRECT,
	BY_FIN_WAIT2,
};

/* What is measured; the first two are printed stage by stage. */
enum row {
	PLAIN,
	FIN_WAIT2,
	PROGRAMS,
	DEEP,
};

static const char *const row_names[] = {
	[PLAIN] = "",
	[FIN_WAIT2] = "FIN_WAIT2: ",
	[PROGRAMS] = "16 programs: ",
	[DEEP] = "five deep: ",
};

static const char *const stage_names[] = {
	[CONNECT] = "socket+connect",
	[ACCEPT] = "accept",
	[CLOSE_CLIENT] = "close client",
	[ACKNOWLEDGE] = "acknowledge",
	[CLOSE_SERVER] = "close server",
};

long timewaits(void)
{
	return proc_number("/proc/net/sockstat", "TCP:", "tw");
}

void wait_for_none(void)
{
	while (timewaits())
		sleep(1);
}

static void say(enum row row, const char *name, double number)
{
	char text[64];

	snprintf(text, sizeof(text), "%s%s", row_names[row], name);
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

/* One cycle by the direct way, added to the sums by stage */
void life_cycle(int listener, const struct sockaddr_in *addr, uint64_t *sum)
{
	uint64_t at[NR_STAGES + 1];
	int stage;

	cycle(DIRECT, false, listener, addr, at);
	for (stage = 0; stage < NR_STAGES; stage++)
		sum[stage] += at[stage + 1] - at[stage];
}

void life_first_cycle(int listener, const struct sockaddr_in *addr)
{
	first_cycle(DIRECT, listener, addr);
}

/* Sums of @repeats cycles by stage; their time is start of the first to end of the last. */
static void cycles(enum way way, unsigned int repeats, struct life *life)
{
	uint64_t at[NR_STAGES + 1];
	struct sockaddr_in addr;
	int listener = listener_open(&addr, INADDR_LOOPBACK);
	unsigned int i;
	int stage;

	first_cycle(way, listener, &addr);
	life->begin = instructions();
	where_begin();
	for (i = 0; i < repeats; i++) {
		cycle(way, false, listener, &addr, at);
		for (stage = 0; stage < NR_STAGES; stage++)
			life->sum[stage] += at[stage + 1] - at[stage];
	}
	where_end();
	life->end = instructions();
	life->made = repeats + 1;
	close(listener);
}

/* What all the TIME_WAITs took when they expired */
static uint64_t expiry(const struct life *life)
{
	uint64_t stolen, length;

	sleep_until(life->begin + TIME_WAIT_NSEC - EARLY_NSEC);
	errno = EPROTO;
	if (timewaits() != life->made)
		die("not every connection is in TIME_WAIT 59.5 s after it closed");
	length = life->end + TIME_WAIT_NSEC + LATE_NSEC - instructions();
	where_begin();
	stolen = spin_stolen(instructions() + length);
	where_end();
	errno = EPROTO;
	if (timewaits())
		die("not every TIME_WAIT has expired after 62.5 s");
	return stolen - spin_stolen(instructions() + length);
}

static void life_say(enum row row, unsigned int repeats, const struct life *life)
{
	double cycle = 0, end = (double)(int64_t)expiry(life) / life->made;
	int stage;

	for (stage = 0; stage < NR_STAGES; stage++) {
		if ((row == PLAIN && stage != ACKNOWLEDGE) || row == FIN_WAIT2)
			say(row, stage_names[stage], (double)life->sum[stage] / repeats);
		cycle += (double)life->sum[stage] / repeats;
	}
	say(row, "cycle", cycle);
	say(row, "expiry", end);
	say(row, "total", cycle + end);
}

static void life(enum row row, enum way way, unsigned int repeats)
{
	struct life life = {};

	wait_for_none();
	cycles(way, repeats, &life);
	life_say(row, repeats, &life);
}

void row_life(unsigned int repeats)
{
	life(PLAIN, DIRECT, repeats);
}

void row_life_fin_wait2(unsigned int repeats)
{
	life(FIN_WAIT2, BY_FIN_WAIT2, repeats);
}

/* To warm up: slab caches have what they need, code paths are patched. */
void row_life_only(unsigned int repeats)
{
	struct life life = {};

	wait_for_none();
	cycles(DIRECT, repeats, &life);
	wait_for_none();
}

static void enter_deep(void)
{
	static const char *const levels[] = { CGROUP "/c", CGROUP "/c/d", CGROUP "/c/d/e" };
	unsigned int i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (mkdir(levels[i], 0755) && errno != EEXIST)
			die(levels[i]);
	proc_write(CGROUP "/c/d/e/cgroup.procs", "0\n");
}

void row_life_deep(unsigned int repeats)
{
	enter_deep();
	life(DEEP, DIRECT, repeats);
}

/* To warm up: numbers of that cgroup do not rise to where they never were afterwards. */
void row_life_deep_only(unsigned int repeats)
{
	enter_deep();
	row_life_only(repeats);
}

void row_life_programs(unsigned int repeats)
{
	struct life life = {};

	wait_for_none();
	repeats -= repeats % PROGRAMS_NR;
	programs_in_turns(repeats, &life);
	life_say(PROGRAMS, repeats, &life);
}
