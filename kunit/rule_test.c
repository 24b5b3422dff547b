// SPDX-License-Identifier: GPL-2.0-only
/* Suite of rule: the language, and that what is printed can be written back. */
#include <kunit/test.h>
#include <linux/slab.h>

#include "../module/rule/rule.h"

/* As a write has it: the text, and a NUL behind it. */
static int parse(struct kunit *test, const char *text, size_t len, struct pq_rule_line *parsed)
{
	char *line = kunit_kzalloc(test, len + 1, GFP_KERNEL);
	int err;

	KUNIT_ASSERT_NOT_NULL(test, line);
	memcpy(line, text, len);
	err = pq_rule_parse(line, len, parsed);
	if (err) {
		KUNIT_ASSERT_NOT_NULL(test, parsed->bad);
		KUNIT_EXPECT_NOT_NULL(test, parsed->why);
		KUNIT_EXPECT_TRUE(test, parsed->bad >= line && parsed->bad <= line + len);
	} else {
		KUNIT_EXPECT_NULL(test, parsed->bad);
	}
	return err;
}

struct refused_case {
	const char *text;
	int err;
	const char *bad;	/* NULL: not looked at */
};

/* Lines that are refused, with the errno and the word that is wrong */
static const struct refused_case refused_cases[] = {
	/* nothing, and characters that have no business there */
	{ "", -EINVAL },
	{ "\n", -EINVAL },
	{ "\r\n", -EINVAL },
	{ " \t ", -EINVAL },
	{ "/a tcp.max=1\n\n", -EINVAL },
	{ "/a\rtcp.max=1\n", -EINVAL },
	{ "/a tcp.max=1\v", -EINVAL },
	{ "/a tcp.max=1\033[m", -EINVAL },
	{ "/a tcp.max=1\177", -EINVAL },
	/* numbers: what is no number, and what is too large to be one */
	{ "/a tcp.max=-1", -EINVAL, "-1" },
	{ "/a tcp.max=+5", -EINVAL, "+5" },
	{ "/a tcp.max=0x10", -EINVAL, "0x10" },
	{ "/a tcp.max=010", -EINVAL, "010" },
	{ "/a tcp.max=1e3", -EINVAL, "1e3" },
	{ "/a tcp.max=12x", -EINVAL, "12x" },
	{ "/a tcp.max=x12", -EINVAL, "x12" },
	{ "/a tcp.max=1.5", -EINVAL, "1.5" },
	{ "/a tcp.max=00", -EINVAL, "00" },
	{ "/a tcp.max=Max", -EINVAL, "Max" },
	{ "/a tcp.max=maximum", -EINVAL, "maximum" },
	{ "/a tcp.max=18446744073709551616", -ERANGE, "18446744073709551616" },
	{ "/a tcp.max=18446744073709551617", -ERANGE },
	{ "/a tcp.max=4294967296", -ERANGE, "4294967296" },
	{ "/a tcp.max=99999999999", -ERANGE },
	{ "/a tcp.max=999999999999999999999999999999999999999999", -ERANGE },
	{ "/a udp.warn=4294967296", -ERANGE },
	{ "/a timewait.max=4294967296", -ERANGE },
	/* percentages */
	{ "/a tcp.max=101%", -ERANGE, "101%" },
	{ "/a tcp.warn=101%", -ERANGE },
	{ "/a tcp.max=4294967296%", -ERANGE },
	{ "/a tcp.max=-1%", -EINVAL },
	{ "/a tcp.max=%", -EINVAL, "%" },
	{ "/a tcp.max=01%", -EINVAL },
	{ "/a tcp.max=50%%", -EINVAL },
	{ "/a tcp.max=50 %", -EINVAL, "%" },
	/* keys */
	{ "/a", -EINVAL },
	{ "/a\n", -EINVAL },
	{ "/a tcp.max", -EINVAL, "tcp.max" },
	{ "/a tcp.max=", -EINVAL, "" },
	{ "/a =5", -EINVAL, "" },
	{ "/a =", -EINVAL, "" },
	{ "/a tcp.max==5", -EINVAL, "=5" },
	{ "/a tcp.max =5", -EINVAL, "tcp.max" },
	{ "/a tcp.max= 5", -EINVAL, "" },
	{ "/a tcp.maximum=5", -EINVAL, "tcp.maximum" },
	{ "/a TCP.max=5", -EINVAL, "TCP.max" },
	{ "/a tcpmax=5", -EINVAL, "tcpmax" },
	{ "/a sctp.max=5", -EINVAL, "sctp.max" },
	{ "/a tcp.current=5", -EINVAL, "tcp.current" },
	{ "/a tcp.max=1 tcp.max=1", -EINVAL, "tcp.max" },
	{ "/a tcp.max=1 udp.max=2 tcp.max=max", -EINVAL, "tcp.max" },
	{ "/a over=deny over=deny", -EINVAL, "over" },
	{ "/a over=wait:1s over=deny", -EINVAL, "over" },
	{ "/a tcp.max=1 bogus=2", -EINVAL, "bogus" },
	{ "/a tcp.max=1,udp.max=2", -EINVAL, "1,udp.max=2" },
	/* over= */
	{ "/a over=", -EINVAL, "" },
	{ "/a over=allow", -EINVAL, "allow" },
	{ "/a over=wait", -EINVAL, "wait" },
	{ "/a over=wait:", -EINVAL },
	{ "/a over=wait:5", -EINVAL },
	{ "/a over=wait:5m", -EINVAL },
	{ "/a over=wait:-5ms", -EINVAL },
	{ "/a over=wait:05ms", -EINVAL },
	{ "/a over=wait:1.5s", -EINVAL },
	{ "/a over=wait:0ms", -ERANGE },
	{ "/a over=wait:0s", -ERANGE },
	{ "/a over=wait:60001ms", -ERANGE },
	{ "/a over=wait:61s", -ERANGE },
	{ "/a over=wait:4294967s", -ERANGE },
	{ "/a over=wait:4294968s", -ERANGE },
	{ "/a over=wait:4294967297s", -ERANGE },
	{ "/a over=wait:18446744073709551617ms", -ERANGE },
	/* timewait.delay= */
	{ "/a timewait.delay=", -EINVAL, "" },
	{ "/a timewait.delay=60s", -EINVAL, "60s" },
	{ "/a timewait.delay=max", -EINVAL, "max" },
	{ "/a timewait.delay=50%", -EINVAL, "50%" },
	{ "/a timewait.delay=060", -EINVAL },
	{ "/a timewait.delay=-30", -EINVAL },
	{ "/a timewait.delay=0", -ERANGE, "0" },
	{ "/a timewait.delay=29", -ERANGE, "29" },
	{ "/a timewait.delay=301", -ERANGE, "301" },
	{ "/a timewait.delay=4294967326", -ERANGE },
	{ "/a timewait.delay=30 timewait.delay=30", -EINVAL, "timewait.delay" },
	/* tcp.range=, udp.range= */
	{ "/a tcp.range=", -EINVAL, "" },
	{ "/a tcp.range=max", -EINVAL, "max" },
	{ "/a tcp.range=10000", -EINVAL, "10000" },
	{ "/a tcp.range=-10000", -EINVAL, "-10000" },
	{ "/a tcp.range=10000-", -EINVAL, "10000-" },
	{ "/a tcp.range=10000--11000", -EINVAL },
	{ "/a tcp.range=10000:11000", -EINVAL },
	{ "/a tcp.range=10000-11000-12000", -EINVAL },
	{ "/a tcp.range=010000-11000", -EINVAL },
	{ "/a timewait.range=10000-11000", -EINVAL, "timewait.range" },
	{ "/a tcp.range=1024-2000", -ERANGE, "1024-2000" },
	{ "/a tcp.range=0-65535", -ERANGE },
	{ "/a tcp.range=60000-65536", -ERANGE },
	{ "/a tcp.range=60000-131071", -ERANGE },
	{ "/a tcp.range=10000-4294977296", -ERANGE },
	{ "/a tcp.range=18446744073709561616-20000", -ERANGE },
	{ "/a tcp.range=11000-10000", -ERANGE },
	{ "/a udp.range=10000-10253", -ERANGE, "10000-10253" },
	{ "/a udp.range=10000-10999 udp.range=10000-10999", -EINVAL, "udp.range" },
	/* two commands at once */
	{ "/a tcp.max=1\n/b tcp.max=2\n", -EINVAL },
	{ "/a tcp.max=1 /b tcp.max=2", -EINVAL, "/b" },
	{ "/a tcp.max=1 -/b", -EINVAL, "-/b" },
	{ "-/a -/b", -EINVAL, "-/b" },
	{ "-/a tcp.max=1", -EINVAL, "tcp.max=1" },
	/* the halves of one command */
	{ "/a tcp.", -EINVAL, "tcp." },
	{ "max=5", -EINVAL, "max=5" },
	/* paths */
	{ "a tcp.max=1", -EINVAL, "a" },
	{ "./a tcp.max=1", -EINVAL, "./a" },
	{ "* tcp.max=1", -EINVAL, "*" },
	{ "../a tcp.max=1", -EINVAL },
	{ "/.. tcp.max=1", -EINVAL },
	{ "/../a tcp.max=1", -EINVAL },
	{ "/a/.. tcp.max=1", -EINVAL },
	{ "/a/../b tcp.max=1", -EINVAL },
	{ "/. tcp.max=1", -EINVAL },
	{ "/a/./b tcp.max=1", -EINVAL },
	{ "/a/ tcp.max=1", -EINVAL },
	{ "//a tcp.max=1", -EINVAL },
	{ "/a//b tcp.max=1", -EINVAL },
	{ "// tcp.max=1", -EINVAL },
	{ "/a/\\056\\056/b tcp.max=1", -EINVAL },
	{ "- tcp.max=1", -EINVAL },
	{ "-", -EINVAL },
	{ "--/a", -EINVAL },
	{ "- /a", -EINVAL },
	{ "/a\\ tcp.max=1", -EINVAL },
	{ "/a\\04 tcp.max=1", -EINVAL },
	{ "/a\\048 tcp.max=1", -EINVAL },
	{ "/a\\400 tcp.max=1", -EINVAL },
	{ "/a\\x20b tcp.max=1", -EINVAL },
	{ "/a\\000b tcp.max=1", -EINVAL },
	{ "/a\\057b tcp.max=1", -EINVAL },
	{ "/a\\012b tcp.max=1", -EINVAL },
};

