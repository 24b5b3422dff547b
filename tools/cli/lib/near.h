/* SPDX-License-Identifier: GPL-2.0-only */
/* Near: the word that somebody may have meant who typed one that is none. */
#ifndef PORTQUOTA_NEAR_H
#define PORTQUOTA_NEAR_H

#include <stddef.h>

/**
 * struct near - the word being looked for; starts as all zero, but for @word
 * @word: what was typed
 * @name: the nearest of those tried so far; NULL if none is near
 * @wrong: how many letters of it are wrong
 */
struct near {
	const char *word;
	const char *name;
	size_t wrong;
};

void near_try(struct near *near, const char *name);

#endif
