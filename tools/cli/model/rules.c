// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules, read with the module's own parser, so that the two never differ in what they take.
 *
 * The lines of a rules file are taken in order as if they were written: of two for one path the
 * later counts, and -PATH removes. The kernel prints each path once; in a plain file, to which
 * lines are appended, it comes to the same.
 */
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/term.h"
#include "model/kfile.h"
#include "model/rules.h"
#include "module/rule/rule.h"

#define BLANKS		" \t"
#define WRITE_MAX	4094	/* less than a page, with the newline */
#define WORD_CELLS	60

/* What would be right, by what the parser says is wrong. */
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

/* The part of a line from one place to another, fit to be shown. */
static char *quote(const char *from, const char *to)
{
	char *raw = need_realloc(NULL, to - from + 1, 1), *clean, *quoted;

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

	/* The parser says only that there is one. */
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
	char settings[300];

	rule->glob = parsed->glob;
	rule->pattern = need_strdup(parsed->path);
	rule->path = need_realloc(NULL, size, 1);
	pq_rule_format_path(rule->path, size, parsed->path, parsed->glob);
	if (parsed->remove)
		return;
	pq_rule_format(settings, sizeof(settings), &parsed->rule);
	rule->text = need_printf("%s%s", rule->path, settings);
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
			say_error("%s: longer than a rule can be, which is %d bytes", where, WRITE_MAX);
		return -1;
	}
	copy = need_realloc(NULL, len + 1, 1);
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
	rec->buf = need_strdup(rule->text + strlen(rule->path));
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
			return need_printf("%.*s", (int)(end - word - len - 1), word + len + 1);
	}
	return NULL;
}

/**
 * rule_quote - a rule, or a path as rules have it, as one word of a shell
 * @text: in the spelling of the kernel
 *
 * Names are anybody's, and what is shown is copied: an apostrophe is written as rules write
 * odd bytes, so that nothing ends the quotes.
 *
 * Return: for the caller to free().
 */
char *rule_quote(const char *text)
{
	char *inside = record_escape(text, "'"), *quoted = need_printf("'%s'", inside);

	free(inside);
	return quoted;
}

/**
 * rule_quote_path - a path as one word of a shell, that this program takes as an argument
 * @path: the path
 *
 * Return: for the caller to free().
 */
char *rule_quote_path(const char *path)
{
	size_t size = 4 * strlen(path) + 1;
	char *text = need_realloc(NULL, size, 1), *quoted;

	*text = '\0';
	pq_rule_format_path(text, size, path, false);
	quoted = rule_quote(text);
	free(text);
	return quoted;
}

