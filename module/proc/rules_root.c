// SPDX-License-Identifier: GPL-2.0-only
/* rules_root: see rules_root.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "lib/path.h"
#include "rules_root.h"
#include "view.h"

/**
 * pq_rules_root() - the path of the root of the caller's cgroup namespace
 *
 * Context: process, may sleep.
 * Return: the path, which the caller frees by kfree(), "" for the whole hierarchy;
 * or ERR_PTR(-ENOMEM), -ENAMETOOLONG, the errors of pq_view_root().
 */
char *pq_rules_root(void)
{
	struct cgroup *root;
	ssize_t len;
	char *path;

	root = pq_view_root();
	if (IS_ERR(root))
		return ERR_CAST(root);
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (path) {
		len = pq_cgroup_path(root, path, PATH_MAX);
		if (len < 0) {
			kfree(path);
			path = ERR_PTR(-ENAMETOOLONG);
		} else if (len == 1) {
			path[0] = '\0';
		}
	}
	cgroup_put(root);
	return path ?: ERR_PTR(-ENOMEM);
}

/**
 * pq_rules_put_literally() - put the root in front of a rule's path
 * @to: room for twice the length of @path
 * @path: the root
 * @glob: the rule's path is a glob
 *
 * In a glob, the part that the writer does not see means only itself. No NUL is put
 * behind it.
 *
 * Context: any.
 * Return: how many characters were put.
 */
size_t pq_rules_put_literally(char *to, const char *path, bool glob)
{
	char *begin = to;

	for (; *path; path++) {
		if (glob && strchr("*?[]\\", *path))
			*to++ = '\\';
		*to++ = *path;
	}
	return to - begin;
}
