// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "file.h"
#include "say.h"

const char *const counters_key[COUNTERS_KEYS] = {
#define X(field, key) key,
	PQ_KEYS(X)
#undef X
};

static const size_t counters_offset[COUNTERS_KEYS] = {
#define X(field, key) offsetof(struct counters, field),
	PQ_KEYS(X)
#undef X
};

long long *counters_at(struct counters *c, size_t i)
{
	return (long long *)((char *)c + counters_offset[i]);
}

void counters_clear(struct counters *c, long long value)
{
	size_t i;

	for (i = 0; i < COUNTERS_KEYS; i++)
		*counters_at(c, i) = value;
}

static bool is_limit(const char *key)
{
	const char *dot = strchr(key, '.');

	return dot && (!strcmp(dot, ".max") || !strcmp(dot, ".warn"));
}

/* The index of @key, or COUNTERS_KEYS. Keys come in order, so the next one is tried first. */
static size_t key_find(const char *key)
{
	static __thread size_t next;
	size_t i;

	if (next < COUNTERS_KEYS && !strcmp(key, counters_key[next]))
		return next++;
	for (i = 0; i < COUNTERS_KEYS; i++)
		if (!strcmp(key, counters_key[i]))
			break;
	if (i < COUNTERS_KEYS)
		next = i + 1;
	return i;
}

int counters_set(struct counters *c, const char *key, const char *value)
{
	size_t i = key_find(key);
	char *end;

	if (i == COUNTERS_KEYS)
		return 0;
	if (!strcmp(value, "max") && is_limit(key)) {
		*counters_at(c, i) = NO_LIMIT;
		return 1;
	}
	if (!isdigit((unsigned char)value[0]))
		return -1;
	errno = 0;
	*counters_at(c, i) = (long long)strtoull(value, &end, 10);
	return *end || errno ? -1 : 1;
}

void unescape(char *word)
{
	char *to = word;

	while (*word) {
		if (word[0] == '\\' && isdigit((unsigned char)word[1]) &&
		    isdigit((unsigned char)word[2]) && isdigit((unsigned char)word[3])) {
			*to++ = (char)((word[1] - '0') << 6 | (word[2] - '0') << 3 |
				       (word[3] - '0'));
			word += 4;
		} else {
			*to++ = *word++;
		}
	}
	*to = '\0';
}

void stat_read_from(struct stat_file *s, const char *path)
{
	char *text = must_slurp(path);
	char *line, *rest = text;

	counters_clear(&s->c, -1);
	s->live = false;
	s->range_low = -1;
	s->range_high = -1;
	while ((line = strsep(&rest, "\n")) && *line) {
		char *value = strchr(line, ' ');

		errno = 0;
		if (!value)
			die("%s: '%s' is not 'key value'", path, line);
		*value++ = '\0';
		if (!strcmp(line, "hooks"))
			s->live = !strcmp(value, "live");
		else if (!strcmp(line, "range"))
			sscanf(value, "%d-%d", &s->range_low, &s->range_high);
		else if (counters_set(&s->c, line, value) < 0)
			die("%s: %s is '%s', no plain number", path, line, value);
	}
	free(text);
}

void stat_read(struct stat_file *s)
{
	stat_read_from(s, PQ_STAT);
}

/* "key=value key=value …"; what follows @text to the end of the line. */
static void pairs_read(struct counters *c, const char *file, char *text)
{
	char *word;

	counters_clear(c, -1);
	while ((word = strsep(&text, " "))) {
		char *value = strchr(word, '=');

		errno = 0;
		if (!value)
			die("%s: '%s' is not key=value", file, word);
		*value++ = '\0';
		if (counters_set(c, word, value) < 0)
			die("%s: %s is '%s', no plain number", file, word, value);
	}
}