static void refused_describe(const struct refused_case *c, char *desc)
{
	size_t i;

	strscpy(desc, c->text, KUNIT_PARAM_DESC_SIZE);
	for (i = 0; desc[i]; i++)
		if (desc[i] < ' ' || desc[i] == 0x7f || desc[i] == '#')
			desc[i] = '?';
}

KUNIT_ARRAY_PARAM(refused, refused_cases, refused_describe);

static void rule_refuses(struct kunit *test)
{
	const struct refused_case *c = test->param_value;
	struct pq_rule_line parsed;

	KUNIT_EXPECT_EQ(test, parse(test, c->text, strlen(c->text), &parsed), c->err);
	if (c->bad && parsed.bad)
		KUNIT_EXPECT_STREQ(test, parsed.bad, c->bad);
}

/* A NUL is a control character like others; the line goes on behind it. */
static void rule_refuses_nul(struct kunit *test)
{
	static const char inside[] = "/a tcp.max=1\0 udp.max=2";
	static const char behind[] = "/a tcp.max=1\0\n";
	struct pq_rule_line parsed;

	KUNIT_EXPECT_EQ(test, parse(test, inside, sizeof(inside) - 1, &parsed), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse(test, behind, sizeof(behind) - 1, &parsed), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse(test, "\0", 1, &parsed), -EINVAL);
}

