// SPDX-License-Identifier: GPL-2.0-only
/* subject: see subject.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "lib/export.h"
#include "lib/path.h"
#include "subject.h"

#define GFP_SUBJECT	(GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN)

static struct pq_subject *subject_alloc(bool foreign, unsigned int levels, size_t text)
{
	struct pq_subject *subject;

	subject = kzalloc(struct_size(subject, id, levels) + text, GFP_SUBJECT);
	if (!subject)
		return NULL;
	refcount_set(&subject->users, 1);
	subject->foreign = foreign;
	return subject;
}

/* @len: of @path, which is not to be measured again: it may be long, and this a softirq. */
static struct pq_subject *subject_named(bool foreign, struct cgroup *cgrp, const char *path,
					size_t len)
{
	struct pq_subject *subject;

	subject = subject_alloc(foreign, cgrp->level + 1, len + 1);
	if (!subject)
		return NULL;
	subject->path = memcpy(&subject->id[cgrp->level + 1], path, len + 1);
	subject->level = cgrp->level;
	for (; cgrp; cgrp = cgroup_parent(cgrp))
		subject->id[cgrp->level] = cgroup_id(cgrp);
	return subject;
}

/**
 * pq_subject_new() - take down whom events are about
 * @foreign: the namespace does not belong to the host's user namespace
 * @cgrp: the cgroup, alive or not, kept by the caller; NULL for (before load)
 *
 * Return: the subject, with the caller as its user; NULL without memory, or if the path
 * is too long.
 */
struct pq_subject *pq_subject_new(bool foreign, struct cgroup *cgrp)
{
	struct pq_subject *subject = NULL;
	ssize_t len;
	char *path;

	if (!cgrp)
		return subject_alloc(foreign, 0, 0);
	path = kmalloc(PATH_MAX, GFP_ATOMIC | __GFP_NOWARN);
	if (!path)
		return NULL;
	len = pq_cgroup_path(cgrp, path, PATH_MAX);
	if (len > 0)
		subject = subject_named(foreign, cgrp, path, len);
	kfree(path);
	return subject;
}
EXPORT_SYMBOL_IF_KUNIT(pq_subject_new);

/**
 * pq_subject_path() - the path of a subject, as seen from a cgroup
 * @subject: the subject, not (before load)
 * @level: how many cgroups are above the one that is to be its root
 * @id: the id of that one
 *
 * Return: the path below that cgroup, which is / for the cgroup itself; NULL if
 * the subject is outside of it.
 */
const char *pq_subject_path(const struct pq_subject *subject, unsigned int level, u64 id)
{
	const char *path = subject->path;
	unsigned int i;

	if (level > subject->level || subject->id[level] != id)
		return NULL;
	if (level == subject->level)
		return "/";
	/* Each level is a slash and a name. */
	for (i = 0; i < level; i++)
		path = strchrnul(path + 1, '/');
	return path;
}
EXPORT_SYMBOL_IF_KUNIT(pq_subject_path);
