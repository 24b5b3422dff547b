// SPDX-License-Identifier: GPL-2.0-only
/* What top shows: two samples of the accounts, in what order, and which of them are asked for. */
#include <string.h>

#include "cmd/ranking.h"
#include "lib/cli.h"
#include "model/kfile.h"

#define FIRST_PAUSE	0.5

static const struct order orders[] = {
	{ 't', "tcp", "tcp.current" },
	{ 'w', "timewait", "timewait.current" },
	{ 'r', "growth", "rank" },
	{ 'd', "denied", "denied" },
	{ 'c', "cgroup", NULL },
};

/**
 * order_named - find an order by its name
 * @name: what --sort was given
 *
 * Return: the order, or NULL if none is called that.
 */
const struct order *order_named(const char *name)
{
	/* What it was called, which everywhere else is how much begins per second. */
	if (!strcmp(name, "rate"))
		name = "growth";
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		if (!strcmp(name, orders[i].name))
			return &orders[i];
	return NULL;
}

/**
 * order_of_letter - find an order by its key
 * @letter: the key that was pressed
 *
 * Return: the order, or NULL if it is the key of none.
 */
const struct order *order_of_letter(int letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		if (letter == orders[i].letter)
			return &orders[i];
	return NULL;
}

/**
 * ranking_take - take the next sample
 * @ranking: what is shown
 *
 * Return: 0, or -1 if some of it could not be read, which has been said.
 */
int ranking_take(struct ranking *ranking)
{
	int err;

	sample_free(&ranking->before);
	ranking->before = ranking->now;
	ranking->now = (struct sample){ 0 };
	err = sample_take(&ranking->now);
	sample_compare(&ranking->now, &ranking->before);
	if (!kfile_peek(KFILE_MODE, ranking->mode, sizeof(ranking->mode)))
		ranking->mode[0] = '\0';
	return err;
}

static int by_path(const void *a, const void *b, void *data)
{
	return strcmp(record_text(a, "netns"), record_text(b, "netns")) ?: account_cmp(a, b, data);
}

static int by_order(const void *a, const void *b, void *data)
{
	const struct order *order = data;
	uint64_t x, y;

	if (!order->key)
		return by_path(a, b, NULL);
	x = record_count(a, order->key);
	y = record_count(b, order->key);
	if (x != y)
		return x > y ? -1 : 1;
	return by_path(a, b, NULL);
}

/**
 * ranking_sort - put the accounts of the newest sample in their order
 * @ranking: what is shown
 */
void ranking_sort(struct ranking *ranking)
{
	account_list_sort(&ranking->now.accounts, by_order, (void *)ranking->order);
}

/**
 * ranking_asks_for - whether an account is one of those that are asked for
 * @ranking: what is shown
 * @account: one of its accounts
 *
 * Return: whether it is.
 */
bool ranking_asks_for(const struct ranking *ranking, const struct record *account)
{
	return !ranking->cgroup || account_is_below(record_text(account, "path"), ranking->cgroup);
}

/**
 * ranking_shows - whether an account has a line
 * @ranking: what is shown
 * @account: one of its accounts
 *
 * What is asked for is shown though it holds nothing.
 *
 * Return: whether it has.
 */
bool ranking_shows(const struct ranking *ranking, const struct record *account)
{
	return ranking_asks_for(ranking, account) &&
	       (account_is_shown(account) ||
		(ranking->cgroup && !strcmp(record_text(account, "path"), ranking->cgroup)));
}

/**
 * ranking_count - how many accounts have a line
 * @ranking: what is shown
 *
 * Return: how many.
 */
size_t ranking_count(const struct ranking *ranking)
{
	size_t count = 0;

	for (size_t i = 0; i < ranking->now.accounts.count; i++)
		count += ranking_shows(ranking, &ranking->now.accounts.recs[i]);
	return count;
}

/**
 * ranking_pause - how long it is to the next sample
 * @ranking: what is shown
 *
 * The first sample has no rates, so the second is taken soon.
 *
 * Return: seconds.
 */
double ranking_pause(const struct ranking *ranking)
{
	return !ranking->before.when && ranking->delay > FIRST_PAUSE ? FIRST_PAUSE : ranking->delay;
}

/**
 * ranking_free - release the samples
 * @ranking: what was shown
 */
void ranking_free(struct ranking *ranking)
{
	sample_free(&ranking->now);
	sample_free(&ranking->before);
}
