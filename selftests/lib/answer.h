/* SPDX-License-Identifier: GPL-2.0-only */
/* What the command says of the namespace that this process is in. */
#ifndef PQ_ANSWER_H
#define PQ_ANSWER_H

#include <stdbool.h>

/* The range of this namespace, and waits until it counts. */
void range_set(const char *range, unsigned int size);

/* In JSON; NULL if the command is not in this guest. To be freed. */
char *answer_why(void);

/* Is there "key": "value"? Blanks are no matter. */
bool answer_says(const char *text, const char *key, const char *value);

/* The exit status of check, with @words behind it; its line in *@line, to be freed. */
int answer_check(const char *words, char **line);

/* Asks; where there is no command to ask, the test is skipped. */
#define ASK(text)								\
	do {									\
		(text) = answer_why();						\
		if (!(text))							\
			SKIP(return, "portquota is not on the PATH");		\
	} while (0)

#define EXPECT_SAID(text, words)						\
	do {									\
		EXPECT_NE(NULL, strstr(text, words)) {				\
			TH_LOG("no \"%s\" in %s", words, text);			\
		}								\
	} while (0)

#define EXPECT_NOT_SAID(text, words)						\
	do {									\
		EXPECT_EQ(NULL, strstr(text, words)) {				\
			TH_LOG("\"%s\" in %s", words, text);			\
		}								\
	} while (0)

#define EXPECT_CERTAIN(text, what)						\
	EXPECT_SAID(text, "\"cause\": \"" what "\", \"certainty\": \"certain\"")

#endif
