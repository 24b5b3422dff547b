// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"
#include "say.h"

static void full_path(char *full, size_t size, const char *path, const char *file)
{
	snprintf(full, size, CGROUP_ROOT "%s%s%s", path, file ? "/" : "", file ?: "");
}

void cgroup_make(const char *path)
{
	char full[512];
	char *slash;

	full_path(full, sizeof(full), path, NULL);
	for (slash = full + strlen(CGROUP_ROOT) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(full, 0755) && errno != EEXIST)
			die("cannot make cgroup %s", full);
		*slash = '/';
	}
	if (mkdir(full, 0755) && errno != EEXIST)
		die("cannot make cgroup %s", full);
}

void cgroup_move(const char *path, pid_t pid)
{
	char full[512];

	full_path(full, sizeof(full), path, "cgroup.procs");
	must_write(full, "%d", pid);
}

void cgroup_enter(const char *path)
{
	cgroup_move(path, 0);
}

int cgroup_remove(const char *path)
{
	char full[512];
	int tries;

	full_path(full, sizeof(full), path, NULL);
	/* A task that was just reaped may linger for a moment. */
	for (tries = 0; rmdir(full); tries++) {
		if (errno != EBUSY || tries == 100)
			return -errno;
		usleep(20000);
	}
	return 0;
}

void cgroup_remove_below(const char *path)
{
	char full[512], sub[512];
	struct dirent *e;
	DIR *dir;

	full_path(full, sizeof(full), path, NULL);
	dir = opendir(full);
	while (dir && (e = readdir(dir))) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		if (snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name) < (int)sizeof(sub))
			cgroup_remove_tree(sub);
	}
	if (dir)
		closedir(dir);
}

void cgroup_remove_tree(const char *path)
{
	cgroup_remove_below(path);
	cgroup_remove(path);
}

void cgroup_of_self(char *path, size_t size)
{
	char *text = must_slurp("/proc/self/cgroup");
	const char *at = strstr(text, "0::");

	errno = 0;
	if (!at)
		die("no cgroup v2 in /proc/self/cgroup");
	snprintf(path, size, "%.*s", (int)strcspn(at + 3, "\n"), at + 3);
	free(text);
}

static unsigned int count_below(const char *full)
{
	unsigned int n = 0;
	struct dirent *e;
	char sub[512];
	DIR *dir = opendir(full);

	while (dir && (e = readdir(dir))) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		n++;
		if (snprintf(sub, sizeof(sub), "%s/%s", full, e->d_name) < (int)sizeof(sub))
			n += count_below(sub);
	}
	if (dir)
		closedir(dir);
	return n;
}

unsigned int cgroup_count(void)
{
	return count_below(CGROUP_ROOT);
}
