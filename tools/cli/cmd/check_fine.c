// SPDX-License-Identifier: GPL-2.0-only
/* What check says if nothing is wrong. */
#include <stdlib.h>

#include "cmd/check_fine.h"
#include "lib/cli.h"
#include "lib/term.h"

/**
 * fine_ranges - add how full the ranges of a namespace are
 * @plugin: where to
 * @resources: its resources
 */
void fine_ranges(struct plugin *plugin, const struct resources *resources)
{
	static const char *const keys[] = { "tcp.ports", "udp.ports" };
	const struct resource *res;
	char *percent;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		res = &resources->list[i];
		if (!res->capacity || !record_find(&resources->now->stat, keys[i]))
			continue;
		percent = term_percent(res->used, res->capacity);
		plugin_add_fine(plugin, xasprintf("%s %s of the range", i ? "UDP" : "TCP",
						  percent));
		free(percent);
	}
}

/**
 * fine_cgroup - add what a cgroup holds, in all namespaces together
 * @plugin: where to
 * @round: the namespaces
 * @cgroup: the cgroup
 */
void fine_cgroup(struct plugin *plugin, const struct round *round, const char *cgroup)
{
	char *clean = term_clean(cgroup), *text, *where;
	const struct record *account;
	uint64_t tcp = 0, udp = 0;
	size_t count = 0;

	for (size_t i = 0; i < round->count; i++) {
		account = account_find(&round->looks[i].now.accounts, cgroup);
		if (!account)
			continue;
		count++;
		tcp += record_count(account, "tcp.current");
		udp += record_count(account, "udp.current");
	}
	where = cli.all ? xasprintf(" in %zu namespaces", count) : xstrdup("");
	text = count ? xasprintf("%s holds %ju TCP and %ju UDP%s", clean, (uintmax_t)tcp,
				 (uintmax_t)udp, where) :
		       xasprintf("%s holds nothing", clean);
	plugin_add_fine(plugin, text);
	free(where);
	free(clean);
}