static void account_read(struct account *a, char *line)
{
	const char *file = PQ_ACCOUNTS;
	const char *before = PORTQUOTA_BEFORE_LOAD " ", *deleted = PORTQUOTA_DELETED " ";
	char *rest;

	a->deleted = false;
	a->before_load = !strncmp(line, before, strlen(before));
	if (a->before_load) {
		snprintf(a->path, sizeof(a->path), PORTQUOTA_BEFORE_LOAD);
		rest = line + strlen(before);
	} else {
		errno = 0;
		rest = strchr(line, ' ');
		if (!rest)
			die("%s: '%s' has no counters", file, line);
		*rest++ = '\0';
		snprintf(a->path, sizeof(a->path), "%s", line);
		unescape(a->path);
		if (!strncmp(rest, deleted, strlen(deleted))) {
			a->deleted = true;
			rest += strlen(deleted);
		}
	}
	pairs_read(&a->c, file, rest);
}

void accounts_read(struct accounts *a)
{
	char *text = must_slurp(PQ_ACCOUNTS);
	char *line, *rest = text;
	size_t room = 64;

	a->n = 0;
	a->line = malloc(room * sizeof(*a->line));
	while (a->line && (line = strsep(&rest, "\n")) && *line) {
		if (a->n == room) {
			room *= 2;
			a->line = realloc(a->line, room * sizeof(*a->line));
			if (!a->line)
				break;
		}
		account_read(&a->line[a->n++], line);
	}
	if (!a->line)
		die("no memory for the accounts");
	free(text);
}

void accounts_free(struct accounts *a)
{
	free(a->line);
	a->line = NULL;
	a->n = 0;
}

static void counters_add(struct counters *to, struct counters *c)
{
	size_t i;

	for (i = 0; i < COUNTERS_KEYS; i++)
		if (is_limit(counters_key[i]))
			*counters_at(to, i) = *counters_at(c, i);
		else
			*counters_at(to, i) += *counters_at(c, i);
}

void account_get(const char *path, struct counters *c)
{
	struct accounts a;
	size_t i;

	counters_clear(c, 0);
	accounts_read(&a);
	for (i = 0; i < a.n; i++)
		if (!a.line[i].deleted && !a.line[i].before_load && !strcmp(a.line[i].path, path))
			*c = a.line[i].c;
	accounts_free(&a);
}

bool account_get_deleted(const char *path, struct counters *c)
{
	bool found = false;
	struct accounts a;
	size_t i;

	counters_clear(c, 0);
	accounts_read(&a);
	for (i = 0; i < a.n; i++) {
		if (a.line[i].deleted && !strcmp(a.line[i].path, path)) {
			counters_add(c, &a.line[i].c);
			found = true;
		}
	}
	accounts_free(&a);
	return found;
}

bool account_get_before_load(struct counters *c)
{
	bool found = false;
	struct accounts a;
	size_t i;

	counters_clear(c, 0);
	accounts_read(&a);
	for (i = 0; i < a.n; i++) {
		if (a.line[i].before_load) {
			*c = a.line[i].c;
			found = true;
		}
	}
	accounts_free(&a);
	return found;
}

bool account_says(const char *path, const char *word)
{
	char *text = must_slurp(PQ_ACCOUNTS);
	char *line, *name, *next, *rest = text;
	bool found = false;

	while (!found && (line = strsep(&rest, "\n")) && *line) {
		name = strsep(&line, " ");
		unescape(name);
		if (strcmp(name, path))
			continue;
		while (!found && (next = strsep(&line, " ")))
			found = !strcmp(next, word);
	}
	free(text);
	return found;
}

bool namespaces_get(const char *name, struct counters *c)
{
	const char *file = PQ_NAMESPACES;
	char *text = must_slurp(file);
	char *line, *rest = text;
	bool found = false;

	counters_clear(c, 0);
	while ((line = strsep(&rest, "\n")) && *line) {
		size_t n = strlen(name);

		if (!strncmp(line, name, n) && line[n] == ' ') {
			pairs_read(c, file, line + n + 1);
			found = true;
		}
	}
	free(text);
	return found;
}
