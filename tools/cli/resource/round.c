// SPDX-License-Identifier: GPL-2.0-only
/* Rounds: see round.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/netns.h"
#include "resource/round.h"

static struct look *add(struct round *round)
{
	struct look *look;

	round->looks = xgrow(round->looks, round->count, &round->room, sizeof(*look));
	look = &round->looks[round->count++];
	*look = (struct look){
		.netns = xstrdup(netns_visited()),
		.label = netns_label(),
		.title = netns_title(),
	};
	return look;
}

static int take(void *data)
{
	struct round *round = data;
	struct look *look = add(round);
	int err = survey_take(&look->now, round->destinations);

	look->entered = true;
	look->read = !err;
	return err;
}

/* The host's list tells its totals all the same. */
static int take_totals(struct record *totals, void *data)
{
	struct look *look = add(data);

	look->now.stat = *totals;
	*totals = (struct record){ 0 };
	return 0;
}

static bool may_fail_now(const struct look *look, void *data)
{
	(void)data;
	return look->read && survey_may_fail_now(&look->now);
}

static int take_again(struct look *look, void *data)
{
	struct round *round = data;

	look->before = look->now;
	look->now = (struct survey){ 0 };
	look->read = !survey_take(&look->now, round->destinations);
	return look->read ? 0 : -1;
}

static bool any(const struct round *round, bool (*wanted)(const struct look *look, void *data),
		void *data)
{
	for (size_t i = 0; i < round->count; i++)
		if (wanted(&round->looks[i], data))
			return true;
	return false;
}

/**
 * round_take - make a round
 * @round: filled in; round_free() is due whether this works or not
 * @destinations: how many of the largest of each namespace; SURVEY_DESTINATIONS will do to see
 *		  what is short
 *
 * A namespace that cannot be entered is no failure.
 *
 * Return: 0, or -1 if what there is of one could not be read.
 */
int round_take(struct round *round, size_t destinations)
{
	int err;

	round->destinations = destinations;
	err = netns_each_or(take, take_totals, round);
	if (!any(round, may_fail_now, NULL))
		return err;
	survey_pause();
	return round_again(round, may_fail_now, take_again, round) ?: err;
}

/* What is called for some of the namespaces when they are visited again. */
struct again {
	struct round *round;
	bool (*wanted)(const struct look *look, void *data);
	int (*visit)(struct look *look, void *data);
	void *data;
};

static int visit_again(void *data)
{
	struct again *again = data;
	struct look *look;

	for (size_t i = 0; i < again->round->count; i++) {
		look = &again->round->looks[i];
		if (!strcmp(look->netns, netns_visited()) && again->wanted(look, again->data))
			return again->visit(look, again->data);
	}
	return 0;
}

static int pass_over(struct record *totals, void *data)
{
	(void)totals;
	(void)data;
	return 0;
}

/**
 * round_again - enter some of the namespaces of a round again
 * @round: the round
 * @wanted: which
 * @visit: called inside each; returns 0 or -1
 * @data: for both
 *
 * One that is there no more is passed over.
 *
 * Return: 0, or -1 if any failed.
 */
int round_again(struct round *round, bool (*wanted)(const struct look *look, void *data),
		int (*visit)(struct look *look, void *data), void *data)
{
	struct again again = { round, wanted, visit, data };

	return any(round, wanted, data) ? netns_each_or(visit_again, pass_over, &again) : 0;
}

/**
 * round_free - give everything back
 * @round: the round
 */
void round_free(struct round *round)
{
	for (size_t i = 0; i < round->count; i++) {
		free(round->looks[i].netns);
		free(round->looks[i].label);
		free(round->looks[i].title);
		survey_free(&round->looks[i].now);
		survey_free(&round->looks[i].before);
	}
	free(round->looks);
	*round = (struct round){ 0 };
}
