// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: the parser of rules, the very source of the module.
 *
 * Whatever is written, it must not crash; a refusal names a place in the line
 * and says why; and what is accepted is printed as it can be written back: that
 * gives the same rule, and prints the same.
 */
#include <stdlib.h>

#include "rule.h"

#define PAGE	4096

/* Not assert(): that goes with NDEBUG. */
#define CHECK(cond)	do { if (!(cond)) fail(#cond, __LINE__); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what, int line)
{
	fprintf(stderr, "rule_fuzz.c:%d: does not hold: %s\n", line, what);
	abort();
}

/* Exactly as long as it is, so that a read or a write beyond it is seen. */
static char *line_of(const void *data, size_t size)
{
	char *line = malloc(size + 1);

	CHECK(line);
	if (size)
		memcpy(line, data, size);
	line[size] = '\0';
	return line;
}

static void check_refusal(const char *line, size_t size, const struct pq_rule_line *parsed, int err)
{
	CHECK(err == -EINVAL || err == -ERANGE);
	CHECK(parsed->why && parsed->why[0]);
	CHECK(parsed->bad >= line && parsed->bad <= line + size);
}

static void check_limit(struct pq_limit limit)
{
	CHECK(limit.kind <= PQ_LIMIT_NONE);
	if (limit.kind == PQ_LIMIT_PERCENT)
		CHECK(limit.value <= 100);
	CHECK(pq_limit_resolve(limit, 28232) >= 0);
	CHECK(pq_limit_resolve(limit, LONG_MAX) >= 0);
}

static void check_rule(const struct pq_rule_line *parsed)
{
	const char *part;
	int i;

	CHECK(!parsed->bad);
	CHECK(parsed->path[0] == '/');
	for (part = parsed->path; (part = strstr(part, "/.")); part++) {
		CHECK(strcmp(part, "/.") && strncmp(part, "/./", 3));
		CHECK(strcmp(part, "/..") && strncmp(part, "/../", 4));
	}
	CHECK(!strstr(parsed->path, "//"));
	for (i = 0; i < PQ_RULE_RESOURCES; i++) {
		check_limit(parsed->rule.max[i]);
		check_limit(parsed->rule.warn[i]);
	}
	CHECK((parsed->rule.over.action == PQ_OVER_WAIT) == !!parsed->rule.over.wait_ms);
	CHECK(parsed->rule.over.wait_ms <= PQ_RULE_WAIT_MAX);
	CHECK(!parsed->rule.delay || (parsed->rule.delay >= PQ_RULE_DELAY_MIN &&
				      parsed->rule.delay <= PQ_RULE_DELAY_MAX));
	for (i = 0; i < PQ_RULE_RANGES; i++)
		CHECK(!parsed->rule.range[i].low ||
		      (parsed->rule.range[i].low >= PQ_RULE_PORT_MIN &&
		       parsed->rule.range[i].high - parsed->rule.range[i].low + 1 >=
		       PQ_RULE_PORTS_MIN));
	if (!parsed->glob)
		pq_rule_path_match("/*/a?[b-d]", parsed->path);
	else
		pq_rule_path_match(parsed->path, "/system.slice/nginx.service");
}

/* As in the file of rules. */
static char *print(const struct pq_rule_line *parsed)
{
	size_t room = 4 * strlen(parsed->path) + 1;
	char *text = malloc(1 + room + 300);
	size_t at = parsed->remove;
	int len;

	CHECK(text);
	text[0] = '-';
	len = pq_rule_format_path(text + at, room, parsed->path, parsed->glob);
	CHECK(len > 0 && (size_t)len < room);
	at += (size_t)len;
	len = pq_rule_format(text + at, 300, &parsed->rule);
	CHECK(len >= 0 && len < 300);
	CHECK(strlen(text) == at + (size_t)len);
	return text;
}

static void check_written_back(const struct pq_rule_line *parsed)
{
	char *text = print(parsed), *line = line_of(text, strlen(text)), *again;
	struct pq_rule_line second;

	CHECK(!pq_rule_parse(line, strlen(text), &second));
	CHECK(!strcmp(second.path, parsed->path));
	CHECK(second.glob == parsed->glob);
	CHECK(second.remove == parsed->remove);
	CHECK(!memcmp(&second.rule, &parsed->rule, sizeof(second.rule)));
	again = print(&second);
	CHECK(!strcmp(again, text));
	free(again);
	free(line);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pq_rule_line parsed;
	char *line;
	int err;

	if (size >= PAGE)
		return -1;
	line = line_of(data, size);
	err = pq_rule_parse(line, size, &parsed);
	if (err) {
		check_refusal(line, size, &parsed, err);
	} else {
		check_rule(&parsed);
		check_written_back(&parsed);
	}
	free(line);
	return 0;
}
