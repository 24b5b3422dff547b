// SPDX-License-Identifier: GPL-2.0-only
/* View: see view.h. */
#include <string.h>

#include "why/view.h"

/**
 * view_be - "is", or of what a record has "was"
 * @view: what is known
 */
const char *view_be(const struct view *view)
{
	return view->recorded ? "was" : "is";
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
