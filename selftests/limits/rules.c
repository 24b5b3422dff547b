// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules files: which lines are refused and with which errno, that a refused
 * line changes nothing, that what is listed can be written back, who may write,
 * and that paths are as the writer's cgroup namespace sees them.
 */
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "test.h"

WORLD_FIXTURE

#define PAGE 4096

struct refused {
	const char *text;
	int err;
};

/* One of each sort; kunit/rule_test.c has them all. */
static const struct refused refused[] = {
	/* Nothing but blanks, or what is no text. */
	{ "", EINVAL },
	{ "\n", EINVAL },
	{ "  \t\r\n", EINVAL },
	{ "/a tcp.max=1\033[2J\n", EINVAL },
	/* What is no plain decimal number, or one that is too large: it never wraps. */
	{ "/a tcp.max=-1\n", EINVAL },
	{ "/a tcp.max=+5\n", EINVAL },
	{ "/a tcp.max=0x10\n", EINVAL },
	{ "/a tcp.max=010\n", EINVAL },
	{ "/a tcp.max=1e3\n", EINVAL },
	{ "/a tcp.max=12x\n", EINVAL },
	{ "/a tcp.max=18446744073709551616\n", ERANGE },
	{ "/a tcp.max=4294967296\n", ERANGE },
	{ "/a tcp.max=99999999999\n", ERANGE },
	{ "/a tcp.max=101%\n", ERANGE },
	/* An unknown key, the same key twice, a key without a value. */
	{ "/a tcp.most=1\n", EINVAL },
	{ "/a tcp.max=1 tcp.max=1\n", EINVAL },
	{ "/a tcp.max=1 udp.max\n", EINVAL },
	{ "/a tcp.max=1 udp.max=\n", EINVAL },
	{ "/a tcp.max=1 udp.max=2 bogus=3\n", EINVAL },
	{ "/a\n", EINVAL },
	{ "/a over=wait:61s\n", ERANGE },
	/* Two commands in one write. */
	{ "/a tcp.max=1\n/b tcp.max=1\n", EINVAL },
	{ "/a tcp.max=1 /b tcp.max=1\n", EINVAL },
	{ "-/a tcp.max=1\n", EINVAL },
	/* A path that leads out of the writer's view, or is none. */
	{ "/../a tcp.max=1\n", EINVAL },
	{ "/a/../../b tcp.max=1\n", EINVAL },
	{ "a tcp.max=1\n", EINVAL },
	/* A rule that is not there cannot be removed. */
	{ "-/never/was\n", ENOENT },
	{ "-/never/*\n", ENOENT },
};

static void expect_refused(struct __test_metadata *_metadata, const char *file)
{
	unsigned int before = rules_listed(file), i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		EXPECT_EQ(-refused[i].err, rule_write_bytes(file, refused[i].text,
							    strlen(refused[i].text)))
			TH_LOG("%s: '%s'", file, refused[i].text);
	EXPECT_EQ(before, rules_listed(file));
}

WORLD_TEST(malformed_are_refused)
{
	expect_refused(_metadata, PQ_RULES);
	expect_refused(_metadata, PQ_HOST_RULES);
}

/* A line of the kernel's log says which word is wrong, or what is wrong with the rule. */
WORLD_TEST(refusals_are_explained)
{
	sleep_ms(5500);		/* whatever was told before is no longer held against it */
	EXPECT_EQ(-EINVAL, rule_write("%s tcp.most=1", self->w.base));
	EXPECT_EQ(-ENOENT, rule_write("-%s/none", self->w.base));
	EXPECT_EQ(-ENOENT, rule_write("-%s/none*", self->w.base));
	EXPECT_EQ(1U, log_lines("rule refused: 'tcp.most", ""));
	EXPECT_EQ(1U, log_lines(self->w.base, "/none' has no rule to remove"));
	EXPECT_EQ(1U, log_lines(self->w.base, "/none*' has no rule to remove"));
}