struct accepted_case {
	const char *text;
	const char *path;	/* as struct pq_rule_line has it */
	bool glob;
	const char *printed;	/* without the path; NULL: it is a removal */
	const char *printed_path;	/* NULL: the same as @path */
};

static const struct accepted_case accepted_cases[] = {
	/* blanks, tabs, line ends */
	{ "/a tcp.max=1", "/a", false, " tcp.max=1" },
	{ "/a tcp.max=1\n", "/a", false, " tcp.max=1" },
	{ "/a tcp.max=1\r\n", "/a", false, " tcp.max=1" },
	{ "/a tcp.max=1\r", "/a", false, " tcp.max=1" },
	{ "  /a \t  tcp.max=1\t\tudp.max=2\040\n", "/a", false, " tcp.max=1 udp.max=2" },
	/* numbers */
	{ "/a tcp.max=0", "/a", false, " tcp.max=0" },
	{ "/a tcp.max=4294967295", "/a", false, " tcp.max=4294967295" },
	{ "/a tcp.max=max", "/a", false, " tcp.max=max" },
	{ "/a tcp.max=100%", "/a", false, " tcp.max=100%" },
	{ "/a tcp.max=0%", "/a", false, " tcp.max=0%" },
	{ "/a tcp.warn=0", "/a", false, " tcp.warn=0" },
	{ "/a tcp.warn=max", "/a", false, " tcp.warn=max" },
	/* keys in any order, printed in one */
	{ "/a over=deny timewait.warn=5% timewait.max=6 udp.warn=3 udp.max=4% tcp.warn=1 tcp.max=2",
	  "/a", false,
	  " tcp.max=2 tcp.warn=1 udp.max=4% udp.warn=3 timewait.max=6 timewait.warn=5% over=deny" },
	{ "/a over=wait:500ms", "/a", false, " over=wait:500ms" },
	{ "/a over=wait:2s", "/a", false, " over=wait:2000ms" },
	{ "/a over=wait:1ms", "/a", false, " over=wait:1ms" },
	{ "/a over=wait:60s", "/a", false, " over=wait:60000ms" },
	{ "/a over=wait:60000ms", "/a", false, " over=wait:60000ms" },
	{ "/a timewait.delay=30", "/a", false, " timewait.delay=30" },
	{ "/a timewait.delay=300", "/a", false, " timewait.delay=300" },
	{ "/a tcp.range=1025-65535", "/a", false, " tcp.range=1025-65535" },
	{ "/a udp.range=10000-10254", "/a", false, " udp.range=10000-10254" },
	{ "/a udp.range=2000-3000 tcp.range=10000-10999 timewait.delay=60 over=deny", "/a", false,
	  " over=deny timewait.delay=60 tcp.range=10000-10999 udp.range=2000-3000" },
	/* removals */
	{ "-/a", "/a", false, NULL },
	{ " -/a\040\n", "/a", false, NULL },
	{ "-/", "/", false, NULL },
	{ "-/a/*", "/a/*", true, NULL },
	/* paths */
	{ "/ tcp.max=1", "/", false, " tcp.max=1" },
	{ "/system.slice/nginx.service tcp.max=1", "/system.slice/nginx.service", false,
	  " tcp.max=1" },
	{ "/... tcp.max=1", "/...", false, " tcp.max=1" },
	{ "/.a/b. tcp.max=1", "/.a/b.", false, " tcp.max=1" },
	{ "/a=b tcp.max=1", "/a=b", false, " tcp.max=1" },
	{ "/-a tcp.max=1", "/-a", false, " tcp.max=1" },
	{ "/a] tcp.max=1", "/a]", false, " tcp.max=1" },
	{ "/#a tcp.max=1", "/#a", false, " tcp.max=1" },
	{ "/\303\244 tcp.max=1", "/\303\244", false, " tcp.max=1" },
	{ "/a\\040b tcp.max=1", "/a b", false, " tcp.max=1", "/a\\040b" },
	{ "/a\\011b tcp.max=1", "/a\tb", false, " tcp.max=1", "/a\\011b" },
	{ "/a\\134b tcp.max=1", "/a\\b", false, " tcp.max=1", "/a\\134b" },
	{ "/a\\052 tcp.max=1", "/a*", false, " tcp.max=1", "/a\\052" },
	{ "/a\\077 tcp.max=1", "/a?", false, " tcp.max=1", "/a\\077" },
	{ "/a\\133 tcp.max=1", "/a[", false, " tcp.max=1", "/a\\133" },
	{ "/a\\141 tcp.max=1", "/aa", false, " tcp.max=1" },
	{ "/a\\001 tcp.max=1", "/a\001", false, " tcp.max=1", "/a\\001" },
	{ "/a\\177 tcp.max=1", "/a\177", false, " tcp.max=1", "/a\\177" },
	/* globs */
	{ "/* tcp.max=1", "/*", true, " tcp.max=1" },
	{ "/kubepods.slice/* tcp.max=25% udp.max=500 over=wait:500ms", "/kubepods.slice/*", true,
	  " tcp.max=25% udp.max=500 over=wait:500ms" },
	{ "/a?/[b-d]/*.service tcp.max=1", "/a?/[b-d]/*.service", true, " tcp.max=1" },
	{ "/*/a\\052 tcp.max=1", "/*/a\\*", true, " tcp.max=1", "/*/a\\052" },
	{ "/*/a\\040b tcp.max=1", "/*/a b", true, " tcp.max=1", "/*/a\\040b" },
	{ "/*/a\\134b tcp.max=1", "/*/a\\\\b", true, " tcp.max=1", "/*/a\\134b" },
};

