// SPDX-License-Identifier: GPL-2.0-only
/* The same as JSON: one object per sample. */
#include <stdio.h>

#include "cmd/ranking.h"
#include "lib/cli.h"
#include "lib/interval.h"
#include "show/json.h"

/**
 * ranking_put_json - print the newest sample as JSON
 * @ranking: what is shown
 */
void ranking_put_json(const struct ranking *ranking)
{
	json_t *object = json_object(), *list = json_array();

	json_object_set_new(object, "time", json_real(interval_wall()));
	if (*ranking->mode)
		json_object_set_new(object, "mode", json_string(ranking->mode));
	if (!cli.all)
		json_object_set_new(object, "stat", json_of_record(&ranking->now.stat));
	for (size_t i = 0; i < ranking->now.accounts.count; i++) {
		json_t *account;

		if (!ranking_asks_for(ranking, &ranking->now.accounts.recs[i]))
			continue;
		account = json_of_record(&ranking->now.accounts.recs[i]);
		json_object_del(account, "rank");
		json_object_del(account, "tcp.whole");
		json_object_del(account, "full.part");
		json_object_del(account, "full.whole");
		json_array_append_new(list, account);
	}
	json_object_set_new(object, "accounts", list);
	json_print(object);
	putchar('\n');
}
