// SPDX-License-Identifier: GPL-2.0-only
/*
 * deep: for how long softirqs are off, or others wait for the CPU, when there are far more
 * cgroups one below the other than container managers make; any user that owns a cgroup
 * can make them.
 *
 * Sockets belong to the cgroup in which they were made. This process is in the root again
 * when they are used: the kernel itself takes a hundred instructions a level for each switch
 * to a task that is so far down, and more (kernel/sched/psi.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/portquota.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure.h"

#define RULES		"/proc/net/portquota/rules"
#define ACCOUNTS	"/proc/net/portquota/accounts"
#define NAME		"d"
#define ROUNDS		5

#define SOCKETS		(3 * ROUNDS + 4)

static struct sockaddr_in server;
static int listener;
static int sockets[SOCKETS];
static unsigned int used;

static void enter_at(int at)
{
	int fd = openat(at, "cgroup.procs", O_WRONLY);

	if (fd < 0 || write(fd, "0\n", 2) != 2)
		die("cgroup.procs");
	close(fd);
}

static void socket_make(int *fd)
{
	*fd = socket(AF_INET, SOCK_STREAM, 0);
	if (*fd < 0)
		die("socket");
}

/* Makes the cgroups, and the sockets in the last of them. */
static void sockets_make(unsigned int levels)
{
	int root = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY), at = dup(root), below;
	unsigned int i;

	for (; levels; levels--, at = below) {
		if (at < 0 || (mkdirat(at, NAME, 0755) && errno != EEXIST))
			die("mkdir");
		below = openat(at, NAME, O_RDONLY | O_DIRECTORY);
		close(at);
	}
	enter_at(at);
	for (i = 0; i < SOCKETS; i++)
		socket_make(&sockets[i]);
	enter_at(root);
	close(at);
	close(root);
}

/* Each level that is counted has its threshold at the same number. */
static void thresholds_set(unsigned int levels, unsigned int number)
{
	char line[4096], *end = line;

	if (levels > PORTQUOTA_LEVELS_MAX)
		levels = PORTQUOTA_LEVELS_MAX;
	while (levels--) {
		end = stpcpy(end, "/" NAME);
		sprintf(end, " timewait.warn=%u\n", number);
		proc_write(RULES, line);
		*end = '\0';
	}
}

/* One connection, which leaves a TIME_WAIT */
static void live(void)
{
	int fd = sockets[used], peer;

	if (connect(fd, (struct sockaddr *)&server, sizeof(server)))
		die("connect");
	peer = accept(listener, NULL, NULL);
	if (peer < 0)
		die("accept");
	/* Who watches has it too, so that close() would not end it. */
	shutdown(fd, SHUT_RDWR);
	close(peer);
}

static void live_and_tick(void)
{
	live();
	sleep(1);
}

static void live_in_new_range(void)
{
	char text[32];

	snprintf(text, sizeof(text), "%u 60999\n", 32768 + used);
	proc_write(RANGE, text);
	live();
}

static void read_accounts(void)
{
	static char text[65536];
	int fd = open(ACCOUNTS, O_RDONLY);

	while (fd >= 0 && read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
}

static uint64_t stretch_with_socket(void (*work)(void))
{
	uint64_t longest = stretch_of(work);

	close(sockets[used++]);
	return longest;
}

static void longest_of(const char *name, void (*work)(void))
{
	uint64_t longest = 0, here;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		here = stretch_with_socket(work);
		longest = here > longest ? here : longest;
	}
	value(name, longest);
}

void row_deep(unsigned int levels)
{
	listener = listener_open(&server, INADDR_LOOPBACK);
	sockets_make(levels);
	live();		/* makes the accounts, and does what is done once in a boot */
	used++;
	live();
	used++;
	value("levels", levels);
	longest_of("stretch: a connection below many cgroups", live);
	sleep(4);	/* so that all of them rest, and each is to be looked at by the next */
	value("stretch: one after a while below many cgroups", stretch_with_socket(live));
	value("stretch: reading accounts of many levels", stretch_of(read_accounts));
	longest_of("stretch: connect() in a new range below many cgroups", live_in_new_range);
	thresholds_set(levels, used + 2);	/* some TIME_WAITs from now */
	longest_of("stretch: thresholds of many levels, and the tick", live_and_tick);
}