static void accepted_describe(const struct accepted_case *c, char *desc)
{
	size_t i;

	strscpy(desc, c->text, KUNIT_PARAM_DESC_SIZE);
	for (i = 0; desc[i]; i++)
		if (desc[i] < ' ' || desc[i] == '#')
			desc[i] = '?';
}

KUNIT_ARRAY_PARAM(accepted, accepted_cases, accepted_describe);

#define PATH_ROOM	1024
#define RULE_ROOM	300

/* What a rules file would print; @line is what to write to have it again. */
static void print(struct kunit *test, const struct pq_rule_line *parsed, char *line)
{
	int len, path_len;

	path_len = pq_rule_format_path(line, PATH_ROOM, parsed->path, parsed->glob);
	KUNIT_ASSERT_EQ(test, path_len, strlen(line));
	len = pq_rule_format(line + path_len, RULE_ROOM, &parsed->rule);
	KUNIT_ASSERT_EQ(test, len, strlen(line + path_len));
	KUNIT_ASSERT_LT(test, len, RULE_ROOM);
}

static void rule_accepts(struct kunit *test)
{
	const struct accepted_case *c = test->param_value;
	char *line = kunit_kzalloc(test, PATH_ROOM + RULE_ROOM, GFP_KERNEL);
	char *again = kunit_kzalloc(test, PATH_ROOM + RULE_ROOM, GFP_KERNEL);
	struct pq_rule_line parsed, second;
	const char *path = c->printed_path ?: c->path;

	KUNIT_ASSERT_NOT_NULL(test, line);
	KUNIT_ASSERT_NOT_NULL(test, again);
	KUNIT_ASSERT_EQ(test, parse(test, c->text, strlen(c->text), &parsed), 0);
	KUNIT_EXPECT_STREQ(test, parsed.path, c->path);
	KUNIT_EXPECT_EQ(test, parsed.glob, c->glob);
	KUNIT_EXPECT_EQ(test, parsed.remove, !c->printed);

	print(test, &parsed, line);
	KUNIT_EXPECT_TRUE(test, str_has_prefix(line, path));
	KUNIT_EXPECT_STREQ(test, line + strlen(path), c->printed ?: "");
	if (parsed.remove)
		return;

	/* Written back, it says the same, and is printed the same. */
	KUNIT_ASSERT_EQ(test, parse(test, line, strlen(line), &second), 0);
	KUNIT_EXPECT_STREQ(test, second.path, parsed.path);
	KUNIT_EXPECT_EQ(test, second.glob, parsed.glob);
	KUNIT_EXPECT_EQ(test, memcmp(&second.rule, &parsed.rule, sizeof(parsed.rule)), 0);
	print(test, &second, again);
	KUNIT_EXPECT_STREQ(test, again, line);
}

