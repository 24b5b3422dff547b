// SPDX-License-Identifier: GPL-2.0-only
/* Near: see near.h. */
#include <stdint.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/near.h"

/*
 * How many letters are wrong, missing, too many, or change places with their neighbour, in the
 * first of two words: each row of the table is of one more letter of @word.
 */
static size_t mistakes(const char *word, const char *name)
{
	size_t rows[3][32] = { 0 }, *two = rows[0], *one = rows[1], *now = rows[2], *spare;
	size_t len = strlen(name), best;

	if (len >= ARRAY_SIZE(rows[0]))
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		now[j] = j;
	for (size_t i = 0; word[i]; i++) {
		spare = two;
		two = one;
		one = now;
		now = spare;
		now[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			best = one[j] + (word[i] != name[j]);
			if (i && j && word[i] == name[j - 1] && word[i - 1] == name[j] &&
			    two[j - 1] + 1 < best)
				best = two[j - 1] + 1;
			if (one[j + 1] + 1 < best)
				best = one[j + 1] + 1;
			now[j + 1] = now[j] + 1 < best ? now[j] + 1 : best;
		}
	}
	return now[len];
}

/**
 * near_try - take a name if it is nearer to the word than those tried before
 * @near: the word
 * @name: one of those that it could be; at most a third of its letters may be wrong
 */
void near_try(struct near *near, const char *name)
{
	size_t wrong = mistakes(near->word, name);

	if (wrong == SIZE_MAX || 3 * wrong > strlen(name) || (near->name && wrong >= near->wrong))
		return;
	near->name = name;
	near->wrong = wrong;
}
