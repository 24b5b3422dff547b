// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat: what reading the module's totals costs with no reservation and with
 * as many as are asked for, and how much memory one takes.
 *
 * They are UDP sockets, each bound to a port of its own of some address of
 * 127.1.0.0/16: an address has the whole range, a socket needs no peer, and
 * named ports need no search. Without uhash_entries=65536 on the kernel's
 * command line, its own look at the chain takes most of the time.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

#define LOW		32768
#define HIGH		60999
#define PORTS		(HIGH - LOW + 1)
#define ADDRESSES	0x7f010001	/* the first of them */
#define READS		1000
#define STAT		"/proc/net/portquota/stat"

/* What open, read and close of stat cost; once before, to warm up. */
static void measure_reads(const char *name)
{
	uint64_t start = 0;
	char text[4096];
	unsigned int i;
	int fd;

	for (i = 0; i <= READS; i++) {
		if (i == 1)
			start = instructions();
		fd = open(STAT, O_RDONLY);
		if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
			die(STAT);
		close(fd);
	}
	value(name, (double)(instructions() - start) / READS);
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

/* Nobody closes it: the process ends. */
static void hold(unsigned int n)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(ADDRESSES + n / PORTS),
		.sin_port = htons(LOW + n % PORTS),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("bind");
}

void row_stat(unsigned int held)
{
	struct rlimit files = { .rlim_cur = held + 16, .rlim_max = held + 16 };
	unsigned int i;
	char range[32];

	if (setrlimit(RLIMIT_NOFILE, &files))
		die("files");
	/* The rows before have changed it. */
	snprintf(range, sizeof(range), "%d %d\n", LOW, HIGH);
	proc_write(RANGE, range);
	measure_reads("stat, none held");
	background("none held");
	for (i = 0; i < held / 10; i++)
		hold(i);
	background("a tenth held");
	for (; i < held; i++)
		hold(i);
	errno = EPROTO;
	if (proc_number(STAT, "udp.current ", "udp.current") != held)
		die("stat does not have all that is held");
	measure_reads("stat, all held");
	value("held", held);
	measure_memory();
	background("all held");
	connect_by_hand();
	background("all held, one by hand");
}
