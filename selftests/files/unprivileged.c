// SPDX-License-Identifier: GPL-2.0-only
/*
 * What somebody without rights over the host can make the module do to the host:
 * the root of a user namespace, which uid 65534 can make, rules its own network
 * namespace, but puts no line into the kernel's log, no hook into a function that
 * everybody uses, and only so many globs into memory.  And whoever names a cgroup
 * cannot send control bytes to whoever reads the log.
 */
#include <fcntl.h>

#include "test.h"

WORLD_FIXTURE

/* The root of a user and a network namespace of its own, which does what it is told. */
struct tenant {
	const char *cgroup;
	struct gate go, done;
	char line[4096];	/* to be written to its rules; "": connect */
	int ret;		/* 0 or -errno of that */
	int listener;
	pid_t pid;
};

static void tenant_connect(struct tenant *t)
{
	struct addr to = addr_local(t->listener);

	t->ret = try_connect(tcp_socket(V4), &to);
}

static void tenant_live(void *arg)
{
	struct tenant *t = arg;

	cgroup_enter(t->cgroup);
	become_root_of_user_namespace();
	netns_new();
	t->listener = tcp_listen(V4, 1, PORT_OUTSIDE);
	for (;;) {
		gate_open(&t->done);
		gate_wait(&t->go);
		if (t->line[0])
			t->ret = file_write(PQ_RULES, t->line);
		else
			tenant_connect(t);
	}
}

static struct tenant *tenant_start(const char *cgroup)
{
	struct tenant *t = shared_memory(sizeof(*t));

	t->cgroup = cgroup;
	gate_make(&t->go);
	gate_make(&t->done);
	t->pid = child_start(tenant_live, t);
	gate_wait(&t->done);
	return t;
}

static int tenant_do(struct tenant *t)
{
	gate_open(&t->go);
	gate_wait(&t->done);
	return t->ret;
}

static int __attribute__((format(printf, 2, 3))) tenant_rule(struct tenant *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->line, sizeof(t->line), fmt, ap);
	va_end(ap);
	return tenant_do(t);
}

static int tenant_connects(struct tenant *t)
{
	t->line[0] = '\0';
	return tenant_do(t);
}

#define SKIP_WITHOUT_USER_NAMESPACES()						\
	do {									\
		if (access("/proc/self/ns/user", F_OK))				\
			SKIP(return, "the kernel has no user namespaces");	\
	} while (0)

/* How long a line may take from the event to the log. */
#define LOGGED lane_scale(1000, 4000)

/* Over a threshold and a limit, and a rule that is refused. */
WORLD_TEST(foreign_namespace_is_not_in_the_log)
{
	struct tenant *t;
	unsigned int before, i;

	SKIP_WITHOUT_USER_NAMESPACES();
	must_write(PQ_PARAMETERS "/log_interval_ms", "0");
	t = tenant_start(self->w.base);
	sleep_ms(LOGGED);
	before = log_lines("", "");
	EXPECT_EQ(0, tenant_rule(t, "%s tcp.warn=1 tcp.max=2", self->w.base));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, tenant_connects(t));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EADDRNOTAVAIL, tenant_connects(t));
	sleep_ms(LOGGED);
	EXPECT_EQ(before, log_lines("", "")) TH_LOG("warnings are in the log");

	before = log_lines("", "");
	EXPECT_EQ(-EINVAL, tenant_rule(t, "%s nonsense=1", self->w.base));
	EXPECT_EQ(-ENOENT, tenant_rule(t, "-%s/none", self->w.base));
	sleep_ms(LOGGED);
	EXPECT_EQ(before, log_lines("", "")) TH_LOG("refused rules are in the log");
	must_write(PQ_PARAMETERS "/log_interval_ms", "5000");
}

