// SPDX-License-Identifier: GPL-2.0-only
/* rule: see rule.h for what it promises. */
#include "rule.h"
#ifdef __KERNEL__
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/glob.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "lib/export.h"
#endif

#define GLOB_CHARS	"*?["

static int refuse(struct pq_rule_line *parsed, const char *word, const char *why, int err)
{
	parsed->bad = word;
	parsed->why = why;
	return err;
}

/*
 * A plain decimal number: no sign, no leading zero, nothing behind it but
 * @suffix. Never wraps.
 */
static int parse_number(const char *text, const char *suffix, u32 *value)
{
	u64 sum = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9'; i++)
		if (sum <= U32_MAX)
			sum = sum * 10 + (text[i] - '0');
	if (i == 0 || (text[0] == '0' && i > 1) || strcmp(text + i, suffix))
		return -EINVAL;
	if (sum > U32_MAX)
		return -ERANGE;
	*value = sum;
	return 0;
}

static int check_bounds(u32 value, u32 low, u32 high)
{
	return value < low || value > high ? -ERANGE : 0;
}

/*
 * A parser of each kind of value: 0 or an error, and then @why says what is
 * wrong. What it fills in begins with four bytes that are not all zero.
 */
static int parse_limit(char *text, void *to, const char **why)
{
	struct pq_limit *limit = to;
	int err;

	*why = "is no number, percentage or max";
	if (!strcmp(text, "max")) {
		limit->kind = PQ_LIMIT_NONE;
		return 0;
	}
	err = parse_number(text, "", &limit->value);
	limit->kind = PQ_LIMIT_NUMBER;
	if (err != -EINVAL)
		return err;
	err = parse_number(text, "%", &limit->value);
	limit->kind = PQ_LIMIT_PERCENT;
	return err ?: check_bounds(limit->value, 0, 100);
}

static int parse_over(char *text, void *to, const char **why)
{
	struct pq_excess *over = to;
	int err;

	*why = "is neither deny nor wait:TIME (as in 500ms or 2s)";
	if (!strcmp(text, "deny")) {
		over->action = PQ_OVER_DENY;
		return 0;
	}
	if (strncmp(text, "wait:", 5))
		return -EINVAL;
	text += 5;
	over->action = PQ_OVER_WAIT;
	err = parse_number(text, "ms", &over->wait_ms);
	if (err == -EINVAL) {
		err = parse_number(text, "s", &over->wait_ms) ?:
		      check_bounds(over->wait_ms, 0, PQ_RULE_WAIT_MAX);
		over->wait_ms *= 1000;
	}
	return err ?: check_bounds(over->wait_ms, 1, PQ_RULE_WAIT_MAX);
}

static int parse_delay(char *text, void *to, const char **why)
{
	u32 *delay = to;

	*why = "is no number of seconds";
	return parse_number(text, "", delay) ?:
	       check_bounds(*delay, PQ_RULE_DELAY_MIN, PQ_RULE_DELAY_MAX);
}

/* A port as far as it is one: what is too large for a u32 stays too large. */
static int parse_port(const char *text, u32 *port)
{
	int err = parse_number(text, "", port);

	if (err != -ERANGE)
		return err;
	*port = U32_MAX;
	return 0;
}

static int parse_ports(char *text, void *to, const char **why)
{
	struct pq_ports *ports = to;
	char *dash = strchr(text, '-');
	u32 low, high;
	int err;

	*why = "is no LOW-HIGH";
	if (!dash)
		return -EINVAL;
	*dash = '\0';
	err = parse_port(text, &low);
	*dash = '-';
	if (err || parse_port(dash + 1, &high))
		return -EINVAL;

	*why = low < PQ_RULE_PORT_MIN ? "begins below 1025" :
	       high > PQ_RULE_PORT_MAX ? "ends above 65535" :
	       low > high ? "ends before it begins" :
	       high - low + 1 < PQ_RULE_PORTS_MIN ? "has less than 255 ports" : NULL;
	if (*why)
		return -ERANGE;
	ports->low = low;
	ports->high = high;
	return 0;
}

static const char *const resource_names[PQ_RULE_RESOURCES] = { "tcp", "udp", "timewait" };

