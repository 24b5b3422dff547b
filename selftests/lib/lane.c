// SPDX-License-Identifier: GPL-2.0-only
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "file.h"
#include "lane.h"
#include "say.h"

bool lane_is_debug(void)
{
	const char *lane = getenv("PQ_LANE");

	return lane && !strcmp(lane, "debug");
}

bool kernel_at_least(unsigned int major, unsigned int minor)
{
	unsigned int a = 0, b = 0;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%u.%u", &a, &b) != 2)
		return false;
	return a > major || (a == major && b >= minor);
}

bool kernel_is_rt(void)
{
	struct utsname u;

	return !uname(&u) && strstr(u.version, "PREEMPT_RT");
}

unsigned int lane_scale(unsigned int stock, unsigned int debug)
{
	return lane_is_debug() ? debug : stock;
}

static bool is_short(void)
{
	const char *size = getenv("PQ_SIZE");

	if (!size || !strcmp(size, "full"))
		return false;
	if (strcmp(size, "short"))
		die("PQ_SIZE is '%s', and neither short nor full", size);
	return true;
}

unsigned int lane_count(unsigned int stock, unsigned int debug, unsigned int brief)
{
	unsigned int n = lane_scale(stock, debug);

	return is_short() && n > brief ? brief : n;
}

unsigned int lane_number(const char *variable, unsigned int otherwise)
{
	const char *n = getenv(variable);

	return n ? (unsigned int)strtoul(n, NULL, 10) : otherwise;
}

int lane_timeout(int stock)
{
	return lane_is_debug() ? 6 * stock : stock;
}

unsigned int lane_rest_ms(void)
{
	return lane_scale(5000, 30000);
}

unsigned int cpus_online(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned int)n : 1;
}

void run_on(unsigned int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die("cannot run on CPU %u", cpu);
}

unsigned long long memory_available(void)
{
	char *text = file_slurp("/proc/meminfo");
	unsigned long long kb = 0;
	const char *at;

	at = text ? strstr(text, "MemAvailable:") : NULL;
	if (at)
		kb = strtoull(at + strlen("MemAvailable:"), NULL, 10);
	free(text);
	return kb << 10;
}
