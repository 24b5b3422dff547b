/* SPDX-License-Identifier: GPL-2.0-only */
/* What the command says of the namespace that this process is in. */
#ifndef PQ_ANSWER_H
#define PQ_ANSWER_H

#include <stdbool.h>

/* In JSON; NULL if the command is not in this guest. To be freed. */
char *answer_why(void);

/* Is there "key": "value"? Blanks are no matter. */
bool answer_says(const char *text, const char *key, const char *value);

/* The exit status of check, with @words behind it; its line in *@line, to be freed. */
int answer_check(const char *words, char **line);

#endif
