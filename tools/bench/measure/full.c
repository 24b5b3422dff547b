// SPDX-License-Identifier: GPL-2.0-only
/*
 * full: every port of the range is held by a connection to one destination.
 *
 * What a connect() to that destination costs then, until it fails with
 * EADDRNOTAVAIL; on the way, with the module, what reading its stat costs with
 * no reservation and with STAT_HELD, and how much memory one takes.
 *
 * And cap: what the same failure costs when it is a limit that is reached, with
 * all but one of the ports free.
 *
 * Searching for the last free ports takes a million instructions each, so
 * while the range is being filled the kernel is given a narrow one that moves.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

#define LOW		32768
#define HIGH		60999
#define STAT_HELD	20000
#define STEP		8	/* divides STAT_HELD and all */
#define RANGE		"/proc/sys/net/ipv4/ip_local_port_range"
#define STAT		"/proc/net/portquota/stat"
#define RULES		"/proc/net/portquota/rules"

static void set_range(int low, int high)
{
	char text[32];

	snprintf(text, sizeof(text), "%d %d\n", low, high);
	proc_write(RANGE, text);
}

static int hold(const struct sockaddr_in *addr)
{
	struct linger reset = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		die("connect while filling the range");
	/* Leaves no TIME_WAIT behind */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	return fd;
}

/* What open, read and close of stat cost; once before, to warm up. */
static void measure_stat(const char *name, unsigned int repeats)
{
	uint64_t start = 0;
	char text[4096];
	unsigned int i;
	int fd;

	if (access(STAT, R_OK))
		return;
	for (i = 0; i <= repeats; i++) {
		if (i == 1)
			start = instructions();
		fd = open(STAT, O_RDONLY);
		if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
			die(STAT);
		close(fd);
	}
	value(name, (double)(instructions() - start) / repeats);
}

static void measure_memory(void)
{
	char name[64], text[512];
	long active, total, size, per_slab, pages;
	FILE *f = fopen("/proc/slabinfo", "r");

	while (f && fgets(text, sizeof(text), f)) {
		if (sscanf(text, "%63s %ld %ld %ld %ld %ld", name, &active, &total, &size,
			   &per_slab, &pages) != 6 || strcmp(name, "portquota_reservation"))
			continue;
		value("bytes object", size);
		value("bytes slab", (double)pages * getpagesize() / per_slab);
	}
	if (f)
		fclose(f);
}

/* Of connect() alone. The first one may be logged, which is not counted. */
static void measure_refusal(const struct sockaddr_in *addr, unsigned int repeats)
{
	uint64_t start, sum = 0;
	unsigned int i;
	int fd, err;

	for (i = 0; i <= repeats; i++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		start = instructions();
		err = connect(fd, (const struct sockaddr *)addr, sizeof(*addr));
		sum += i ? instructions() - start : 0;
		if (!err || errno != EADDRNOTAVAIL)
			die("a connect() with no port to be had did not give EADDRNOTAVAIL");
		close(fd);
	}
	value("refusal", (double)sum / repeats);
}

void row_full(unsigned int repeats)
{
	struct rlimit files = { .rlim_cur = 40000, .rlim_max = 40000 };
	int *held = calloc(HIGH - LOW + 1, sizeof(*held));
	struct sockaddr_in addr;
	int listener, n;

	if (!held || setrlimit(RLIMIT_NOFILE, &files))
		die("files");
	listener = listener_open(&addr);
	measure_stat("stat, none held", 1000);
	for (n = 0; n < HIGH - LOW + 1; n++) {
		if (n % STEP == 0)
			set_range(LOW + n, LOW + n + STEP - 1);
		held[n] = hold(&addr);
		if (n + 1 == STAT_HELD) {
			set_range(LOW, HIGH);	/* stat counts the ports in it */
			measure_stat("stat, 20000 held", 1000);
			measure_memory();
		}
	}
	set_range(LOW, HIGH);
	measure_refusal(&addr, repeats);
	while (n--)
		close(held[n]);
	close(listener);
	free(held);
}

void row_cap(unsigned int repeats)
{
	struct sockaddr_in addr;
	int listener = listener_open(&addr), held = hold(&addr);

	proc_write(RULES, "/a/b tcp.max=1\n");
	measure_refusal(&addr, repeats);
	close(held);
	close(listener);
}
