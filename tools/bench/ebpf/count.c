// SPDX-License-Identifier: GPL-2.0-only
/*
 * count OBJECT CONNECTIONS COMMAND...: runs COMMAND with the programs of
 * OBJECT, count.bpf.c's, attached.
 *
 * COMMAND is to make CONNECTIONS or more, and to end when their TIME_WAITs
 * have: in the namespace of the caller. Exits with 0 only if COMMAND has, if
 * each account says that as many ended as began, and one, the root's, that those
 * are so many. With - for CONNECTIONS it is not looked.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "count.h"

static void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "count: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

/* The only constant there is: HZ, of which the coarse clocks' resolution is the inverse. */
static void set_hz(struct bpf_object *object)
{
	struct bpf_map *constants = bpf_object__find_map_by_name(object, ".rodata");
	struct timespec tick;
	__u64 hz;

	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	hz = 1000000000 / tick.tv_nsec;
	if (bpf_map__set_initial_value(constants, &hz, sizeof(hz)))
		die("hz: %s", strerror(errno));
}

static void fill(struct bpf_object *object, const char *queue, __u32 nr)
{
	int fd = bpf_object__find_map_fd_by_name(object, queue);
	__u32 number;

	for (number = 0; number < nr; number++)
		if (bpf_map_update_elem(fd, NULL, &number, 0))
			die("%s: %s", queue, strerror(errno));
}

static struct bpf_object *attach(const char *file)
{
	struct bpf_object *object = bpf_object__open_file(file, NULL);
	struct bpf_program *program;

	if (!object)
		die("%s: %s", file, strerror(errno));
	set_hz(object);
	if (bpf_object__load(object))
		die("%s: %s", file, strerror(errno));
	fill(object, "free_accounts", MAX_ACCOUNTS);
	fill(object, "free_netns", MAX_NETNS);
	bpf_object__for_each_program(program, object)
		if (!bpf_program__attach(program))
			die("%s: %s", bpf_program__section_name(program), strerror(errno));
	return object;
}

static void run(char **command)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		execvp(command[0], command);
		die("%s: %s", command[0], strerror(errno));
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		die("%s has failed", command[0]);
}

static void expect(__u32 number, const char *what, long long is, long long should_be)
{
	if (is != should_be)
		die("account %u: %s is %lld, not %lld", number, what, is, should_be);
}

/* As many ended as began, and nothing is held. */
static void check_account(__u32 number, const struct account *acct)
{
	const struct counter *tcp = &acct->counter[TCP], *timewait = &acct->counter[TIMEWAIT];

	expect(number, "tcp.ended", tcp->ended, tcp->begun);
	expect(number, "tcp.current", tcp->current, 0);
	expect(number, "timewait.entered", timewait->begun, tcp->begun);
	expect(number, "timewait.ended", timewait->ended, tcp->begun);
	expect(number, "timewait.expired", acct->tally[TW_EXPIRED], tcp->begun);
	expect(number, "timewait.current", timewait->current, 0);
	expect(number, "timewait.reserving", acct->tally[TW_RESERVING], 0);
	expect(number, "timewait.finwait2", acct->tally[TW_FIN_WAIT2], 0);
	expect(number, "untracked", acct->tally[UNTRACKED], 0);
	expect(number, "tcp.ports", acct->ports[TCP], 0);
	if (tcp->peak < 1 || timewait->peak < 1)
		die("account %u has no peak", number);
}

/* Returns how many connections the root of the cgroups has seen. */
static long long check(struct bpf_object *object)
{
	int fd = bpf_object__find_map_fd_by_name(object, "accounts");
	int fd_places = bpf_object__find_map_fd_by_name(object, "places");
	struct account_key key, *last = NULL;
	struct account_place place;
	struct account acct;
	long long begun = 0;

	for (; !bpf_map_get_next_key(fd_places, last, &key); last = &key) {
		if (bpf_map_lookup_elem(fd_places, &key, &place) ||
		    bpf_map_lookup_elem(fd, &place.account, &acct))
			die("accounts: %s", strerror(errno));
		check_account(place.account, &acct);
		if (acct.parent == NOWHERE)
			begun = acct.counter[TCP].begun;
	}
	return begun;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	long long begun;

	if (argc < 4)
		return 64;
	object = attach(argv[1]);
	run(argv + 3);
	if (strcmp(argv[2], "-")) {
		begun = check(object);
		if (begun < atoll(argv[2]))
			die("%lld connections were seen of at least %s", begun, argv[2]);
	}
	bpf_object__close(object);
	return 0;
}
