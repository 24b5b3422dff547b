/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reader of the events files.  Lines that do not have the promised form end
 * the test.
 */
#ifndef PQ_EVENT_H
#define PQ_EVENT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "paths.h"

struct event {
	double time;
	char level[16];		/* warn, deny, clear, forecast, exhausted, taken, end, ...; lost */
	char path[1536];	/* unescaped; escaped at first */
	char netns[64];		/* "": not given */
	char resource[16];
	long long current, threshold;
	long long limit;	/* LLONG_MAX: max */
	long long rate;
	long long left;		/* -1: not given */
	bool audit;
	char source[64], destination[64];	/* where it is about one, else "" */
	char reason[16];	/* of level early, else "" */
	long long lasted;
	long long port;		/* 0: not given */
	char of[16];		/* of levels clear and end: what is over, else "" */
	long long count, seconds, elsewhere;	/* of level end */
	double last;
	unsigned long long lost;
	long long seq;
};

struct events {
	int fd;
	char buf[65536];
	size_t have;
};

void events_open(struct events *r, const char *file);
void events_close(struct events *r);

/* 1, or 0 when none comes in @ms, or -1 at the end of the file. */
int events_next(struct events *r, struct event *e, unsigned int ms);

/* The next one that is about @path (NULL: any) and of @level (NULL: any). */
bool events_find(struct events *r, struct event *e, const char *path, const char *level,
		 unsigned int ms);

/* How many of @level about @path and @resource come until there is none for @ms. */
unsigned int events_count(struct events *r, const char *path, const char *level,
			  const char *resource, unsigned int ms);

const char *event_text(const struct event *e);

#endif
