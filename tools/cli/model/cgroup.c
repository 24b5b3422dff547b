// SPDX-License-Identifier: GPL-2.0-only
/* Cgroups: see cgroup.h. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cli.h"
#include "lib/module.h"
#include "model/cgroup.h"
#include "model/kfile.h"

static void walk(struct cgroup_list *list, const char *root, const char *path)
{
	char *dir = xasprintf("%s%s", root, path), *below;
	DIR *d = opendir(dir);
	struct dirent *entry;

	list->paths = xgrow(list->paths, list->count, &list->room, sizeof(*list->paths));
	list->paths[list->count++] = xstrdup(*path ? path : "/");
	while (d && (entry = readdir(d))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		below = xasprintf("%s/%s", path, entry->d_name);
		walk(list, root, below);
		free(below);
	}
	if (d)
		closedir(d);
	free(dir);
}

/* Where both versions are mounted, version 2 has a folder of its own. */
static char *find_root(void)
{
	static const char *const roots[] = { "fs/cgroup", "fs/cgroup/unified" };
	char *root, *file;
	bool found;

	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		root = kfile_sys_path(roots[i]);
		file = xasprintf("%s/cgroup.procs", root);
		found = !access(file, F_OK);
		free(file);
		if (found)
			return root;
		free(root);
	}
	return NULL;
}

/**
 * cgroup_list_read - find all cgroups
 * @list: filled in; cgroup_list_free() is due
 *
 * Return: whether they can be seen at all.
 */
bool cgroup_list_read(struct cgroup_list *list)
{
	char *root = find_root();

	*list = (struct cgroup_list){ 0 };
	if (root)
		walk(list, root, "");
	free(root);
	return list->count;
}

/**
 * cgroup_list_match - how many cgroups a path or a glob is for
 * @list: the cgroups
 * @pattern: the path or the glob
 * @glob: whether it is a glob
 */
size_t cgroup_list_match(const struct cgroup_list *list, const char *pattern, bool glob)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += glob ? pq_rule_path_match(pattern, list->paths[i]) :
				!strcmp(pattern, list->paths[i]);
	return count;
}

/**
 * cgroup_list_free - give everything back
 * @list: the cgroups
 */
void cgroup_list_free(struct cgroup_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->paths[i]);
	free(list->paths);
	*list = (struct cgroup_list){ 0 };
}

/* Whether a path ends with a name, or with that of a unit. */
static bool ends_with(const char *path, const char *name)
{
	static const char *const units[] = { "", ".service", ".slice", ".scope" };
	size_t len = strlen(name);
	const char *at = path;

	while ((at = strstr(at, name))) {
		for (size_t i = 0; at > path && at[-1] == '/' && i < ARRAY_SIZE(units); i++)
			if (!strcmp(at + len, units[i]))
				return true;
		at++;
	}
	return false;
}

/**
 * cgroup_guess - the cgroup that somebody may have meant who did not type a path
 * @name: what was typed: its name, that of its unit, or the end of its path
 *
 * Return: its path, to be freed; NULL if it is none, or can be several.
 */
char *cgroup_guess(const char *name)
{
	const char *found = NULL;
	struct cgroup_list list;
	size_t count = 0;
	char *path;

	cgroup_list_read(&list);
	for (size_t i = 0; *name && i < list.count; i++) {
		if (!ends_with(list.paths[i], name))
			continue;
		found = list.paths[i];
		count++;
	}
	path = count == 1 ? xstrdup(found) : NULL;
	cgroup_list_free(&list);
	return path;
}

/* A path of the file system, where a path of cgroups is asked for; NULL if it is none. */
static const char *below_mount(const char *path)
{
	static const char *const mounts[] = { "/sys/fs/cgroup/unified/", "/sys/fs/cgroup/" };

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		if (!strncmp(path, mounts[i], strlen(mounts[i])))
			return path + strlen(mounts[i]) - 1;
	return NULL;
}

/**
 * cgroup_tell_missing - say so if there is no cgroup of a path of which nothing was found
 * @path: the path
 *
 * An empty answer can mean a slip of the fingers.
 */
void cgroup_tell_missing(const char *path)
{
	const char *below = below_mount(path);
	struct cgroup_list cgroups;

	if (*path != '/' || !cgroup_list_read(&cgroups))
		return;
	if (below && cgroup_list_match(&cgroups, below, false))
		say_error("'%s' is a folder; the path of that cgroup is '%s'", path, below);
	else if (!cgroup_list_match(&cgroups, path, false))
		say_error("no cgroup has the path '%s' now, and none of that path holds anything",
			  path);
	cgroup_list_free(&cgroups);
}
