/* SPDX-License-Identifier: GPL-2.0-only */
/* A cgroup of which there is only what the module looks at */
#ifndef _PORTQUOTA_KUNIT_CGROUP_FAKE_H
#define _PORTQUOTA_KUNIT_CGROUP_FAKE_H

#include <kunit/test.h>
#include <linux/cgroup.h>
#include <linux/kernfs.h>

/**
 * cgroup_below() - make a cgroup below another
 * @test: the test, which frees it at its end
 * @parent: the other, made so too, or the root of the default hierarchy
 * @name: its name, which stays
 *
 * Return: the cgroup; without memory the test ends.
 */
static inline struct cgroup *cgroup_below(struct kunit *test, struct cgroup *parent,
					  const char *name)
{
	struct kernfs_node *kn = kunit_kzalloc(test, sizeof(*kn), GFP_KERNEL);
	struct cgroup *cgrp;
	int i;

	cgrp = kunit_kzalloc(test, struct_size(cgrp, ancestors, parent->level + 2), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cgrp);
	KUNIT_ASSERT_NOT_NULL(test, kn);
	kn->name = name;
	cgrp->kn = kn;
	cgrp->self.flags = CSS_NO_REF | CSS_ONLINE;
	cgrp->self.parent = &parent->self;
	cgrp->level = parent->level + 1;
	for (i = 0; i <= parent->level; i++)
		cgrp->ancestors[i] = parent->ancestors[i];
	cgrp->ancestors[i] = cgrp;
	return cgrp;
}

#endif
