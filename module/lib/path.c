// SPDX-License-Identifier: GPL-2.0-only
/* path: see path.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/kernel.h>
#include <linux/kernfs.h>
#include <linux/string.h>
#include <uapi/linux/portquota.h>

#include "export.h"
#include "path.h"

/* What stands for those whose names have no room, and how long it may be */
#define UNNAMED		"/" PORTQUOTA_ID "%llu)"
#define UNNAMED_SIZE	sizeof("/" PORTQUOTA_ID "18446744073709551615)")

/*
 * The names of those above @cgrp from below @level on, and its own. Where there is no room
 * for it, -E2BIG; then the path ends at @fits, behind which there is still room to say so.
 */
static ssize_t put_names(struct cgroup *cgrp, int level, char *path, size_t size, size_t *fits)
{
	ssize_t len = 0, name;

	*fits = 0;
	while (++level <= cgrp->level) {
		if (size - len < 2)
			return -E2BIG;
		path[len++] = '/';
		name = strscpy(path + len, cgroup_ancestor(cgrp, level)->kn->name, size - len);
		if (name < 0)
			return name;
		len += name;
		if (size - len >= UNNAMED_SIZE)
			*fits = len;
	}
	return len;
}

/**
 * pq_cgroup_path() - the path of a cgroup, from the root of the hierarchy
 * @cgrp: the cgroup, alive or not, kept by the caller
 * @path: set to the path, with a NUL
 * @size: the room there, at least two bytes
 *
 * Context: any.
 * Return: the length without the NUL; -E2BIG if there is no room for it.
 */
ssize_t pq_cgroup_path(struct cgroup *cgrp, char *path, size_t size)
{
	size_t fits;

	if (!cgrp->level)
		return strscpy(path, "/", size);
	return put_names(cgrp, 0, path, size, &fits);
}
EXPORT_SYMBOL_IF_KUNIT(pq_cgroup_path);

/**
 * pq_cgroup_path_shown() - the path of a cgroup, to be shown to somebody
 * @cgrp: the cgroup, alive or not, kept by the caller
 * @root: the cgroup that is the reader's root: @cgrp itself, or one above it
 * @path: set to the path, with a NUL
 * @size: the room there, at least 32 bytes
 *
 * A cgroup may have a path that is longer than any path that a program can use. Where
 * there is no room, the last names give way to "(id:N)", where N is the cgroup's id,
 * which is also the number of its inode.
 *
 * Context: any.
 * Return: the length without the NUL.
 */
ssize_t pq_cgroup_path_shown(struct cgroup *cgrp, const struct cgroup *root, char *path,
			     size_t size)
{
	size_t fits;
	ssize_t len;

	if (cgrp->level == root->level)
		return strscpy(path, "/", size);
	len = put_names(cgrp, root->level, path, size, &fits);
	if (unlikely(len < 0))
		len = fits + scnprintf(path + fits, size - fits, UNNAMED, cgroup_id(cgrp));
	return len;
}
EXPORT_SYMBOL_IF_KUNIT(pq_cgroup_path_shown);
