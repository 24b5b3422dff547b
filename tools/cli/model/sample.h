/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples: all accounts at one moment, and the rates that two of them give. */
#ifndef PORTQUOTA_SAMPLE_H
#define PORTQUOTA_SAMPLE_H

#include "model/account.h"

/* What is kept of an account from one sample to the next. */
struct past;

/**
 * struct sample - all accounts at one moment
 * @stat: totals of the namespace; with -A of the last one
 * @accounts: the accounts
 * @past: the same by name, sorted
 * @past_count: how many
 * @tags: names of namespaces that @accounts refer to
 * @tag_count: how many
 * @when: seconds on a clock that only goes forward
 */
struct sample {
	struct record stat;
	struct account_list accounts;
	struct past *past;
	size_t past_count;
	char **tags;
	size_t tag_count;
	double when;
};

int sample_take(struct sample *sample);
void sample_compare(struct sample *now, const struct sample *before);
void sample_free(struct sample *sample);

#endif
