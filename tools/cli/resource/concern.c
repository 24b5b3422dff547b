// SPDX-License-Identifier: GPL-2.0-only
/* Which resources a cgroup needs: see concern.h. */
#include <string.h>

#include "model/account.h"
#include "resource/concern.h"

/* Where it cannot be seen who uses one that is full, it may be anybody's. */
static bool is_of(const struct resource *res, const char *cgroup)
{
	struct culprit culprit;
	bool known = users_culprit(&res->users, &culprit);

	if ((known && account_is_below(culprit.cgroup, cgroup)) ||
	    (res->failing && account_is_below(res->failing, cgroup)))
		return true;
	return res->level >= LEVEL_CRITICAL &&
	       (!known || users_any(&res->users, account_is_below, cgroup));
}

/**
 * resource_concerns - whether a resource is one that a cgroup needs
 * @res: the resource, judged
 * @cgroup: the cgroup, or the top of several; NULL for any
 *
 * What is shared with others concerns it only once there is none left for anybody.
 */
bool resource_concerns(const struct resource *res, const char *cgroup)
{
	if (!cgroup)
		return true;
	switch (res->kind) {
	case RESOURCE_RANGE:
	case RESOURCE_LIMIT:
		return account_is_below(res->path, cgroup) ||
		       (account_is_below(cgroup, res->path) && res->level >= LEVEL_CRITICAL);
	case RESOURCE_DESTINATION:
		return is_of(res, cgroup);
	case RESOURCE_PORT:
		return res->failing && account_is_below(res->failing, cgroup);
	case RESOURCE_BUCKETS:
		return true;
	}
	return false;
}
