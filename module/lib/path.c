// SPDX-License-Identifier: GPL-2.0-only
/* path: see path.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/kernfs.h>
#include <linux/string.h>

#include "export.h"
#include "path.h"

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
	ssize_t len = 0, name;
	int level;

	if (!cgrp->level)
		return strscpy(path, "/", size);
	for (level = 1; level <= cgrp->level; level++) {
		if (size - len < 2)
			return -E2BIG;
		path[len++] = '/';
		name = strscpy(path + len, cgroup_ancestor(cgrp, level)->kn->name, size - len);
		if (name < 0)
			return name;
		len += name;
	}
	return len;
}
EXPORT_SYMBOL_IF_KUNIT(pq_cgroup_path);
