/* SPDX-License-Identifier: GPL-2.0-only */
/* Survey: all that is read of a namespace at one moment to find out what is short there. */
#ifndef PORTQUOTA_SURVEY_H
#define PORTQUOTA_SURVEY_H

#include "model/account.h"
#include "model/destination.h"
#include "model/endpoint.h"
#include "model/history.h"
#include "model/rules.h"
#include "model/sysctl.h"

#define SURVEY_DESTINATIONS	64	/* the largest; smaller ones have ports left */

/**
 * struct survey - a namespace at one moment; starts as all zero, but for @to
 * @to: whose destinations are read however small they are; NULL for none
 * @when: seconds on a clock that only goes forward
 * @wall: seconds since 1970
 * @stat: its totals
 * @accounts: its accounts, in the order of the tree
 * @destinations: its largest destinations
 * @destinations_known: whether the module tells them
 * @destinations_off: it could, and is told not to count them
 * @sysctls: the kernel's own settings
 * @history: the calls that failed
 * @rules: its rules
 * @mode: enforce, audit or off
 */
struct survey {
	const struct endpoint *to;
	double when;
	double wall;
	struct record stat;
	struct account_list accounts;
	struct destination_list destinations;
	bool destinations_known;
	bool destinations_off;
	struct sysctls sysctls;
	struct history history;
	struct rules rules;
	char mode[16];
};

int survey_take(struct survey *survey, size_t destinations);
bool survey_may_fail_now(const struct survey *survey);
void survey_pause(void);
int survey_take_twice(struct survey *now, struct survey *before, size_t destinations);
const struct record *survey_account(const struct survey *survey, const struct record *like);
const struct record *survey_destination(const struct survey *survey, const struct record *like);
void survey_free(struct survey *survey);

#endif
