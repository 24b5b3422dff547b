// SPDX-License-Identifier: GPL-2.0-only
/* Figures: see figures.h. */
#include <stdlib.h>

#include "model/account.h"
#include "why/figures.h"

const char *const figures_use_names[USES] = { "tcp", "udp", "timewait" };

/**
 * figures_own_reservations - how many TCP reservations an account holds by itself
 * @account: the account
 */
uint64_t figures_own_reservations(const struct figures_account *account)
{
	return account->local;
}

/**
 * figures_own_timewaits - how many TIME_WAITs an account holds by itself
 * @account: the account
 */
uint64_t figures_own_timewaits(const struct figures_account *account)
{
	return account->timewait_local;
}

/* Accounts are in the order of the tree, so those below an account follow it. */
static const struct figures_account *first_below(const struct figures *f,
						 const struct figures_account *top)
{
	return top == &f->whole ? f->accounts : top;
}

/**
 * figures_is_below - whether an account is another one or lies below it
 * @f: the figures
 * @account: the account, which may be the end of the list
 * @top: the other one
 */
bool figures_is_below(const struct figures *f, const struct figures_account *account,
		      const struct figures_account *top)
{
	return account < f->accounts + f->account_count &&
	       account_is_below(account->path, top->path);
}

/**
 * figures_largest - the account below @top (itself included) that holds most by itself
 * @f: the figures
 * @top: the account, or the whole
 * @own: what is compared
 *
 * Return: the account; NULL if none holds any.
 */
const struct figures_account *figures_largest(const struct figures *f,
					      const struct figures_account *top,
					      figures_own_fn own)
{
	const struct figures_account *best = NULL, *account;

	for (account = first_below(f, top); figures_is_below(f, account, top); account++)
		if (own(account) && (!best || own(account) > own(best)))
			best = account;
	return best;
}

/**
 * figures_is_full - whether an account holds as much of a resource as it may
 * @use: what it holds; an account that may hold none counts only if some was refused
 */
bool figures_is_full(const struct figures_use *use)
{
	return use->has_max && use->current >= use->max && (use->current || use->refused);
}

/**
 * figures_is_past_half - whether half of the ports to a destination are used
 * @dest: the destination
 */
bool figures_is_past_half(const struct figures_destination *dest)
{
	return dest->usable && 2 * dest->used >= dest->usable;
}

/**
 * figures_is_part - whether a part is at least a percentage of a whole
 * @part: the part
 * @whole: the whole; false if it is 0
 * @percent: the percentage
 */
bool figures_is_part(uint64_t part, uint64_t whole, unsigned int percent)
{
	return whole && part >= whole * (percent / 100.0);
}

/**
 * figures_per_second - a count between the two looks, per second and rounded
 * @f: the figures
 * @count: how many between the two looks
 */
uint64_t figures_per_second(const struct figures *f, uint64_t count)
{
	return f->seconds > 0 ? count / f->seconds + 0.5 : 0;
}

/**
 * figures_link - set the nearest account above each account
 * @f: the figures, whose accounts are in the order of the tree
 */
void figures_link(struct figures *f)
{
	const struct figures_account *above = NULL;
	struct figures_account *account;

	for (size_t i = 0; i < f->account_count; i++) {
		account = &f->accounts[i];
		while (above && !account_is_below(account->path, above->path))
			above = above->above;
		account->above = above;
		above = account;
	}
}

/**
 * figures_free - give the memory of figures back
 * @f: the figures
 */
void figures_free(struct figures *f)
{
	free(f->accounts);
	free(f->destinations);
	free(f->leaks);
	*f = (struct figures){ 0 };
}