/* The longest rule fits into what pq_rule_format() asks for. */
static void rule_longest_fits(struct kunit *test)
{
	struct pq_rule rule = { .over = { PQ_OVER_WAIT, U32_MAX } };
	char *buf = kunit_kzalloc(test, RULE_ROOM, GFP_KERNEL);
	int res;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (res = 0; res < PQ_RULE_RESOURCES; res++) {
		rule.max[res] = (struct pq_limit){ PQ_LIMIT_PERCENT, U32_MAX };
		rule.warn[res] = (struct pq_limit){ PQ_LIMIT_PERCENT, U32_MAX };
	}
	KUNIT_EXPECT_LT(test, pq_rule_format(buf, RULE_ROOM, &rule), RULE_ROOM);
}

struct match_case {
	const char *pattern;
	const char *path;
	bool matches;
};

static const struct match_case match_cases[] = {
	{ "/*", "/a", true },
	{ "/*", "/abc", true },
	{ "/*", "/", false },
	{ "/*", "/a/b", false },	/* * does not cross a slash */
	{ "/*/*", "/a/b", true },
	{ "/*/*", "/a", false },
	{ "/*/*", "/a/b/c", false },
	{ "/a/*", "/a/b", true },
	{ "/a/*", "/b/b", false },
	{ "/a/*", "/a", false },
	{ "/a*", "/a", true },
	{ "/a*", "/abc", true },
	{ "/a*", "/a/b", false },
	{ "/a*c", "/abbc", true },
	{ "/a*c", "/ab/c", false },
	{ "/a?", "/ab", true },
	{ "/a?", "/a", false },
	{ "/a?c", "/a/c", false },
	{ "/[ab]", "/a", true },
	{ "/[ab]", "/c", false },
	{ "/[a-c]x", "/bx", true },
	{ "/[!a]", "/b", true },
	{ "/[!a]", "/a", false },
	{ "/a[!b]c", "/a/c", false },
	{ "/*.service", "/nginx.service", true },
	{ "/*.service", "/nginx.slice", false },
	{ "/*/a\\*", "/x/a*", true },
	{ "/*/a\\*", "/x/ab", false },
	{ "/*/a\\\\", "/x/a\\", true },
	{ "/[", "/[", true },
	{ "/a[b", "/a[b", true },
};