WORLD_TEST(nul_and_long_writes)
{
	static const char nul[] = "/a tcp.max=1\0 udp.max=2\n";
	static const char *const file[] = { PQ_RULES, PQ_HOST_RULES };
	static char page[3 * PAGE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(file); i++) {
		EXPECT_EQ(-EINVAL, rule_write_bytes(file[i], nul, sizeof(nul) - 1));
		memset(page, ' ', sizeof(page));
		memcpy(page, "/a tcp.max=1", 12);
		EXPECT_EQ(-EINVAL, rule_write_bytes(file[i], page, PAGE));
		EXPECT_EQ(-EINVAL, rule_write_bytes(file[i], page, sizeof(page)));
		/* A path of 4,096 characters, without and with a rule behind it */
		memset(page, 'x', sizeof(page));
		page[0] = '/';
		EXPECT_EQ(-EINVAL, rule_write_bytes(file[i], page, PAGE));
		memcpy(page + PAGE, " tcp.max=1\n", 11);
		EXPECT_EQ(-EINVAL, rule_write_bytes(file[i], page, PAGE + 11));
		EXPECT_EQ(0U, rules_listed(file[i]));
	}
	/* One less than a page is a line like others. */
	memset(page, ' ', PAGE);
	memcpy(page, "/a tcp.max=1", 12);
	EXPECT_EQ(0, rule_write_bytes(PQ_RULES, page, PAGE - 1));
	EXPECT_TRUE(rule_listed(PQ_RULES, "/a tcp.max=1"));
}

/* The halves of a line, each in a write of its own by one opener, are two refused lines. */
WORLD_TEST(one_line_in_two_writes)
{
	int fd = open(PQ_RULES, O_WRONLY | O_CLOEXEC);

	ASSERT_GE(fd, 0);
	EXPECT_EQ(-1, write(fd, "/a tcp.", 7));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(fd, "max=5\n", 6));
	EXPECT_EQ(EINVAL, errno);
	/* The same descriptor goes on to take what is well formed. */
	EXPECT_EQ(13, write(fd, "/a tcp.max=5\n", 13));
	EXPECT_EQ(13, write(fd, "/b tcp.max=6\n", 13));
	close(fd);
	EXPECT_TRUE(rule_listed(PQ_RULES, "/a tcp.max=5"));
	EXPECT_TRUE(rule_listed(PQ_RULES, "/b tcp.max=6"));
}

WORLD_TEST(set_replace_remove)
{
	rule_set("/a  tcp.max=10\ttcp.warn=50%% over=wait:2s\r\n");
	EXPECT_TRUE(rule_listed(PQ_RULES, "/a tcp.max=10 tcp.warn=50% over=wait:2000ms"));
	rule_set("/b/* udp.max=0 timewait.max=max");
	EXPECT_TRUE(rule_listed(PQ_RULES, "/b/* udp.max=0 timewait.max=max"));
	/* A rule is replaced whole. */
	rule_set("/a udp.max=7\n");
	EXPECT_TRUE(rule_listed(PQ_RULES, "/a udp.max=7"));
	EXPECT_EQ(2U, rules_listed(PQ_RULES));
	EXPECT_EQ(0, rule_write("-/a\n"));
	EXPECT_EQ(-ENOENT, rule_write("-/a\n"));
	EXPECT_EQ(0, rule_write("-/b/*\n"));
	EXPECT_EQ(0U, rules_listed(PQ_RULES));
}

/* The rule that was there stays as it was, in all its parts. */
WORLD_TEST(refused_line_applies_nothing)
{
	struct counters c;
	char line[256];

	tcp_listen(V4, 1, 0);
	snprintf(line, sizeof(line), "%s tcp.max=10 udp.max=20", self->w.base);
	rule_set("%s", line);
	EXPECT_EQ(-EINVAL, rule_write("%s tcp.max=1 udp.max=2 tcp.max=3\n", self->w.base));
	EXPECT_EQ(-ERANGE, rule_write("%s tcp.max=1 udp.max=101%%\n", self->w.base));
	EXPECT_TRUE(rule_listed(PQ_RULES, line));
	account_get(self->w.base, &c);
	EXPECT_EQ(10, c.tcp_max);
	EXPECT_EQ(20, c.udp_max);
}

