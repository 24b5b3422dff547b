// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading is all or nothing: when a function is missing, has another shape or
 * belongs to somebody else, the module names it, undoes the hooks before it and
 * does not load.  ftrace cannot be switched off under the module, which does not
 * load while it is off.  Removing the module leaves the kernel as it was.
 *
 * Needs /lib/portquota/portquota.ko, and pq_take.ko for the refusals.
 */
#include <fcntl.h>
#include <sys/utsname.h>

#include "test.h"

#define ENABLED "/sys/kernel/tracing/enabled_functions"
#define FTRACE_ENABLED "/proc/sys/kernel/ftrace_enabled"

static bool was_loaded;

/* The names of the functions that have a hook, one a line; the caller frees. */
static char *enabled_functions(void)
{
	char *text = must_slurp(ENABLED), *from = text, *to = text;

	while (*from) {
		size_t line = strcspn(from, "\n"), name = strcspn(from, " \n");
		char *next = from + line + (from[line] == '\n');

		memmove(to, from, name);
		to += name;
		*to++ = '\n';
		from = next;
	}
	*to = '\0';
	return text;
}

static unsigned int count_lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void kmsg_mark(int *fd)
{
	*fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (*fd >= 0)
		lseek(*fd, 0, SEEK_END);
}

/* Does a kernel message of portquota since the mark contain @word? */
static bool kmsg_has(int fd, const char *word)
{
	bool found = false;
	char line[2048];
	ssize_t n;

	while ((n = read(fd, line, sizeof(line) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		line[n] = '\0';
		found |= strstr(line, "portquota") && strstr(line, word);
	}
	return found;
}

FIXTURE(hooks) {
	char *before;
};

FIXTURE_SETUP(hooks)
{
	if (portquota_loaded())
		portquota_unload();
	self->before = enabled_functions();
}

FIXTURE_TEARDOWN(hooks)
{
	char *after;

	if (module_is_loaded("pq_take"))
		module_unload("pq_take");
	if (portquota_loaded())
		portquota_unload();
	after = enabled_functions();
	EXPECT_STREQ(self->before, after);
	if (was_loaded)
		portquota_load();
}

TEST_F_TIMEOUT(hooks, removed_without_a_trace, lane_timeout(60))
{
	static const char *const gone[] = {
		"/proc/net/portquota", "/proc/portquota", "/sys/module/portquota",
	};
	char *slabs = must_slurp("/proc/slabinfo"), *after;
	unsigned int i;

	portquota_load();
	EXPECT_TRUE(portquota_loaded());
	portquota_unload();
	for (i = 0; i < ARRAY_SIZE(gone); i++)
		EXPECT_EQ(-1, access(gone[i], F_OK));
	after = must_slurp("/proc/slabinfo");
	EXPECT_EQ(NULL, strstr(after, "portquota"));
	EXPECT_EQ(count_lines(slabs), count_lines(after));
	free(slabs);
	free(after);
}

TEST_F_TIMEOUT(hooks, twice_is_refused, lane_timeout(30))
{
	portquota_load();
	EXPECT_EQ(-EEXIST, module_load("portquota", ""));
	EXPECT_TRUE(portquota_loaded());
}

/* Whichever function somebody else has, the load fails, names it and undoes the others. */
TEST_F_TIMEOUT(hooks, every_refused_hook_undoes_the_others, lane_timeout(120))
{
	char *with, *line, *rest, *taken, *after;
	unsigned int hooks = 0;

	if (!module_have("pq_take"))
		SKIP(return, "no pq_take.ko in this guest");
	portquota_load();
	with = enabled_functions();
	portquota_unload();
	for (rest = with; (line = strsep(&rest, "\n")) && *line;) {
		char params[128];
		int kmsg, ret;

		if (strstr(self->before, line))
			continue;
		hooks++;
		snprintf(params, sizeof(params), "function=%s", line);
		ret = module_load("pq_take", params);
		ASSERT_EQ(0, ret) TH_LOG("pq_take %s", params);
		taken = enabled_functions();
		kmsg_mark(&kmsg);
		ret = module_load("portquota", "");
		EXPECT_GT(0, ret) TH_LOG("portquota loads though %s is taken", line);
		if (!ret)
			portquota_unload();
		EXPECT_TRUE(kmsg_has(kmsg, line)) TH_LOG("the log does not name %s", line);
		close(kmsg);
		EXPECT_FALSE(portquota_loaded());
		after = enabled_functions();
		EXPECT_STREQ(taken, after);
		free(after);
		free(taken);
		ASSERT_EQ(0, module_unload("pq_take"));
	}
	free(with);
	diag("%u hooked functions tried", hooks);
	EXPECT_LE(8U, hooks);
	EXPECT_EQ(0, module_load("portquota", ""));
}

#define HOOKED "inet_twsk_bind_unhash"	/* not exported: its name is only what is looked for */

/* Loads the module with each @wanted in its file, of @size bytes, replaced by @put. */
static int load_with(const void *wanted, const void *put, size_t size)
{
	unsigned int found = 0;
	size_t file_size;
	char *file, *at;
	int ret;

	file = module_read("portquota", &file_size);
	for (at = file; (at = memmem(at, file_size - (size_t)(at - file), wanted, size));) {
		memcpy(at, put, size);
		found++;
	}
	ret = found ? module_load_image(file, file_size) : 0;
	free(file);
	return ret;
}

/* As if it hooked @name, which is no longer than HOOKED, instead of that. */
static int load_hooking(const char *name)
{
	static const char wanted[] = "\0" HOOKED;
	char put[sizeof(wanted)] = "";

	strcpy(put + 1, name);
	return load_with(wanted, put, sizeof(wanted));
}

/* The module does not load, and names the function that is not there or cannot be traced. */
TEST_F_TIMEOUT(hooks, what_is_not_there_is_named, lane_timeout(60))
{
	static const struct {
		const char *name, *why;
	} hook[] = {
		{ "inet_twsk_bind_gone", "cannot hook inet_twsk_bind_gone: not found" },
		/* Written in assembler on each architecture: there, but it cannot be traced */
		{ "copy_page", "cannot hook copy_page: not a traceable function" },
	};
	char *after;
	unsigned int i;
	int kmsg, ret;

	for (i = 0; i < ARRAY_SIZE(hook); i++) {
		kmsg_mark(&kmsg);
		ret = load_hooking(hook[i].name);
		EXPECT_GT(0, ret) TH_LOG("loads with %s", hook[i].name);
		if (!ret)
			portquota_unload();
		EXPECT_TRUE(kmsg_has(kmsg, hook[i].why)) TH_LOG("the log lacks: %s", hook[i].why);
		close(kmsg);
		after = enabled_functions();
		EXPECT_STREQ(self->before, after);
		free(after);
	}
}

/* With CONFIG_MODVERSIONS the kernel itself does not look at the release. */
TEST_F_TIMEOUT(hooks, another_kernel_is_named, lane_timeout(60))
{
	char wanted[sizeof(struct utsname)] = "", put[sizeof(wanted)], said[2 * sizeof(wanted)];
	struct utsname uts;
	size_t size;
	int kmsg;

	ASSERT_EQ(0, uname(&uts));
	size = strlen(uts.release) + 2;
	strcpy(wanted + 1, uts.release);
	memcpy(put, wanted, sizeof(put));
	put[1] = '0';
	snprintf(said, sizeof(said), "built for kernel %s, and this is %s", put + 1, uts.release);
	kmsg_mark(&kmsg);
	EXPECT_EQ(-ENOEXEC, load_with(wanted, put, size));
	EXPECT_TRUE(kmsg_has(kmsg, said)) TH_LOG("the log lacks: %s", said);
	close(kmsg);
}

TEST_F_TIMEOUT(hooks, nobody_takes_one_away, lane_timeout(60))
{
	if (!module_have("pq_take"))
		SKIP(return, "no pq_take.ko in this guest");
	portquota_load();
	EXPECT_EQ(-EBUSY, module_load("pq_take", "function=inet_put_port"));
	EXPECT_TRUE(portquota_loaded());
}

/* On newer kernels nobody can switch it off, whether a module needs it or not. */
static bool tracing_can_be_switched_off(void)
{
	if (file_write(FTRACE_ENABLED, "0") == -EOPNOTSUPP)
		return false;
	must_write(FTRACE_ENABLED, "1");
	return true;
}

TEST_F_TIMEOUT(hooks, tracing_cannot_be_switched_off, lane_timeout(30))
{
	if (!tracing_can_be_switched_off())
		SKIP(return, "nobody can switch tracing off on this kernel");
	portquota_load();
	EXPECT_EQ(-EBUSY, file_write(FTRACE_ENABLED, "0"));
	EXPECT_EQ(1, sysctl_get("kernel.ftrace_enabled"));
	portquota_unload();
	EXPECT_EQ(0, file_write(FTRACE_ENABLED, "0"));
	EXPECT_EQ(0, file_write(FTRACE_ENABLED, "1"));
}

TEST_F_TIMEOUT(hooks, does_not_load_while_tracing_is_off, lane_timeout(30))
{
	int kmsg, ret;

	if (!tracing_can_be_switched_off())
		SKIP(return, "nobody can switch tracing off on this kernel");
	ASSERT_EQ(0, file_write(FTRACE_ENABLED, "0"));
	kmsg_mark(&kmsg);
	ret = module_load("portquota", "");
	EXPECT_GT(0, ret);
	EXPECT_TRUE(kmsg_has(kmsg, "")) TH_LOG("the log does not say why");
	close(kmsg);
	if (!ret)
		portquota_unload();
	ASSERT_EQ(0, file_write(FTRACE_ENABLED, "1"));
	EXPECT_EQ(0, module_load("portquota", ""));
}

/* What a namespace held is forgotten with the module and found again with the next. */
TEST_F_TIMEOUT(hooks, loaded_again_finds_everything, lane_timeout(60))
{
	struct world w;
	struct pair p[3];
	struct addr a;
	int listener, bound, udp;
	unsigned int i;

	portquota_load();
	ASSERT_TRUE(world_open(&w));
	listener = tcp_listen(V4, 1, 0);
	for (i = 0; i < 3; i++)
		p[i] = pair_open(listener);
	a = addr_make(V6, 1, 0);
	bound = tcp_socket(V6);
	must_bind(bound, &a);
	udp = udp_socket(V6);
	must_bind(udp, &a);
	EXPECT_STAT(tcp_current, 5);
	EXPECT_STAT(udp_current, 1);
	portquota_unload();
	portquota_load();
	EXPECT_STAT(tcp_current, 5);
	EXPECT_STAT(udp_current, 1);
	EXPECT_STAT(tcp_bound, 1);
	EXPECT_STAT(tcp_shareable, 3);
	EXPECT_STAT(tcp_exclusive, 2);
	EXPECT_ACCOUNT(w.base, tcp_local, 5);
	pair_close(&p[0], CLOSE_CLIENT);
	EXPECT_STAT(tcp_current, 5);
	EXPECT_STAT(tw_reserving, 1);
	portquota_unload();
	portquota_load();
	EXPECT_STAT(tcp_current, 5);
	EXPECT_STAT(tw_reserving, 1);
	EXPECT_EQ(0U, world_close(&w));
}

int main(int argc, char **argv)
{
	was_loaded = portquota_loaded();
	if (!module_have("portquota"))
		ksft_exit_skip("no portquota.ko in this guest\n");
	if (access(ENABLED, R_OK))
		ksft_exit_skip("no %s\n", ENABLED);
	return test_harness_run(argc, argv);
}