/* The same in a namespace that belongs to the host: there the log has it. */
WORLD_TEST(own_namespace_is_in_the_log)
{
	struct addr to;
	unsigned int i;

	must_write(PQ_PARAMETERS "/log_interval_ms", "0");
	/* The refusals of tests before this one may have used up what the log takes. */
	sleep_ms(5500);
	rule_set("%s tcp.warn=1 tcp.max=2", self->w.base);
	to = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE));
	for (i = 0; i < 3; i++)
		try_connect(tcp_socket(V4), &to);
	EXPECT_EQ(-EINVAL, rule_write("%s-x nonsense=1", self->w.base));
	sleep_ms(LOGGED);
	EXPECT_LE(1U, log_lines(self->w.base, "threshold crossed"));
	EXPECT_LE(1U, log_lines(self->w.base, "refusing"));
	EXPECT_LE(1U, log_lines("nonsense", "refused"));
	must_write(PQ_PARAMETERS "/log_interval_ms", "5000");
}

#define CGROUPS 60
#define UNASKED 32U	/* module/warn/logger.c */

/* What each of them is refused costs nothing, and no rule asks to be told. */
WORLD_TEST_LONG(lines_without_a_rule_are_few, 60)
{
	struct addr taken = addr_local(tcp_listen(V4, 1, 40017)), to;
	unsigned int i, lines;
	char name[32];
	int listener;

	must_write(PQ_PARAMETERS "/log_interval_ms", "0");
	log_begin();
	for (i = 0; i < CGROUPS; i++) {
		snprintf(name, sizeof(name), "user-%u", i);
		cgroup_enter(world_cgroup(&self->w, name));
		EXPECT_EQ(-EADDRINUSE, try_bind(tcp_socket(V4), &taken));
	}
	sleep_ms(LOGGED);
	lines = log_lines(self->w.base, "taken");
	diag("%u lines of %u cgroups", lines, CGROUPS);
	EXPECT_LT(0U, lines);
	EXPECT_GE(UNASKED, lines);

	/* What is worse is told all the same, and what a rule asks for. */
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40000");
	cgroup_enter(world_cgroup(&self->w, "unlucky"));
	listener = tcp_listen(V4, 1, PORT_OUTSIDE + 1);
	to = addr_local(listener);
	try_connect(tcp_socket(V4), &to);
	try_connect(tcp_socket(V4), &to);
	rule_set("%s tcp.max=0", self->w.base);
	try_connect(tcp_socket(V4), &to);
	sleep_ms(LOGGED);
	EXPECT_EQ(1U, log_lines("/unlucky", "exhausted"));
	EXPECT_EQ(1U, log_lines(self->w.base, "refusing"));
	must_write(PQ_PARAMETERS "/log_interval_ms", "5000");
}

/* A cgroup's name may have any byte but a slash and a newline, and so may a rule. */
WORLD_TEST(control_bytes_are_escaped_in_the_log)
{
	unsigned int before = log_raw_lines(), i;
	const char *evil = world_cgroup(&self->w, "evil\033[31mred\033[0m\r\a\b\177");
	struct addr to = addr_local(tcp_listen(V4, 1, PORT_OUTSIDE));

	rule_set("%s/evil* tcp.warn=1 tcp.max=1", self->w.base);
	cgroup_enter(evil);
	for (i = 0; i < 2; i++)
		try_connect(tcp_socket(V4), &to);
	cgroup_enter(self->w.base);
	rule_write("/\033[31m nonsense=\033[0m\r");
	rule_write("-/none\033[31m");
	sleep_ms(LOGGED);
	EXPECT_LE(2U, log_lines("evil", "")) TH_LOG("the log does not tell of it");
	EXPECT_EQ(before, log_raw_lines()) TH_LOG("the log has a raw control byte");
}

/* How many there are when they come to be @want, or in the end. */
static unsigned int hooked_settled(unsigned int want)
{
	unsigned long long end = now_ms() + lane_scale(10000, 60000);
	unsigned int n;

	while ((n = hooked_functions()) != want && now_ms() < end)
		sleep_ms(50);
	return n;
}

static const char *const demanding[] = {
	"/ tcp.range=20000-29999", "/ udp.range=20000-29999", "/ timewait.delay=30",
};

/*
 * Whether a setting needs a hook that is not there before depends on the kernel:
 * it does if the same rule of the host's root adds one.
 */