/* Whatever is listed can be written back, and is listed the same. */
WORLD_TEST(list_can_be_written_back)
{
	static const char *const rules[] = {
		"/ tcp.warn=75%", "/a\\040b/c\\011d tcp.max=1", "/x\\134y udp.warn=5",
		"/star\\052 tcp.max=0", "/q\\077 tcp.max=max over=deny", "/br\\133a] tcp.max=3",
		"/kubepods.slice/* tcp.max=25% udp.max=500 over=wait:500ms",
		"/*/[a-c]? timewait.max=9 timewait.warn=80%", "/*/lit\\052eral\\040x tcp.max=4",
		"/\303\244\303\266 tcp.max=5",
	};
	char *first, *second, *line, *rest;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		rule_set("%s\n", rules[i]);
		EXPECT_TRUE(rule_listed(PQ_RULES, rules[i])) TH_LOG("%s", rules[i]);
	}
	first = must_slurp(PQ_RULES);
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		EXPECT_EQ(0, rule_write("-%.*s", (int)strcspn(rules[i], " "), rules[i]));
	EXPECT_EQ(0U, rules_listed(PQ_RULES));
	rest = strdup(first);
	while ((line = strsep(&rest, "\n")) && *line)
		rule_set("%s", line);
	second = must_slurp(PQ_RULES);
	EXPECT_STREQ(first, second);
}

/* A cgroup called a*, and the glob a*: two rules. */
WORLD_TEST(star_and_glob_are_apart)
{
	rule_set("/n\\052 tcp.max=1");
	rule_set("/n* tcp.max=2");
	EXPECT_EQ(2U, rules_listed(PQ_RULES));
	EXPECT_EQ(0, rule_write("-/n\\052"));
	EXPECT_TRUE(rule_listed(PQ_RULES, "/n* tcp.max=2"));
}

static long long tcp_max_of(const char *path)
{
	struct counters c;

	account_get(path, &c);
	return c.tcp_max;
}

WORLD_TEST(exact_then_longest_glob)
{
	const char *one = world_cgroup(&self->w, "one"), *two = world_cgroup(&self->w, "two");
	const char *deep = world_cgroup(&self->w, "two/deep");

	cgroup_enter(one);
	tcp_listen(V4, 1, 0);
	cgroup_enter(deep);
	tcp_listen(V4, 1, 0);
	cgroup_enter(self->w.base);
	EXPECT_EQ(NO_LIMIT, tcp_max_of(one));
	rule_set("%s/* tcp.max=100", self->w.base);
	EXPECT_EQ(100, tcp_max_of(one));
	EXPECT_EQ(100, tcp_max_of(two));
	/* * does not cross a slash, and no glob means what is above it. */
	EXPECT_EQ(NO_LIMIT, tcp_max_of(deep));
	EXPECT_EQ(NO_LIMIT, tcp_max_of(self->w.base));
	rule_set("%s/o* tcp.max=200", self->w.base);
	EXPECT_EQ(200, tcp_max_of(one));
	EXPECT_EQ(100, tcp_max_of(two));
	rule_set("%s/one tcp.max=300", self->w.base);
	EXPECT_EQ(300, tcp_max_of(one));
	rule_set("%s/*e tcp.max=250", self->w.base);	/* as long as o*, later */
	EXPECT_EQ(300, tcp_max_of(one));
	rule_set("-%s/one", self->w.base);
	EXPECT_EQ(250, tcp_max_of(one));
	rule_set("-%s/*e", self->w.base);
	EXPECT_EQ(200, tcp_max_of(one));
	rule_set("-%s/o*", self->w.base);
	EXPECT_EQ(100, tcp_max_of(one));
	rule_set("-%s/*", self->w.base);
	EXPECT_EQ(NO_LIMIT, tcp_max_of(one));
}

/* A glob for the top cgroups does not mean the root. */
WORLD_TEST(top_glob_is_not_the_root)
{
	tcp_listen(V4, 1, 0);
	rule_set("/* tcp.max=500");
	EXPECT_EQ(500, tcp_max_of(self->w.base));
	EXPECT_EQ(NO_LIMIT, tcp_max_of("/"));
	rule_set("/ tcp.max=900");
	EXPECT_EQ(900, tcp_max_of("/"));
}