static const char out_of_bounds[] = "is out of bounds";

static const struct setting {
	const char *key;
	size_t offset;	/* in struct pq_rule */
	int (*parse)(char *text, void *to, const char **why);
	const char *bounds;	/* what to say when they are broken; NULL: the parser knows */
} settings[] = {
	{ "tcp.max", offsetof(struct pq_rule, max[0]), parse_limit, out_of_bounds },
	{ "tcp.warn", offsetof(struct pq_rule, warn[0]), parse_limit, out_of_bounds },
	{ "udp.max", offsetof(struct pq_rule, max[1]), parse_limit, out_of_bounds },
	{ "udp.warn", offsetof(struct pq_rule, warn[1]), parse_limit, out_of_bounds },
	{ "timewait.max", offsetof(struct pq_rule, max[2]), parse_limit, out_of_bounds },
	{ "timewait.warn", offsetof(struct pq_rule, warn[2]), parse_limit, out_of_bounds },
	{ "over", offsetof(struct pq_rule, over), parse_over, out_of_bounds },
	{ "timewait.delay", offsetof(struct pq_rule, delay), parse_delay,
	  "is not between 30 and 300" },
	{ "tcp.range", offsetof(struct pq_rule, range[0]), parse_ports, NULL },
	{ "udp.range", offsetof(struct pq_rule, range[1]), parse_ports, NULL },
};

static const struct setting *find_setting(const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(settings); i++)
		if (!strcmp(settings[i].key, key))
			return &settings[i];
	return NULL;
}

static bool is_set(const void *setting)
{
	static const char nothing[4];

	return memcmp(setting, nothing, sizeof(nothing));
}

static int parse_setting(char *word, struct pq_rule_line *parsed)
{
	char *value = strchr(word, '=');
	const struct setting *setting;
	const char *why;
	void *to;
	int err;

	if (!value)
		return refuse(parsed, word, "is no KEY=VALUE", -EINVAL);
	*value++ = '\0';
	setting = find_setting(word);
	if (!setting)
		return refuse(parsed, word, "is no key", -EINVAL);
	to = (char *)&parsed->rule + setting->offset;
	if (is_set(to))
		return refuse(parsed, word, "is there twice", -EINVAL);
	err = setting->parse(value, to, &why);
	if (err == -ERANGE && setting->bounds)
		why = setting->bounds;
	return err ? refuse(parsed, value, why, err) : 0;
}

static bool is_octal(const char *text)
{
	return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' &&
	       text[2] >= '0' && text[2] <= '7';
}

static bool part_is_dots(const char *part, size_t len)
{
	return len == 0 || (len <= 2 && part[0] == '.' && part[len - 1] == '.');
}

static void strip_backslashes(char *path)
{
	char *to = path;

	for (; *path; path++) {
		if (*path == '\\')
			path++;
		*to++ = *path;
	}
	*to = '\0';
}

/*
 * Turns \ooo into what it stands for, with a backslash before what would mean
 * something in a glob: so the result is never longer than the text.
 */
static int parse_path(char *word, struct pq_rule_line *parsed)
{
	bool in_class = false;
	char *from, *to, *part, c;

	if (word[0] != '/')
		return refuse(parsed, word, "is no absolute path", -EINVAL);
	for (from = to = word; *from; ) {
		c = *from++;
		if (c == '\\') {
			if (!is_octal(from))
				return refuse(parsed, word, "has a backslash that begins no \\ooo",
					      -EINVAL);
			c = (from[0] - '0') << 6 | (from[1] - '0') << 3 | (from[2] - '0');
			from += 3;
			if (!c || c == '/' || c == '\n')
				return refuse(parsed, word, "cannot be a path", -EINVAL);
			if (strchr(GLOB_CHARS "\\]", c)) {
				/* glob_match() knows no backslash between brackets */
				if (in_class)
					return refuse(parsed, word, "has a \\ooo in its brackets",
						      -EINVAL);
				*to++ = '\\';
			}
		} else if (strchr(GLOB_CHARS, c)) {
			parsed->glob = true;
			in_class |= c == '[';
		} else if (c == ']' || c == '/') {
			in_class = false;
		}
		*to++ = c;
	}
	*to = '\0';
	parsed->path = word;

	/* Only the root ends in a slash; no part is empty, . or .. */
	for (part = word; word[1] && *part; part += strcspn(part, "/")) {
		part++;
		if (part_is_dots(part, strcspn(part, "/")))
			return refuse(parsed, word, "has an empty part, . or ..", -EINVAL);
	}
	if (!parsed->glob)
		strip_backslashes(word);
	return 0;
}

