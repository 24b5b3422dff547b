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
#define FAR	60000	/* TIME_WAITs: no threshold that is met here */

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

/* How many TIME_WAITs there are; the first of them end while others are measured. */
static unsigned int held(void)
{
	long number = proc_number(STAT, "timewait.current ", "timewait.current");

	if (number < 0)
		die(STAT);
	return (unsigned int)number;
}

void row_levels(unsigned int levels)
{
	uint64_t calm = 0, crossed = 0, longest;
	unsigned int i, threshold;

	listener = listener_open(&server, INADDR_LOOPBACK);
	live();	/* the first of a boot does what the others need not */
	enter(levels);
	for (i = 0; i < ROUNDS; i++) {
		threshold_set(levels, FAR);
		longest = stretch_of(live);
		calm = longest > calm ? longest : calm;
	}
	for (; i < 2 * ROUNDS; i++) {
		/* What was crossed before is far away again, and can be crossed anew. */
		threshold_set(levels, FAR);
		threshold = held() + 1;
		threshold_set(levels, threshold);
		longest = stretch_of(live);
		if (held() < threshold)
			die("a TIME_WAIT ended just when a threshold was to be crossed");
		crossed = longest > crossed ? longest : crossed;
	}
	value("stretch: a connection far down", calm);
	value("stretch: one that crosses a threshold of each level", crossed);
}