/* A rule may come before its cgroup; same_path_again in caps.c has more of that. */
WORLD_TEST(rule_before_its_cgroup)
{
	const char *path;
	struct counters c;

	rule_set("%s/later tcp.max=5 udp.max=50%% timewait.warn=3", self->w.base);
	path = world_cgroup(&self->w, "later");
	cgroup_enter(path);
	tcp_listen(V4, 1, 0);
	account_get(path, &c);
	EXPECT_EQ(5, c.tcp_max);
	EXPECT_EQ(4, c.tcp_warn);
	EXPECT_EQ(28232 / 2, c.udp_max);
	EXPECT_EQ(NO_LIMIT, c.tw_max);
	EXPECT_EQ(3, c.tw_warn);
}

/* Each namespace has its own rules; the host's file has those for all. */
WORLD_TEST(namespaces_have_their_own)
{
	int first = netns_open();

	rule_set("/x tcp.max=5");
	netns_new();
	EXPECT_EQ(0U, rules_listed(PQ_RULES));
	EXPECT_EQ(0U, rules_listed(PQ_HOST_RULES));
	rule_set("/y tcp.max=6");
	netns_enter(first);
	EXPECT_TRUE(rule_listed(PQ_RULES, "/x tcp.max=5"));
	EXPECT_EQ(1U, rules_listed(PQ_RULES));
}

static void become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		die("cannot become nobody");
	prctl(PR_SET_DUMPABLE, 1);
}

static int fd_write(int fd, const char *text)
{
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

struct rights {
	int ret[8];
	int fd, host_fd;
};

static void as_nobody(void *arg)
{
	struct rights *r = arg;

	become_nobody();
	r->ret[0] = rule_write("/a tcp.max=1");
	r->ret[1] = host_rule_write("/a tcp.max=1");
	/* Opened by root: root's credentials count, not the writer's. */
	r->ret[2] = fd_write(r->fd, "/opened-by-root tcp.max=1");
	r->ret[3] = fd_write(r->host_fd, "/opened-by-root tcp.max=1");
}

WORLD_TEST(openers_credentials_count)
{
	struct rights *r = shared_memory(sizeof(*r));
	int fd;

	r->fd = open(PQ_RULES, O_WRONLY);
	r->host_fd = open(PQ_HOST_RULES, O_WRONLY);
	ASSERT_GE(r->fd, 0);
	ASSERT_GE(r->host_fd, 0);
	EXPECT_EQ(0, child_wait(child_start(as_nobody, r)));
	EXPECT_EQ(-EPERM, r->ret[0]);
	EXPECT_EQ(-EPERM, r->ret[1]);
	EXPECT_EQ(0, r->ret[2]);
	EXPECT_EQ(0, r->ret[3]);
	EXPECT_EQ(0, host_rule_write("-/opened-by-root"));

	/* The other way round: opened without the right, written with it. */
	ASSERT_EQ(0, seteuid(65534));
	fd = open(PQ_RULES, O_WRONLY);
	ASSERT_EQ(0, seteuid(0));
	if (fd >= 0)
		EXPECT_EQ(-EPERM, fd_write(fd, "/opened-by-nobody tcp.max=1"));
	EXPECT_EQ(1U, rules_listed(PQ_RULES));
}

/* The right is the capability, not the user. */
static void as_capable_nobody(void *arg)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { 0 };
	struct rights *r = arg;

	prctl(PR_SET_KEEPCAPS, 1);
	become_nobody();
	caps[0].permitted = 1U << CAP_NET_ADMIN;
	caps[0].effective = caps[0].permitted;
	if (syscall(SYS_capset, &head, caps))
		die("cannot keep CAP_NET_ADMIN");
	r->ret[0] = rule_write("/capable tcp.max=1");
	r->ret[1] = host_rule_write("/capable tcp.max=1");
	r->ret[2] = host_rule_write("-/capable");
}

WORLD_TEST(capability_is_enough)
{
	struct rights *r = shared_memory(sizeof(*r));

	EXPECT_EQ(0, child_wait(child_start(as_capable_nobody, r)));
	EXPECT_EQ(0, r->ret[0]);
	EXPECT_EQ(0, r->ret[1]);
	EXPECT_EQ(0, r->ret[2]);
	EXPECT_EQ(1U, rules_listed(PQ_RULES));
}

