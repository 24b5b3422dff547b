// SPDX-License-Identifier: GPL-2.0-only
/* view: see view.h for what it promises. */
#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <uapi/linux/portquota.h>

#include "account/account.h"
#include "keys.h"
#include "lib/path.h"
#include "view.h"

/**
 * pq_view_root() - the root of the reader's cgroup namespace
 *
 * What is below it, or is it, is inside the reader's view: cgroup_is_descendant().
 *
 * Context: process, may sleep.
 * Return: the cgroup, alive or not, with a reference for the caller; or an
 * ERR_PTR().
 */
struct cgroup *pq_view_root(void)
{
	/* The kernel resolves paths from the root of the caller's namespace. */
	return cgroup_get_from_path("/");
}

/**
 * pq_account_in_view() - may a reader see the account of a cgroup?
 * @acct: the account
 * @root: the root of the reader's view
 *
 * Return: true for what is below the root, and for what is of no cgroup.
 */
bool pq_account_in_view(const struct pq_account *acct, struct cgroup *root)
{
	return !acct->key.cgrp || cgroup_is_descendant(acct->key.cgrp, root);
}

/**
 * pq_show_path_below() - print the path of a cgroup as a reader sees it
 * @seq: where to
 * @cgrp: the cgroup, alive or not; one outside of the reader's cgroup
 *	  namespace is printed as PORTQUOTA_OUTSIDE
 * @root: the root of the reader's view
 *
 * One that is too long is cut, see pq_cgroup_path_shown(): anybody may have such a
 * cgroup, and an error here would end the file for all who read it.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int pq_show_path_below(struct seq_file *seq, struct cgroup *cgrp, struct cgroup *root)
{
	char *path;

	if (!cgroup_is_descendant(cgrp, root)) {
		/* Its path would name it, as /.. and what follows. */
		seq_puts(seq, PORTQUOTA_OUTSIDE);
		return 0;
	}
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	pq_cgroup_path_shown(cgrp, root, path, PATH_MAX);
	pq_show_word(seq, path);
	kfree(path);
	return 0;
}

/**
 * pq_show_path() - print the path of a cgroup as the reader sees it
 * @seq: where to
 * @cgrp: the cgroup, alive or not; one outside of the reader's cgroup
 *	  namespace is printed as PORTQUOTA_OUTSIDE
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM, the errors of pq_view_root().
 */
int pq_show_path(struct seq_file *seq, struct cgroup *cgrp)
{
	struct cgroup *root = pq_view_root();
	int err;

	if (IS_ERR(root))
		return PTR_ERR(root);
	err = pq_show_path_below(seq, cgrp, root);
	cgroup_put(root);
	return err;
}

/**
 * pq_host_files_allowed() - may the caller see what all namespaces do?
 *
 * /proc/portquota is visible in every container, also in those without a user
 * namespace of their own, and a mode of the file could not ask for a capability
 * alone: each open is asked. CAP_SYS_ADMIN will do, because whoever has it can
 * enter each namespace with setns() and read the same there.
 *
 * Context: process, in open().
 * Return: true with CAP_NET_ADMIN or CAP_SYS_ADMIN in the initial user namespace.
 */
bool pq_host_files_allowed(void)
{
	return capable(CAP_NET_ADMIN) || capable(CAP_SYS_ADMIN);
}
