// SPDX-License-Identifier: GPL-2.0-only
/* The clauses of sentences that ranges and destinations share. */
#include "lib/cli.h"
#include "why/clause.h"

/**
 * clause_reserved - say that reserved ports make a range small
 * @view: what is known
 * @res: what has the range
 *
 * Return: a sentence with a blank before it, or "" where they do not.
 */
char *clause_reserved(const struct view *view, const struct resource *res)
{
	const struct tense *tense = view_tense(view);
	unsigned int size = res->high - res->low + 1;

	if (!res->high || 2 * res->reserved < size || res->empty)
		return xstrdup("");
	return xasprintf(" The range %s that small because net.ipv4.ip_local_reserved_ports %s %ju "
			 "of its %u ports out of it.", tense->is, tense->keeps,
			 (uintmax_t)res->reserved, size);
}

/**
 * clause_unknown - say of how many ports nobody can know who has them
 * @view: what is known
 * @res: what they are ports of
 *
 * Return: " (20 of these …)", or "" if there is none.
 */
char *clause_unknown(const struct view *view, const struct resource *res)
{
	uint64_t count = res->seen ? users_nameless(&res->users) : 0;

	if (!count)
		return xstrdup("");
	return xasprintf(" (%ju of these %s from before the module was loaded, and whose is not "
			 "known)", (uintmax_t)count, view_tense(view)->are);
}
