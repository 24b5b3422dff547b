// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "counters.h"
#include "event.h"
#include "say.h"

void events_open(struct events *r, const char *file)
{
	r->have = 0;
	r->fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (r->fd < 0)
		die("cannot open %s", file);
}

void events_close(struct events *r)
{
	close(r->fd);
	r->fd = -1;
}

static long long number(const char *line, const char *text)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		die("events: '%s' in '%s' is no number", text, line);
	return n;
}

static void parse_pair(struct event *e, const char *line, char *word)
{
	char *value = strchr(word, '=');

	errno = 0;
	if (!value)
		die("events: '%s' in '%s' is no key=value", word, line);
	*value++ = '\0';
	if (!strcmp(word, "resource"))
		snprintf(e->resource, sizeof(e->resource), "%s", value);
	else if (!strcmp(word, "netns"))
		snprintf(e->netns, sizeof(e->netns), "%s", value);
	else if (!strcmp(word, "source"))
		snprintf(e->source, sizeof(e->source), "%s", value);
	else if (!strcmp(word, "destination"))
		snprintf(e->destination, sizeof(e->destination), "%s", value);
	else if (!strcmp(word, "current"))
		e->current = number(line, value);
	else if (!strcmp(word, "threshold"))
		e->threshold = !strcmp(value, "max") ? LLONG_MAX : number(line, value);
	else if (!strcmp(word, "limit"))
		e->limit = !strcmp(value, "max") ? LLONG_MAX : number(line, value);
	else if (!strcmp(word, "rate"))
		e->rate = number(line, value);
	else if (!strcmp(word, "left"))
		e->left = number(line, value);
	else if (!strcmp(word, "reason"))
		snprintf(e->reason, sizeof(e->reason), "%s", value);
	else if (!strcmp(word, "lasted"))
		e->lasted = number(line, value);
	else if (!strcmp(word, "audit"))
		e->audit = number(line, value);
	else if (!strcmp(word, "port"))
		e->port = number(line, value);
	else if (!strcmp(word, "count"))
		e->count = number(line, value);
	else if (!strcmp(word, "seconds"))
		e->seconds = number(line, value);
	else if (!strcmp(word, "elsewhere"))
		e->elsewhere = number(line, value);
	else if (!strcmp(word, "last"))
		e->last = strtod(value, NULL);
	else if (!strcmp(word, "seq"))
		e->seq = number(line, value);
	else if (!strcmp(word, "of"))
		snprintf(e->of, sizeof(e->of), "%s", value);
}

static void parse_line(struct event *e, char *text)
{
	char line[2048], *word;

	memset(e, 0, sizeof(*e));
	e->left = -1;
	e->seq = -1;
	snprintf(line, sizeof(line), "%s", text);
	errno = 0;
	word = strsep(&text, " ");
	e->time = strtod(word, NULL);
	if (e->time < 1e9 || !text)
		die("events: '%s' does not begin with a time and a level", line);
	snprintf(e->level, sizeof(e->level), "%s", strsep(&text, " "));
	if (!text)
		die("events: '%s' ends too soon", line);
	word = strsep(&text, " ");
	if (!strcmp(e->level, "lost")) {
		e->lost = (unsigned long long)number(line, word);
		return;
	}
	snprintf(e->path, sizeof(e->path), "%s", word);
	unescape(e->path);
	while ((word = strsep(&text, " ")))
		parse_pair(e, line, word);
	if (!e->resource[0])
		die("events: '%s' names no resource", line);
}

static bool take_line(struct events *r, struct event *e)
{
	char *end = memchr(r->buf, '\n', r->have);
	size_t n;

	if (!end)
		return false;
	*end = '\0';
	parse_line(e, r->buf);
	n = (size_t)(end + 1 - r->buf);
	r->have -= n;
	memmove(r->buf, end + 1, r->have);
	return true;
}

int events_next(struct events *r, struct event *e, unsigned int ms)
{
	unsigned long long end = now_ms() + ms;
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	for (;;) {
		unsigned long long now;
		ssize_t n;

		if (take_line(r, e))
			return 1;
		n = read(r->fd, r->buf + r->have, sizeof(r->buf) - r->have);
		if (!n)
			return -1;
		if (n > 0) {
			r->have += (size_t)n;
			continue;
		}
		if (errno == EIO)
			return -1;	/* the file itself is gone */
		if (errno != EAGAIN && errno != EINTR)
			die("cannot read events");
		now = now_ms();
		if (now >= end)
			return 0;
		poll(&p, 1, (int)(end - now));
	}
}

bool events_find(struct events *r, struct event *e, const char *path, const char *level,
		 unsigned int ms)
{
	unsigned long long end = now_ms() + ms;

	for (;;) {
		unsigned long long now = now_ms();

		if (events_next(r, e, now < end ? (unsigned int)(end - now) : 0) <= 0)
			return false;
		if ((!path || !strcmp(e->path, path)) && (!level || !strcmp(e->level, level)))
			return true;
	}
}

unsigned int events_count(struct events *r, const char *path, const char *level,
			  const char *resource, unsigned int ms)
{
	unsigned int n = 0;
	struct event e;

	while (events_next(r, &e, ms) > 0)
		n += !strcmp(e.path, path) && !strcmp(e.level, level) &&
		     !strcmp(e.resource, resource);
	return n;
}

const char *event_text(const struct event *e)
{
	static char text[2048];

	if (!strcmp(e->level, "lost"))
		snprintf(text, sizeof(text), "lost %llu", e->lost);
	else
		snprintf(text, sizeof(text),
			 "%s %s %s current=%lld threshold=%lld limit=%lld rate=%lld left=%lld",
			 e->level, e->path, e->resource, e->current, e->threshold, e->limit,
			 e->rate, e->left);
	return text;
}