static void match_describe(const struct match_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s %s", c->pattern, c->path);
}

KUNIT_ARRAY_PARAM(match, match_cases, match_describe);

static unsigned int slashes_in(const char *path)
{
	unsigned int n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* By the glob as it is, and, where it may be asked, by the glob that is split. */
static void expect_match(struct kunit *test, const char *pattern, const char *path, bool matches)
{
	char parts[512];

	KUNIT_EXPECT_EQ(test, pq_rule_path_match(pattern, path), matches);
	if (slashes_in(pattern) != slashes_in(path))
		return;
	pq_rule_path_split(parts, pattern);
	KUNIT_EXPECT_EQ(test, pq_rule_parts_match(parts, path), matches);
}

static void rule_matches(struct kunit *test)
{
	const struct match_case *c = test->param_value;

	expect_match(test, c->pattern, c->path, c->matches);
}

/* Longer than a file name can be: nothing overflows, and nothing matches. */
static void rule_matches_no_long_part(struct kunit *test)
{
	char *path = kunit_kzalloc(test, 400, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, path);
	path[0] = '/';
	memset(path + 1, 'a', 255);
	expect_match(test, "/*", path, true);
	path[256] = 'a';
	expect_match(test, "/*", path, false);
	expect_match(test, path, "/a", false);
	expect_match(test, path, path, false);
	/* Of many stars that would match */
	memset(path + 1, '*', 256);
	expect_match(test, path, "/a", false);
}

struct resolve_case {
	struct pq_limit limit;
	long whole;
	long number;
};

static const struct resolve_case resolve_cases[] = {
	{ { PQ_LIMIT_NUMBER, 5 }, 100, 5 },
	{ { PQ_LIMIT_NUMBER, 500 }, 100, 500 },
	{ { PQ_LIMIT_NUMBER, 0 }, 100, 0 },
	{ { PQ_LIMIT_NUMBER, U32_MAX }, LONG_MAX, U32_MAX },
	{ { PQ_LIMIT_PERCENT, 0 }, 28232, 0 },
	{ { PQ_LIMIT_PERCENT, 1 }, 28232, 282 },
	{ { PQ_LIMIT_PERCENT, 25 }, 28232, 7058 },
	{ { PQ_LIMIT_PERCENT, 100 }, 28232, 28232 },
	{ { PQ_LIMIT_PERCENT, 99 }, 1, 0 },
	{ { PQ_LIMIT_PERCENT, 50 }, 0, 0 },
	{ { PQ_LIMIT_PERCENT, 100 }, U32_MAX, U32_MAX },
	{ { PQ_LIMIT_PERCENT, 50 }, LONG_MAX, LONG_MAX },
	{ { PQ_LIMIT_NONE, 0 }, 100, LONG_MAX },
	{ { PQ_LIMIT_UNSET, 0 }, 100, LONG_MAX },
};

static void resolve_describe(const struct resolve_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "kind %u, %u of %ld", c->limit.kind, c->limit.value,
		 c->whole);
}

