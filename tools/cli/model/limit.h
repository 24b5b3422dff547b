/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits: what one account may hold of one resource, and how near it is to that. */
#ifndef PORTQUOTA_LIMIT_H
#define PORTQUOTA_LIMIT_H

#include "model/account.h"

/**
 * struct limit - a limit or a warning threshold of an account
 * @account: the account
 * @resource: tcp, udp or timewait
 * @current: what it holds
 * @max: what it may hold, if @has_max
 * @warn: the number at which the module warns, if @has_warn
 * @denied: what has been refused it, and what is below it, for this resource
 * @would_deny: what would have been, but for mode audit
 * @has_max: there is a limit
 * @has_warn: there is a threshold
 */
struct limit {
	const struct record *account;
	const char *resource;
	uint64_t current;
	uint64_t max;
	uint64_t warn;
	uint64_t denied;
	uint64_t would_deny;
	bool has_max;
	bool has_warn;
};

/* All limits of a namespace; starts as all zero. */
struct limit_list {
	struct limit *limits;
	size_t count;
	size_t room;
};

uint64_t limit_denied(const struct record *rec, const char *name);
void limit_list_fill(struct limit_list *list, const struct account_list *accounts);
void limit_list_free(struct limit_list *list);
bool limit_is_full(const struct limit *limit);
bool limit_is_warned(const struct limit *limit);
void limit_record(const struct limit *limit, struct record *rec);

#endif
