// SPDX-License-Identifier: GPL-2.0-only
/* Lifetimes: see lifetime.h. The classes are powers of two, as the module has them. */
#include "lib/cli.h"
#include "model/lifetime.h"

static const struct {
	const char *name;
	const char *key;
	unsigned int under;
} classes[] = {
#define CLASS(n, under)	{ #n, "timewait.lifetime." #n, under }
	CLASS(1, 1), CLASS(2, 2), CLASS(4, 4), CLASS(8, 8), CLASS(16, 16), CLASS(32, 32),
	CLASS(64, 64), CLASS(128, 128), CLASS(256, 256), CLASS(512, 512), CLASS(max, 0),
#undef CLASS
};

/**
 * lifetime_get - a class of the histogram
 * @stat: totals of a namespace
 * @number: which, from 0 on
 * @life: filled in
 *
 * Return: whether there is one; an older module has none.
 */
bool lifetime_get(const struct record *stat, size_t number, struct lifetime *life)
{
	if (number >= ARRAY_SIZE(classes) || !record_find(stat, classes[number].key))
		return false;
	*life = (struct lifetime){
		.name = classes[number].name,
		.from = number ? classes[number - 1].under : 0,
		.under = classes[number].under,
		.count = record_count(stat, classes[number].key),
	};
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (i < number)
			life->before += record_count(stat, classes[i].key);
		else if (i > number)
			life->after += record_count(stat, classes[i].key);
	}
	return true;
}