static void map_root(unsigned int uid)
{
	must_write("/proc/self/setgroups", "deny");
	must_write("/proc/self/uid_map", "0 %u 1", uid);
	must_write("/proc/self/gid_map", "0 %u 1", uid);
}

static void as_user_namespace_root(void *arg)
{
	struct rights *r = arg;

	become_nobody();
	if (unshare(CLONE_NEWUSER))
		die("cannot make a user namespace");
	map_root(65534);
	/* The test's namespace is not its own. */
	r->ret[0] = rule_write("/a tcp.max=1");
	netns_new();
	r->ret[1] = rule_write("/a tcp.max=1");
	r->ret[2] = (int)rules_listed(PQ_RULES);
	r->ret[3] = host_rule_write("/a tcp.max=max");
	r->ret[4] = open(PQ_HOST_RULES, O_RDONLY) < 0 ? -errno : 0;
	r->ret[5] = open(PQ_HOST_EVENTS, O_RDONLY) < 0 ? -errno : 0;
	r->ret[6] = open(PQ_EVENTS, O_RDONLY) < 0 ? -errno : 0;
}

/* The root of a user namespace writes its own network namespace's rules, and not the host's. */
WORLD_TEST(user_namespace_root_rules_its_own)
{
	struct rights *r = shared_memory(sizeof(*r));

	EXPECT_EQ(0, child_wait(child_start(as_user_namespace_root, r)));
	EXPECT_EQ(-EPERM, r->ret[0]);
	EXPECT_EQ(0, r->ret[1]);
	EXPECT_EQ(1, r->ret[2]);
	EXPECT_EQ(-EPERM, r->ret[3]);
	EXPECT_EQ(-EPERM, r->ret[4]);
	EXPECT_EQ(-EPERM, r->ret[5]);
	EXPECT_EQ(0, r->ret[6]);
	EXPECT_EQ(0U, rules_listed(PQ_RULES));
	EXPECT_EQ(0U, rules_listed(PQ_HOST_RULES));
}

static void in_foreign_user_namespace(void *arg)
{
	struct rights *r = arg;

	if (unshare(CLONE_NEWUSER))
		die("cannot make a user namespace");
	map_root(0);
	/* root there, and the file is root's; but the network is not. */
	r->ret[0] = rule_write("/a tcp.max=1");
	r->ret[1] = host_rule_write("/a tcp.max=1");
	r->ret[2] = open(PQ_HOST_RULES, O_RDONLY) < 0 ? -errno : 0;
}

WORLD_TEST(root_of_a_user_namespace_is_not_root_of_the_network)
{
	struct rights *r = shared_memory(sizeof(*r));

	EXPECT_EQ(0, child_wait(child_start(in_foreign_user_namespace, r)));
	EXPECT_EQ(-EPERM, r->ret[0]);
	EXPECT_EQ(-EPERM, r->ret[1]);
	EXPECT_EQ(-EPERM, r->ret[2]);
	EXPECT_EQ(0U, rules_listed(PQ_RULES));
}

struct view {
	char deep[256];
	int set, above, listed_own, listed_root, listed_other, lines, removed_other;
	long long inner_max;
};

static void from_cgroup_namespace(void *arg)
{
	struct view *v = arg;
	struct counters c;

	cgroup_enter(v->deep);
	if (unshare(CLONE_NEWCGROUP))
		die("cannot make a cgroup namespace");
	v->above = rule_write("/../x tcp.max=1");
	v->set = rule_write("/inner tcp.max=7") ?: rule_write("/g*/x tcp.max=8") ?:
		 rule_write("/ tcp.max=70");
	v->listed_own = rule_listed(PQ_RULES, "/inner tcp.max=7") &&
			rule_listed(PQ_RULES, "/g*/x tcp.max=8");
	v->listed_root = rule_listed(PQ_RULES, "/ tcp.max=70");
	v->listed_other = rule_listed(PQ_RULES, "/other tcp.max=3");
	v->lines = (int)rules_listed(PQ_RULES);
	v->removed_other = rule_write("-/other");
	account_get("/inner", &c);
	v->inner_max = c.tcp_max;
}

