// SPDX-License-Identifier: GPL-2.0-only
/*
 * A rule, read with the module's own parser, so that tool and module accept the same rules.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/module.h"
#include "lib/term.h"
#include "model/rule.h"

#define BLANKS		" \t"
#define WRITE_MAX	(PQ_RULE_LINE - 2)	/* without the newline and the NUL */
#define WORD_CELLS	60

/* What would be right, for each thing that the parser says is wrong. */
static const struct hint {
	const char *why;
	const char *hint;
} hints[] = {
	{ "KEY=VALUE behind", "as in /a tcp.max=500" },
	{ "is no KEY=VALUE", "as in tcp.max=500; a blank in a path is written \\040" },
	{ "is too much", "a blank in a path is written \\040" },
	{ "is no key", "the keys are tcp.max, tcp.warn, udp.max, udp.warn, timewait.max, "
		       "timewait.warn, over, timewait.delay, tcp.range and udp.range" },
	{ "is there twice", "each key once" },
	{ "is no number of seconds", "as in 60" },
	{ "is no LOW-HIGH", "as in 10000-10999" },
	{ "is no number", "as in 500, 25% or max" },
	{ "absolute path", "it begins with a slash, as in /system.slice/nginx.service" },
	{ "begins no \\ooo", "a backslash itself is written \\134" },
};

static const char *hint_of(const char *why, const char *word)
{
	if (strstr(why, "out of bounds")) {
		if (strchr(word, '%'))
			return "0% to 100%";
		return strchr(word, 's') ? "1ms to 60s" : "0 to 4294967295";
	}
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (strstr(why, hints[i].why))
			return hints[i].hint;
	return NULL;
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

/* The part of a line from one place to another, safe to print. */
static char *quote(const char *from, const char *to)
{
	char *raw = xrealloc(NULL, to - from + 1, 1), *clean, *quoted;

	for (size_t i = 0; from + i < to; i++)
		raw[i] = from[i] ? from[i] : ' ';
	raw[to - from] = '\0';
	clean = term_clean(raw);
	quoted = term_shorten(clean, WORD_CELLS);
	free(clean);
	free(raw);
	return quoted;
}

/* Names the word that the parser stumbled on, as it was written, and the setting it is in. */
static int complain(const char *where, const char *line, size_t len, size_t at, const char *why)
{
	const char *word = line + at, *start, *end;
	char *shown, *around;
	const char *hint;

	/* The parser does not say where the control character is. */
	if (strstr(why, "control character"))
		for (word = line; word < line + len && !is_control(*word); word++)
			;
	for (start = word; start > line && !strchr(BLANKS, start[-1]); start--)
		;
	for (end = word; end < line + len && (!*end || !strchr(BLANKS "\r\n", *end)); end++)
		;
	if (is_control(*word))
		word = start;
	shown = quote(word, end);
	around = quote(start, end);
	hint = hint_of(why, shown);
	if (word > start && *start != '-')
		say_error("%s: '%s' in '%s' %s%s%s", where, shown, around, why, hint ? ": " : "",
			  hint ? hint : "");
	else
		say_error("%s: '%s' %s%s%s", where, shown, why, hint ? ": " : "",
			  hint ? hint : "");
	free(around);
	free(shown);
	return -1;
}

static void take(struct rule *rule, const struct pq_rule_line *parsed)
{
	size_t size = 4 * strlen(parsed->path) + 1;
	char settings[PQ_RULE_LINE];

	rule->glob = parsed->glob;
	rule->pattern = xstrdup(parsed->path);
	rule->path = xrealloc(NULL, size, 1);
	pq_rule_format_path(rule->path, size, parsed->path, parsed->glob);
	if (parsed->remove)
		return;
	pq_rule_format(settings, sizeof(settings), &parsed->rule);
	rule->text = xasprintf("%s%s", rule->path, settings);
}

/**
 * rule_parse - parse a line
 * @rule: filled in; rule_clear() is due
 * @line: the line
 * @len: its length
 * @where: where it stands, for messages; NULL not to report
 *
 * Return: 0, or -1.
 */
int rule_parse(struct rule *rule, const char *line, size_t len, const char *where)
{
	struct pq_rule_line parsed;
	char *copy;
	int err = 0;

	*rule = (struct rule){ 0 };
	if (len > WRITE_MAX) {
		if (where)
			say_error("%s: longer than a rule can be, which is %d bytes", where,
				  WRITE_MAX);
		return -1;
	}
	copy = xrealloc(NULL, len + 1, 1);
	memcpy(copy, line, len);
	copy[len] = '\0';
	if (!pq_rule_parse(copy, len, &parsed))
		take(rule, &parsed);
	else
		err = where ? complain(where, line, len, parsed.bad - copy, parsed.why) : -1;
	free(copy);
	return err;
}

/**
 * rule_clear - give a rule's memory back
 * @rule: the rule
 */
void rule_clear(struct rule *rule)
{
	free(rule->path);
	free(rule->text);
	free(rule->pattern);
	*rule = (struct rule){ 0 };
}

/**
 * rule_record - a rule as a record: path, glob, and its keys
 * @rule: the rule
 * @rec: filled in; refers to the rule's path
 */
void rule_record(const struct rule *rule, struct record *rec)
{
	record_add_text(rec, "path", rule->path);
	record_add_flag(rec, "glob", rule->glob);
	free(rec->buf);
	rec->buf = xstrdup(rule->text + strlen(rule->path));
	rec->buf_room = strlen(rec->buf) + 1;
	record_parse_nested(rec, rec->buf, NULL);
}

/**
 * rule_setting - what a rule says of one key
 * @rule: the rule
 * @key: the key
 *
 * Return: the value, for the caller to free(); NULL if it says nothing.
 */
char *rule_setting(const struct rule *rule, const char *key)
{
	const char *word = rule->text, *end;
	size_t len = strlen(key);

	while (*(word += strcspn(word, BLANKS))) {
		word += strspn(word, BLANKS);
		end = word + strcspn(word, BLANKS);
		if (!strncmp(word, key, len) && word[len] == '=')
			return xasprintf("%.*s", (int)(end - word - len - 1), word + len + 1);
	}
	return NULL;
}

/**
 * rule_quote - a rule, or a path as rules have it, as one word of a shell
 * @text: in the spelling of the kernel
 *
 * Any user can name a cgroup, and an operator copies what is printed into a shell. So an apostrophe
 * is written as \ooo, and nothing in the name can end the quotes.
 *
 * Return: for the caller to free().
 */
char *rule_quote(const char *text)
{
	char *inside = record_escape(text, "'"), *quoted = xasprintf("'%s'", inside);

	free(inside);
	return quoted;
}

/**
 * rule_format_path - a path as rules have it
 * @path: the path
 *
 * Return: for the caller to free().
 */
char *rule_format_path(const char *path)
{
	size_t size = 4 * strlen(path) + 1;
	char *text = xrealloc(NULL, size, 1);

	*text = '\0';
	pq_rule_format_path(text, size, path, false);
	return text;
}

/**
 * rule_quote_path - a path as one word of a shell, that this program takes as an argument
 * @path: the path
 *
 * Return: for the caller to free().
 */
char *rule_quote_path(const char *path)
{
	char *text = rule_format_path(path), *quoted = rule_quote(text);

	free(text);
	return quoted;
}
