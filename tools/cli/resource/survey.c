// SPDX-License-Identifier: GPL-2.0-only
/* Surveys: see survey.h. */
#include <stdio.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/interval.h"
#include "lib/signals.h"
#include "model/kfile.h"
#include "resource/resource.h"
#include "resource/survey.h"

#define AGAIN	1000	/* milliseconds from the first look to the second */

/* By a parameter of the module they are not. */
static bool are_destinations_counted(void)
{
	char word[8];

	return !kfile_peek(KFILE_COUNTED, word, sizeof(word)) || *word != 'N';
}

/**
 * survey_take - look at the namespace this process is in
 * @survey: filled in; survey_free() is due whether this works or not
 * @destinations: how many of the largest; SURVEY_DESTINATIONS will do to see what is short
 *
 * Return: 0, or -1.
 */
int survey_take(struct survey *survey, size_t destinations)
{
	int err;

	if (!kfile_peek(KFILE_MODE, survey->mode, sizeof(survey->mode)))
		snprintf(survey->mode, sizeof(survey->mode), "enforce");
	err = kfile_read_flat(KFILE_STAT, &survey->stat) ?:
	      account_list_read(&survey->accounts, record_count(&survey->stat, "range.usable"));
	account_list_sort(&survey->accounts, account_cmp, NULL);
	survey->when = interval_clock();
	survey->wall = interval_wall();
	survey->destinations_off = destination_is_known() && !are_destinations_counted();
	survey->destinations_known = destination_is_known() && !survey->destinations_off;
	err = err ?: destination_list_read(&survey->destinations, destinations, survey->to);
	sysctls_read(&survey->sysctls);
	history_read(&survey->history);
	/* An older module tells no run's end, so that each looks as if it went on. */
	for (size_t i = 0; i < survey->history.count && !record_find(&survey->stat, "tcp.taken"); i++)
		survey->history.runs[i].over = true;
	return err;
}

/* TIME_WAITs could not be made, and there are about as many as there may be. */
static bool may_overflow(const struct survey *survey)
{
	long most = survey->sysctls.tcp_max_tw_buckets;

	return most > 0 && record_count(&survey->stat, "timewait.overflow") &&
	       resource_is_part(record_count(&survey->stat, "timewait.current"), most,
				RESOURCE_NEARLY);
}

/**
 * survey_may_fail_now - whether calls may be failing now
 * @survey: the survey
 *
 * They do, or did less than the pause of a run ago: only a second look tells which.
 */
bool survey_may_fail_now(const struct survey *survey)
{
	const struct run *run;

	if (may_overflow(survey))
		return true;
	for (size_t i = 0; i < survey->history.count; i++) {
		run = &survey->history.runs[i];
		if (!run->over && !run->audit)
			return true;
	}
	return false;
}

/**
 * survey_pause - let the time pass that is between two looks
 */
void survey_pause(void)
{
	signals_wait(NULL, 0, AGAIN);
}

/**
 * survey_take_twice - look at a namespace, and a second later again if calls may be failing now
 * @now: filled in; survey_free() is due
 * @before: the first of two looks, else all zero; survey_free() is due
 * @destinations: how many of the largest
 *
 * Return: 0, or -1.
 */
int survey_take_twice(struct survey *now, struct survey *before, size_t destinations)
{
	int err = survey_take(now, destinations);

	*before = (struct survey){ 0 };
	if (err || !survey_may_fail_now(now))
		return err;
	*before = *now;
	*now = (struct survey){ .to = before->to };
	survey_pause();
	return survey_take(now, destinations);
}

/**
 * survey_account - the same account in another survey
 * @survey: that one
 * @like: the account
 *
 * Return: the account; NULL if it was not there.
 */
const struct record *survey_account(const struct survey *survey, const struct record *like)
{
	const struct account_list *list = &survey->accounts;
	size_t low = 0, high = list->count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = account_cmp(&list->recs[middle], like, NULL);
		if (!order)
			return &list->recs[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/**
 * survey_destination - the same destination in another survey
 * @survey: that one
 * @like: the destination
 *
 * Return: the destination; NULL if it was not there, or not among the largest.
 */
const struct record *survey_destination(const struct survey *survey, const struct record *like)
{
	static const char *const keys[] = { "source", "destination", "range" };
	const struct record *other;
	size_t k;

	for (size_t i = 0; i < survey->destinations.count; i++) {
		other = &survey->destinations.recs[i];
		for (k = 0; k < ARRAY_SIZE(keys); k++)
			if (strcmp(record_text(other, keys[k]), record_text(like, keys[k])))
				break;
		if (k == ARRAY_SIZE(keys))
			return other;
	}
	return NULL;
}

/**
 * survey_free - give everything back
 * @survey: the survey
 */
void survey_free(struct survey *survey)
{
	record_free(&survey->stat);
	account_list_free(&survey->accounts);
	destination_list_free(&survey->destinations);
	sysctls_free(&survey->sysctls);
	history_free(&survey->history);
	rules_free(&survey->rules);
	*survey = (struct survey){ 0 };
}