/* Paths are as the writer's and the reader's cgroup namespace sees them. */
WORLD_TEST(paths_in_a_cgroup_namespace)
{
	const char *inner = world_cgroup(&self->w, "odd* deep/inner");
	struct view *v = shared_memory(sizeof(*v));
	char line[600];

	snprintf(v->deep, sizeof(v->deep), "%s/odd* deep", self->w.base);
	cgroup_enter(inner);
	tcp_listen(V4, 1, 0);
	cgroup_enter(self->w.base);
	rule_set("/other tcp.max=3");
	EXPECT_EQ(0, child_wait(child_start(from_cgroup_namespace, v)));
	EXPECT_EQ(0, v->set);
	EXPECT_TRUE(v->above == -EINVAL || v->above == -ENOENT);
	EXPECT_TRUE(v->listed_own);
	EXPECT_TRUE(v->listed_root);
	EXPECT_FALSE(v->listed_other);
	EXPECT_EQ(3, v->lines);
	EXPECT_EQ(-ENOENT, v->removed_other);
	EXPECT_EQ(7, v->inner_max);
	EXPECT_EQ(7, tcp_max_of(inner));
	/* From outside it is the whole path, what is to mean itself escaped. */
	snprintf(line, sizeof(line), "%s/odd\\052\\040deep/inner tcp.max=7", self->w.base);
	EXPECT_TRUE(rule_listed(PQ_RULES, line));
	snprintf(line, sizeof(line), "%s/odd\\052\\040deep/g*/x tcp.max=8", self->w.base);
	EXPECT_TRUE(rule_listed(PQ_RULES, line));
	snprintf(line, sizeof(line), "%s/odd\\052\\040deep tcp.max=70", self->w.base);
	EXPECT_TRUE(rule_listed(PQ_RULES, line));
}

WORLD_TEST(mode_and_parameters)
{
	static const char *const modes[] = { "audit", "off", "enforce" };
	char line[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		mode_set(modes[i]);
		ASSERT_EQ(0, file_read_line(PQ_PARAMETERS "/mode", line, sizeof(line)));
		EXPECT_STREQ(modes[i], line);
	}
	EXPECT_EQ(-EINVAL, file_write(PQ_PARAMETERS "/mode", "strict"));
	EXPECT_EQ(-EINVAL, file_write(PQ_PARAMETERS "/mode", "enforcement"));
	EXPECT_EQ(-EINVAL, file_write(PQ_PARAMETERS "/log_interval_ms", "-1"));
	ASSERT_EQ(0, file_read_line(PQ_PARAMETERS "/mode", line, sizeof(line)));
	EXPECT_STREQ("enforce", line);
}

/* Files opened in a namespace that nobody else is in any more work, or fail cleanly. */
WORLD_TEST(files_of_a_namespace_that_goes)
{
	int first = netns_open(), rules, events;
	char buf[256], name[64];

	netns_new();
	netns_name(name, sizeof(name));
	rules = open(PQ_RULES, O_RDWR);
	events = open(PQ_EVENTS, O_RDONLY | O_NONBLOCK);
	ASSERT_GE(rules, 0);
	ASSERT_GE(events, 0);
	EXPECT_EQ(0, fd_write(rules, "/a tcp.max=1"));
	netns_enter(first);
	/* It stays for as long as a file is open. */
	fd_write(rules, "/b tcp.max=1");
	EXPECT_LE(pread(rules, buf, sizeof(buf), 0), (ssize_t)sizeof(buf));
	EXPECT_LE(read(events, buf, sizeof(buf)), 0);
	sleep_ms(200);
	fd_write(rules, "/c tcp.max=1");
	EXPECT_LE(read(events, buf, sizeof(buf)), 0);
	close(rules);
	EXPECT_FALSE(netns_wait_gone(name, 300));
	EXPECT_LE(read(events, buf, sizeof(buf)), 0);
	close(events);
	EXPECT_TRUE(netns_wait_gone(name, lane_scale(10000, 60000)));
}

WORLD_MAIN