static int by_path(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/**
 * rules_find - the rule of a path
 * @rules: the rules
 * @path: the path
 *
 * Return: the rule, which may be a removal; NULL if there is none.
 */
struct rule *rules_find(const struct rules *rules, const char *path)
{
	struct rule key = { .path = (char *)path };
	struct rule **found = tfind(&key, &rules->tree, by_path);

	return found ? *found : NULL;
}

static bool beats(const struct rule *rule, const struct rule *other)
{
	if (!other || rule->glob != other->glob)
		return !other || other->glob;
	if (strlen(rule->pattern) != strlen(other->pattern))
		return strlen(rule->pattern) > strlen(other->pattern);
	return strcmp(rule->pattern, other->pattern) < 0;
}

/**
 * rules_match - the rule that the kernel takes for a cgroup: the exact, else the longest glob,
 * and of those as long as each other the first by strcmp()
 * @rules: the rules
 * @path: the cgroup's path
 *
 * Return: the rule; NULL if none fits.
 */
const struct rule *rules_match(const struct rules *rules, const char *path)
{
	const struct rule *rule, *best = NULL;

	for (size_t i = 0; i < rules->count; i++) {
		rule = rules->list[i];
		if (!rule->text || !rule->pattern || !beats(rule, best))
			continue;
		if (rule->glob ? pq_rule_path_match(rule->pattern, path) :
				 !strcmp(rule->pattern, path))
			best = rule;
	}
	return best;
}

static bool has_setting(const struct rule *rule, const char *key)
{
	char *value = rule ? rule_setting(rule, key) : NULL;
	bool has = value;

	free(value);
	return has;
}

/**
 * rules_inherit - the rule that a cgroup has a setting from: its own, or that of the next one above
 * @rules: the rules
 * @path: the cgroup's path
 * @key: the setting's key
 *
 * Return: the rule; NULL if there is none.
 */
const struct rule *rules_inherit(const struct rules *rules, const char *path, const char *key)
{
	char *above = need_strdup(path), *slash = above;
	const struct rule *rule = NULL;

	if (*path != '/')
		slash = NULL;
	while (slash) {
		rule = rules_match(rules, above);
		if (has_setting(rule, key))
			break;
		rule = NULL;
		slash = above[1] ? strrchr(above, '/') : NULL;
		if (slash)
			slash[slash == above] = '\0';
	}
	free(above);
	return rule;
}

/**
 * rules_put - add a rule; one of the same path is replaced where it stands
 * @rules: the rules
 * @rule: the rule, whose memory is taken over
 */
void rules_put(struct rules *rules, const struct rule *rule)
{
	struct rule *there = rules_find(rules, rule->path);

	if (there) {
		rule_clear(there);
		*there = *rule;
		return;
	}
	there = need_realloc(NULL, 1, sizeof(*there));
	*there = *rule;
	if (rules->count == rules->room) {
		rules->room = rules->room ? 2 * rules->room : 64;
		rules->list = need_realloc(rules->list, rules->room, sizeof(*rules->list));
	}
	rules->list[rules->count++] = there;
	if (!tsearch(there, &rules->tree, by_path)) {
		say_error("out of memory");
		exit(CLI_FAILED);
	}
}

/* A line that only a newer module understands is kept as it is. */
static void put_raw(struct rules *rules, const char *line)
{
	size_t len = strcspn(line, BLANKS);
	char *removal = need_printf("-%.*s", (int)len, line);
	struct rule rule = { 0 };

	/* The path may be one that this parser knows, which the removal of it tells. */
	if (len && rule_parse(&rule, removal, len + 1, NULL)) {
		rule.path = need_printf("%.*s", (int)len, line);
		rule.glob = strpbrk(rule.path, "*?[");
	}
	free(removal);
	if (!len)
		return;
	rule.text = need_printf("%s%s", rule.path, line + len);
	rules_put(rules, &rule);
}

/**
 * rules_put_line - add what a line of a rules file says
 * @rules: the rules
 * @line: the line
 */
void rules_put_line(struct rules *rules, const char *line)
{
	struct rule rule;

	if (rule_parse(&rule, line, strlen(line), NULL))
		put_raw(rules, line);
	else
		rules_put(rules, &rule);
}

/**
 * rules_read - add the rules that the kernel has
 * @rules: the rules; rules_free() is due whether this works or not
 * @name: which file
 *
 * Return: 0, or -1.
 */
int rules_read(struct rules *rules, const char *name)
{
	struct record rec = { 0 };
	struct kfile k;
	int more = -1;

	if (!kfile_open(&k, name))
		while ((more = kfile_next(&k, &rec)) > 0)
			rules_put_line(rules, rec.buf);
	kfile_close(&k);
	record_free(&rec);
	return more;
}

static bool exists(const struct rule *rule)
{
	return rule && rule->text;
}

/**
 * rules_drop_idle - drop the removals of what is not there
 * @want: changes
 * @have: the rules that there are
 */
void rules_drop_idle(struct rules *want, const struct rules *have)
{
	struct rule *rule;
	size_t kept = 0;

	for (size_t i = 0; i < want->count; i++) {
		rule = want->list[i];
		if (exists(rule) || exists(rules_find(have, rule->path))) {
			want->list[kept++] = rule;
			continue;
		}
		tdelete(rule, &want->tree, by_path);
		rule_clear(rule);
		free(rule);
	}
	want->count = kept;
}

static bool is_as_wanted(const struct rule *rule, const struct rule *old)
{
	return exists(rule) && exists(old) && !strcmp(rule->text, old->text);
}

static int put(const char *name, const char *path, const char *text)
{
	char *line = text ? need_printf("%s\n", text) : need_printf("-%s\n", path);
	int error = kfile_put(name, line);

	free(line);
	return error;
}

/* What the file was opened for is known, so some errors mean more than kfile.c can know. */
static const char *reason(const char *name, int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such rule";
	case EBUSY:
		return "the kernel's function for it is taken: something else, such as a live patch, "
		       "has hooked it, and only one can change what it does";
	case EINVAL:
	case ERANGE:
		return "the kernel does not take it; module and tool differ in version";
	}
	return kfile_reason(name, error);
}

