// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "child.h"
#include "file.h"
#include "lane.h"
#include "model/spent.h"

static const char *const name[SPENT_NR] = {
#define X(part, name) name,
	SPENT_PARTS(X)
#undef X
};

static struct span {
	unsigned long long ms, idle_ms;		/* idle: of all CPUs together */
} spent[SPENT_NR], last;

static struct span now(void)
{
	struct span s = { .ms = now_ms() };
	double up, idle;
	char line[80];

	if (!file_read_line("/proc/uptime", line, sizeof(line)) &&
	    sscanf(line, "%lf %lf", &up, &idle) == 2)
		s.idle_ms = (unsigned long long)(idle * 1000);
	return s;
}

void spent_begin(void)
{
	last = now();
}

void spent_on(enum spent_part part)
{
	struct span to = now();

	spent[part].ms += to.ms - last.ms;
	spent[part].idle_ms += to.idle_ms - last.idle_ms;
	last = to;
}

void spent_text(char *text, size_t size)
{
	unsigned int i, cpus = cpus_online();
	int n = 0;

	for (i = 0; i < SPENT_NR; i++) {
		const struct span *s = &spent[i];

		n += snprintf(text + n, size - (size_t)n, "%s%s %llu.%llu s (%llu %% idle)",
			      i ? ", " : "", name[i], s->ms / 1000, s->ms / 100 % 10,
			      s->ms ? s->idle_ms * 100 / s->ms / cpus : 0);
	}
}
