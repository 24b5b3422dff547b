// SPDX-License-Identifier: GPL-2.0-only
/*
 * levels: for how long softirqs are off when one TIME_WAIT crosses a threshold of each
 * of many cgroups, one below the other, whose paths are as long as they can be.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure.h"

#define CGROUPS	"/sys/fs/cgroup"
#define RULES	"/proc/net/portquota/rules"
#define STAT	"/proc/net/portquota/stat"
#define NAME	250	/* characters; the kernel allows 255, and 4096 in a path */
#define ROUNDS	10

static struct sockaddr_in server;
static int listener;

/* Appends one more level to @path; returns its new end. */
static char *deeper(char *end)
{
	*end++ = '/';
	memset(end, 'l', NAME);
	end[NAME] = '\0';
	return end + NAME;
}

static void enter(unsigned int levels)
{
	char path[4096] = CGROUPS, *end = path + strlen(CGROUPS);

	while (levels--) {
		end = deeper(end);
		if (mkdir(path, 0755))
			die(path);
	}
	memcpy(end, "/cgroup.procs", sizeof("/cgroup.procs"));
	proc_write(path, "0\n");
}

/* Each level has its threshold at the same number. */
static void threshold_set(unsigned int levels, unsigned int number)
{
	char line[4200], *end = line;

	while (levels--) {
		end = deeper(end);
		sprintf(end, " timewait.warn=%u\n", number);
		proc_write(RULES, line);
		*end = '\0';
	}
}

/* One connection, which leaves a TIME_WAIT */
static void live(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), peer;

	if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof(server)))
		die("connect");
	peer = accept(listener, NULL, NULL);
	if (peer < 0)
		die("accept");
	close(fd);
	close(peer);
}

void row_levels(unsigned int levels)
{
	uint64_t calm = 0, crossed = 0, longest;
	unsigned int i;

	listener = listener_open(&server, INADDR_LOOPBACK);
	live();	/* the first of a boot does what the others need not */
	enter(levels);
	for (i = 0; i < ROUNDS; i++) {
		threshold_set(levels, 10 * ROUNDS);
		longest = stretch_of(live);
		calm = longest > calm ? longest : calm;
	}
	for (; i < 2 * ROUNDS; i++) {
		/* What was crossed before is far away again, and can be crossed anew. */
		threshold_set(levels, 10 * ROUNDS);
		threshold_set(levels, i + 1);
		longest = stretch_of(live);
		crossed = longest > crossed ? longest : crossed;
	}
	value("stretch: a connection far down", calm);
	value("stretch: one that crosses a threshold of each level", crossed);
	if (proc_number(STAT, "timewait.current ", "timewait.current") != 2 * ROUNDS + 1)
		die("not all of them are in TIME_WAIT");
}
