// SPDX-License-Identifier: GPL-2.0-only
/*
 * full: every port of the range is held by a connection to one destination.
 *
 * What a connect() to that destination costs then, until it fails with
 * EADDRNOTAVAIL.
 *
 * And cap: what the same failure costs when it is a limit that is reached, with
 * all but one of the ports free.
 *
 * Searching for the last free ports takes a million instructions each, so
 * while the range is being filled the kernel is given a narrow one that moves.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

#define LOW		32768
#define HIGH		60999
#define STEP		8	/* divides all */
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
	listener = listener_open(&addr, INADDR_LOOPBACK);
	for (n = 0; n < HIGH - LOW + 1; n++) {
		if (n % STEP == 0)
			set_range(LOW + n, LOW + n + STEP - 1);
		held[n] = hold(&addr);
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
	int listener = listener_open(&addr, INADDR_LOOPBACK), held = hold(&addr);

	proc_write(RULES, "/a/b tcp.max=1\n");
	measure_refusal(&addr, repeats);
	close(held);
	close(listener);
}