KUNIT_ARRAY_PARAM(resolve, resolve_cases, resolve_describe);

static void rule_resolves(struct kunit *test)
{
	const struct resolve_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, pq_limit_resolve(c->limit, c->whole), c->number);
}

static void rule_ports_in_common(struct kunit *test)
{
	struct pq_ports low = { 2000, 3000 }, mid = { 2500, 3500 }, high = { 4000, 5000 };
	struct pq_ports none = {}, both = { 2500, 3000 };

	KUNIT_EXPECT_TRUE(test, pq_ports_same(pq_ports_common(none, none), none));
	KUNIT_EXPECT_TRUE(test, pq_ports_same(pq_ports_common(low, none), low));
	KUNIT_EXPECT_TRUE(test, pq_ports_same(pq_ports_common(none, low), low));
	KUNIT_EXPECT_TRUE(test, pq_ports_same(pq_ports_common(low, mid), both));
	KUNIT_EXPECT_TRUE(test, pq_ports_same(pq_ports_common(mid, low), both));
	/* Nothing in common: a namespace cannot get round the host. */
	KUNIT_EXPECT_TRUE(test, pq_ports_same(pq_ports_common(low, high), high));
}

static struct kunit_case rule_cases[] = {
	KUNIT_CASE_PARAM(rule_refuses, refused_gen_params),
	KUNIT_CASE(rule_refuses_nul),
	KUNIT_CASE_PARAM(rule_accepts, accepted_gen_params),
	KUNIT_CASE(rule_longest_fits),
	KUNIT_CASE_PARAM(rule_matches, match_gen_params),
	KUNIT_CASE(rule_matches_no_long_part),
	KUNIT_CASE(rule_ports_in_common),
	KUNIT_CASE_PARAM(rule_resolves, resolve_gen_params),
	{}
};

static struct kunit_suite rule_suite = {
	.name = "portquota_rule",
	.test_cases = rule_cases,
};

kunit_test_suite(rule_suite);