static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");

	*rest = word + strcspn(word, " \t");
	if (**rest)
		*(*rest)++ = '\0';
	return *word ? word : NULL;
}

/**
 * pq_rule_parse() - what does a line say?
 * @line: the line, @len bytes and a NUL behind them. It is cut up.
 * @len: its length
 * @parsed: filled in; points into @line
 *
 * Return: 0; -EINVAL if it is no rule; -ERANGE if a number in it is out of
 * bounds. Unless 0 is returned, @parsed->bad and @parsed->why say what is
 * wrong, and nothing else in @parsed is to be used.
 */
int pq_rule_parse(char *line, size_t len, struct pq_rule_line *parsed)
{
	char *rest = line, *word;
	size_t i;
	int err;

	memset(parsed, 0, sizeof(*parsed));
	if (len && line[len - 1] == '\n')
		line[--len] = '\0';
	if (len && line[len - 1] == '\r')
		line[--len] = '\0';
	for (i = 0; i < len; i++)
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f)
			return refuse(parsed, line, "has a control character in it", -EINVAL);

	word = next_word(&rest);
	if (!word)
		return refuse(parsed, line, "says nothing", -EINVAL);
	if (word[0] == '-') {
		parsed->remove = true;
		word++;
	}
	err = parse_path(word, parsed);
	if (err)
		return err;

	word = next_word(&rest);
	if (!word && !parsed->remove)
		return refuse(parsed, parsed->path, "has no KEY=VALUE behind it", -EINVAL);
	if (word && parsed->remove)
		return refuse(parsed, word, "is too much: a rule is removed by its path alone",
			      -EINVAL);
	for (; word; word = next_word(&rest)) {
		err = parse_setting(word, parsed);
		if (err)
			return err;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(pq_rule_parse);

static int format_limit(char *buf, size_t size, const char *resource, const char *what,
			struct pq_limit limit)
{
	switch (limit.kind) {
	case PQ_LIMIT_NUMBER:
		return snprintf(buf, size, " %s.%s=%u", resource, what, limit.value);
	case PQ_LIMIT_PERCENT:
		return snprintf(buf, size, " %s.%s=%u%%", resource, what, limit.value);
	case PQ_LIMIT_NONE:
		return snprintf(buf, size, " %s.%s=max", resource, what);
	}
	return 0;
}

/**
 * pq_rule_format() - a rule as it can be written back, without the path
 * @buf: where to
 * @size: the room there; PQ_RULE_TEXT is always enough
 * @rule: the rule
 *
 * Return: the length, without the NUL. A blank is before each setting.
 */
int pq_rule_format(char *buf, size_t size, const struct pq_rule *rule)
{
	int res, len = 0;

	buf[0] = '\0';
	for (res = 0; res < PQ_RULE_RESOURCES; res++) {
		len += format_limit(buf + len, size - len, resource_names[res], "max",
				    rule->max[res]);
		len += format_limit(buf + len, size - len, resource_names[res], "warn",
				    rule->warn[res]);
	}
	if (rule->over.action == PQ_OVER_DENY)
		len += snprintf(buf + len, size - len, " over=deny");
	else if (rule->over.action == PQ_OVER_WAIT)
		len += snprintf(buf + len, size - len, " over=wait:%ums", rule->over.wait_ms);
	if (rule->delay)
		len += snprintf(buf + len, size - len, " timewait.delay=%u", rule->delay);
	for (res = 0; res < PQ_RULE_RANGES; res++)
		if (rule->range[res].low)
			len += snprintf(buf + len, size - len, " %s.range=%u-%u",
					resource_names[res], rule->range[res].low,
					rule->range[res].high);
	return len;
}
EXPORT_SYMBOL_IF_KUNIT(pq_rule_format);

/**
 * pq_rule_format_path() - a path as it can be written back
 * @buf: where to
 * @size: the room there; four times the length of @path, and one, is enough
 * @path: the path, as in struct pq_rule_line
 * @glob: whether it is a glob
 *
 * Return: the length, without the NUL.
 */
int pq_rule_format_path(char *buf, size_t size, const char *path, bool glob)
{
	int len = 0;

	for (; *path; path++) {
		bool literal = !glob;

		if (glob && *path == '\\') {
			literal = true;
			path++;
		}
		if ((unsigned char)*path <= ' ' || *path == 0x7f || *path == '\\' ||
		    (literal && strchr(glob ? GLOB_CHARS "]" : GLOB_CHARS, *path)))
			len += snprintf(buf + len, size - len, "\\%03o", (unsigned char)*path);
		else
			len += snprintf(buf + len, size - len, "%c", *path);
	}
	return len;
}
EXPORT_SYMBOL_IF_KUNIT(pq_rule_format_path);

/* The root has an empty part, which is none of those that * means. */
static bool part_matches(const char *want, const char *have)
{
	return *want ? *have && glob_match(want, have) : !*have;
}

/*
 * Copies the part of a path that begins at *@path, and steps over it. Returns false if it
 * is longer than a file name.
 */
static bool next_part(const char **path, char *part)
{
	size_t len = strchrnul(*path, '/') - *path;

	if (len > NAME_MAX)
		return false;
	memcpy(part, *path, len);
	part[len] = '\0';
	*path += len;
	return true;
}

/**
 * pq_rule_path_match() - is a path one of those that a glob means?
 * @pattern: the glob, as in struct pq_rule_line
 * @path: the path
 *
 * A part longer than a file name can be (255) matches nothing.
 *
 * Return: true if so.
 */
bool pq_rule_path_match(const char *pattern, const char *path)
{
	char want[NAME_MAX + 1], have[NAME_MAX + 1];

	while (*pattern == '/' && *path == '/') {
		pattern++;
		path++;
		if (!next_part(&pattern, want) || !next_part(&path, have))
			return false;
		if (!part_matches(want, have))
			return false;
	}
	return !*pattern && !*path;
}
EXPORT_SYMBOL_IF_KUNIT(pq_rule_path_match);

/**
 * pq_rule_path_split() - make of a path what pq_rule_parts_match() takes
 * @parts: room for as much as @path has, with its NUL
 * @path: the path or glob
 */
void pq_rule_path_split(char *parts, const char *path)
{
	do {
		*parts++ = *path == '/' ? '\0' : *path;
	} while (*path++);
}
EXPORT_SYMBOL_IF_KUNIT(pq_rule_path_split);

/**
 * pq_rule_parts_match() - pq_rule_path_match() of a glob that is split already
 * @parts: the glob, from pq_rule_path_split()
 * @path: the path, with as many slashes
 *
 * Of hundreds of globs most differ in their first character from what they are matched
 * with, and then it does not matter how long they are.
 *
 * Return: true if so.
 */
bool pq_rule_parts_match(const char *parts, const char *path)
{
	char have[NAME_MAX + 1];
	size_t len;

	while (*path == '/') {
		path++;
		parts++;	/* steps over what was a slash */
		if (!next_part(&path, have) || !part_matches(parts, have))
			return false;
		len = strlen(parts);
		if (len > NAME_MAX)
			return false;
		parts += len;
	}
	return !*path;
}
EXPORT_SYMBOL_IF_KUNIT(pq_rule_parts_match);

/**
 * pq_limit_resolve() - a limit as a number
 * @limit: the limit
 * @whole: what 100 % is; LONG_MAX when there is none
 *
 * Return: the number; LONG_MAX when there is no limit.
 */
long pq_limit_resolve(struct pq_limit limit, long whole)
{
	switch (limit.kind) {
	case PQ_LIMIT_NUMBER:
		return limit.value;
	case PQ_LIMIT_PERCENT:
		return whole == LONG_MAX ? LONG_MAX : (long)((u64)whole * limit.value / 100);
	}
	return LONG_MAX;
}
EXPORT_SYMBOL_IF_KUNIT(pq_limit_resolve);