WORLD_TEST_LONG(hooks_on_demand_are_the_hosts, 240)
{
	struct tenant *t;
	unsigned int i, none, some;

	SKIP_WITHOUT_USER_NAMESPACES();
	if (!module_have("portquota"))
		SKIP(return, "no portquota.ko in this guest");
	for (i = 0; i < ARRAY_SIZE(demanding); i++) {
		bool needed;
		int ret;

		/* Nothing that tests before this one asked for. */
		portquota_unload();
		portquota_load();
		none = hooked_functions();
		t = tenant_start(self->w.base);
		ret = tenant_rule(t, "%s", demanding[i]);
		EXPECT_EQ(none, hooked_functions())
			TH_LOG("'%s' in a user namespace hooks the host", demanding[i]);
		EXPECT_EQ(0, tenant_rule(t, "/ tcp.max=1000")) TH_LOG("a rule without a hook");
		child_kill(t->pid);

		portquota_unload();
		portquota_load();
		none = hooked_functions();
		t = tenant_start(self->w.base);
		rule_set("%s", demanding[i]);
		some = hooked_functions();
		needed = some > none;
		EXPECT_EQ(needed ? -EPERM : 0, ret) TH_LOG("'%s' alone", demanding[i]);
		EXPECT_EQ(0, tenant_rule(t, "%s", demanding[i]))
			TH_LOG("'%s' where the host has it already", demanding[i]);

		/* The hooks go when the last rule that needs them goes. */
		EXPECT_EQ(0, rule_write("-/"));
		sleep_ms(500);
		EXPECT_EQ(some, hooked_functions())
			TH_LOG("'%s' is still in force in a user namespace", demanding[i]);
		EXPECT_EQ(0, tenant_rule(t, "-/"));
		EXPECT_EQ(none, hooked_settled(none)) TH_LOG("after '%s'", demanding[i]);
		child_kill(t->pid);
	}
}

/* The rules of a namespace go with it, and what they asked for. */
WORLD_TEST_LONG(hooks_on_demand_go_with_the_namespace, 120)
{
	unsigned int none, some;
	struct tenant *t;

	SKIP_WITHOUT_USER_NAMESPACES();
	if (!module_have("portquota"))
		SKIP(return, "no portquota.ko in this guest");
	portquota_unload();
	portquota_load();
	none = hooked_functions();
	t = tenant_start(self->w.base);
	host_rule_set("%s tcp.range=20000-29999", self->w.base);
	some = hooked_functions();
	EXPECT_LT(none, some);
	EXPECT_EQ(0, tenant_rule(t, "%s tcp.range=20000-29999", self->w.base));
	EXPECT_EQ(0, host_rule_write("-%s", self->w.base));
	child_kill(t->pid);
	EXPECT_EQ(none, hooked_settled(none));
}

#define GLOB_CHARS 2048		/* for a network namespace that is not the host's */

/* Of so many characters, until one is refused with *@ret. Returns the characters of the others. */
static unsigned int globs_until_refused(struct tenant *t, int *ret)
{
	unsigned int i, chars = 0;

	*ret = 0;
	for (i = 0; i < 250; i++) {
		char glob[160];

		snprintf(glob, sizeof(glob), "/glob-%03u-%0100u*", i, 0);
		*ret = t ? tenant_rule(t, "%s tcp.max=1000", glob) :
			   rule_write("%s tcp.max=1000", glob);
		if (*ret)
			break;
		chars += (unsigned int)strlen(glob);
	}
	return chars;
}

/* Each new cgroup is compared with all of them. */
WORLD_TEST_LONG(globs_of_a_foreign_namespace_are_few, 60)
{
	unsigned int chars;
	int ret;

	SKIP_WITHOUT_USER_NAMESPACES();
	chars = globs_until_refused(tenant_start(self->w.base), &ret);
	EXPECT_EQ(-ENOSPC, ret);
	EXPECT_GE(GLOB_CHARS, chars);
	EXPECT_LE(GLOB_CHARS - 160, chars);
	EXPECT_LT(4U * GLOB_CHARS, globs_until_refused(NULL, &ret));
}

WORLD_MAIN
