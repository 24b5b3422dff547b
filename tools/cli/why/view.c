// SPDX-License-Identifier: GPL-2.0-only
/* View: see view.h. */
#include <string.h>

#include "model/account.h"
#include "why/view.h"

/**
 * view_tense - the verbs to tell it with
 * @view: what is known
 */
const struct tense *view_tense(const struct view *view)
{
	static const struct tense now = {
		.is = "is", .are = "are", .has = "has", .had = "", .holds = "holds",
		.use = "use", .lead = "lead", .can = "can", .cannot = "cannot", .does = "does",
		.finds = "finds", .gets = "gets", .fails = "fails", .takes = "takes",
		.keeps = "keeps", .comes = "comes", .stays = "stays", .will = "will",
	};
	static const struct tense then = {
		.is = "was", .are = "were", .has = "had", .had = "had ", .holds = "held",
		.use = "used", .lead = "led", .can = "could", .cannot = "could not",
		.does = "did", .finds = "found", .gets = "got", .fails = "failed",
		.takes = "could take", .keeps = "kept", .comes = "came", .stays = "stayed",
		.will = "would",
	};

	return view->recorded ? &then : &now;
}

/**
 * view_says - one of two texts
 * @view: what is known
 * @now: this if it is of now
 * @then: or this if it is of a record
 */
const char *view_says(const struct view *view, const char *now, const char *then)
{
	return view->recorded ? then : now;
}

/**
 * view_needs - whether a resource is asked for
 * @view: what is known
 * @res: the resource
 */
bool view_needs(const struct view *view, const struct resource *res)
{
	return resource_concerns(res, view->cgroup) &&
	       (res->kind != RESOURCE_DESTINATION || view_leads_to(view, res->destination));
}

/**
 * view_is_below - whether a cgroup is asked for
 * @view: what is known
 * @path: the cgroup
 */
bool view_is_below(const struct view *view, const char *path)
{
	return !view->cgroup || account_is_below(path, view->cgroup);
}

/**
 * view_leads_to - whether a destination is asked for
 * @view: what is known
 * @destination: address and port of the destination; "" for none, which is asked for only with all
 */
bool view_leads_to(const struct view *view, const char *destination)
{
	return !view->to || endpoint_matches(view->to, destination);
}

/**
 * view_is_of - whether a transport is asked for; a connect() is one of TCP
 * @view: what is known
 * @name: tcp, udp or timewait
 */
bool view_is_of(const struct view *view, const char *name)
{
	return !view->to || strcmp(name, "udp");
}