static void undo(const char *name, const struct rules *want, const struct rules *have, size_t done)
{
	const struct rule *rule, *old;
	size_t stuck = 0;
	int error;

	if (want->count < 2)
		return;
	for (size_t i = done; i-- > 0; ) {
		rule = want->list[i];
		old = rules_find(have, rule->path);
		if (is_as_wanted(rule, old))
			continue;
		error = put(name, rule->path, exists(old) ? old->text : NULL);
		if (!error)
			continue;
		stuck++;
		if (error > 0)
			say_error("'%s' could not be put back to what it was: %s", rule->path,
				  reason(name, error));
	}
	if (stuck)
		say_error("the rules are neither the old nor the new ones; see: portquota rule list");
	else
		say_error("no rule has changed%s", done ? ": what was there before is back" : "");
}

/* Once begun it is not interrupted: half of the rules would be neither the old nor the new. */
static void hold_signals(sigset_t *before)
{
	sigset_t all;

	sigemptyset(&all);
	sigaddset(&all, SIGINT);
	sigaddset(&all, SIGTERM);
	sigaddset(&all, SIGHUP);
	sigaddset(&all, SIGQUIT);
	sigaddset(&all, SIGTSTP);
	sigprocmask(SIG_BLOCK, &all, before);
}

/* Return: how many were done before one was refused, all if none was. */
static size_t apply(const char *name, const struct rules *want, const struct rules *have,
		    const char *what, struct rules_tally *tally)
{
	const struct rule *rule, *old;
	int error;
	size_t i;

	for (i = 0; i < want->count; i++) {
		rule = want->list[i];
		old = rules_find(have, rule->path);
		if (is_as_wanted(rule, old)) {
			tally->same++;
			continue;
		}
		error = put(name, rule->path, rule->text);
		if (!error) {
			*(rule->text ? &tally->set : &tally->removed) += 1;
			continue;
		}
		if (error > 0 && rule->line)
			say_error("%s:%zu: '%s': %s", what, rule->line, rule->path,
				  reason(name, error));
		else if (error > 0)
			say_error("%s: '%s': %s", what, rule->path, reason(name, error));
		break;
	}
	return i;
}

/**
 * rules_apply - make changes, all of them or none
 * @name: the file to change
 * @want: the changes: rules to set, and removals
 * @have: the rules that the file has
 * @what: who asks, for messages: a file's name if the changes have line numbers
 * @tally: how many changes there were, if it worked
 *
 * A rule that is there as it should be is not written. When the kernel refuses a change, those
 * before it are undone.
 *
 * Return: 0, or -1.
 */
int rules_apply(const char *name, const struct rules *want, const struct rules *have,
		const char *what, struct rules_tally *tally)
{
	sigset_t before;
	size_t done;

	*tally = (struct rules_tally){ 0 };
	hold_signals(&before);
	done = apply(name, want, have, what, tally);
	if (done < want->count)
		undo(name, want, have, done);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return done < want->count ? -1 : 0;
}

static void keep(void *node)
{
	(void)node;
}

/**
 * rules_free - give everything back
 * @rules: the rules
 */
void rules_free(struct rules *rules)
{
	tdestroy(rules->tree, keep);
	for (size_t i = 0; i < rules->count; i++) {
		rule_clear(rules->list[i]);
		free(rules->list[i]);
	}
	free(rules->list);
	*rules = (struct rules){ 0 };
}
