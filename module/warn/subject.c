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
	int above = min(cgrp->level, PQ_SUBJECT_LEVELS), i;
	struct pq_subject *subject;

	subject = subject_alloc(foreign, above, len + 1);
	if (!subject)
		return NULL;
	subject->path = memcpy(&subject->id[above], path, len + 1);
	subject->level = cgrp->level;
	subject->cgroup = cgroup_id(cgrp);
	for (i = 0; i < above; i++)
		subject->id[i] = cgroup_id(cgroup_ancestor(cgrp, i));
	return subject;
}

/**
 * pq_subject_new() - take down whom events are about
 * @foreign: the namespace does not belong to the host's user namespace
 * @cgrp: the cgroup, alive or not, kept by the caller; NULL for (before load)
 *
 * Return: the subject, with the caller as its user; NULL without memory.
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
	len = pq_cgroup_path_shown(cgrp, &cgrp_dfl_root.cgrp, path, PATH_MAX);
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
 * the subject is outside of it, or more than PQ_SUBJECT_LEVELS are above that cgroup.
 */
const char *pq_subject_path(const struct pq_subject *subject, unsigned int level, u64 id)
{
	const char *path = subject->path, *next;
	unsigned int i;

	if (level == subject->level)
		return id == subject->cgroup ? "/" : NULL;
	if (level >= min_t(unsigned int, subject->level, PQ_SUBJECT_LEVELS) ||
	    subject->id[level] != id)
		return NULL;
	/* Each level is a slash and a name. The last one of a path that was cut stays. */
	for (i = 0; i < level; i++) {
		next = strchr(path + 1, '/');
		if (!next)
			break;
		path = next;
	}
	return path;
}
EXPORT_SYMBOL_IF_KUNIT(pq_subject_path);
