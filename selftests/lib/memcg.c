// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "child.h"
#include "file.h"
#include "memcg.h"
#include "say.h"

#define CONTROL CGROUP_ROOT "/cgroup.subtree_control"

/* Numbers of each CPU are summed up every two seconds (mm/memcontrol.c, FLUSH_TIME). */
#define FLUSH_MS 2500

bool memcg_on(void)
{
	return !file_write(CONTROL, "+memory");
}

void memcg_off(void)
{
	file_write(CONTROL, "-memory");
}

long long memcg_stat(const char *path, const char *key)
{
	char file[512], line[64], *text, *at;
	long long bytes;

	sleep_ms(FLUSH_MS);
	snprintf(file, sizeof(file), CGROUP_ROOT "%s/memory.stat", path);
	text = must_slurp(file);
	snprintf(line, sizeof(line), "\n%s ", key);
	at = strstr(text, line);
	if (!at)
		die("no %s in %s", key, file);
	bytes = strtoll(at + strlen(line), NULL, 10);
	free(text);
	return bytes;
}
