// SPDX-License-Identifier: GPL-2.0-only
/*
 * Others on the same functions do not disturb the counting: the function
 * tracer, the graph tracer, kprobes and kretprobes, switched on and off while
 * connections come and go.
 */
#include "test.h"

WORLD_FIXTURE

static const char *const hooked[] = {
	"inet_hash_connect", "inet6_hash_connect", "inet_csk_get_port", "inet_put_port",
	"tcp_disconnect", "inet_twsk_bind_unhash", "udp_lib_get_port", "udp_lib_unhash",
};

static bool tracing_here(const char *tracer)
{
	char *text = file_slurp(TRACING "available_tracers");
	bool here = text && strstr(text, tracer);

	free(text);
	return here;
}

static void tracer_set(const char *tracer)
{
	unsigned int i;

	file_write(TRACING "set_ftrace_filter", "\n");
	for (i = 0; i < ARRAY_SIZE(hooked); i++)
		file_write(TRACING "set_ftrace_filter", hooked[i]);
	must_write(TRACING "current_tracer", "%s", tracer);
}

static void tracing_off(void)
{
	file_write(TRACING "events/kprobes/enable", "0");
	file_write(TRACING "current_tracer", "nop");
	file_write(TRACING "set_ftrace_filter", "\n");
	file_write(TRACING "kprobe_events", "\n");
	file_write(TRACING "trace", "\n");
}

/* A known amount of everything; checks that it was counted to the last one. */
static void some_traffic(struct __test_metadata *_metadata, unsigned int n)
{
	struct stat_file before, after;
	int listener = tcp_listen(V4, 1, 0);
	int listener6 = tcp_listen(V6, 1, 0);
	struct addr to = addr_make(V4, 1, 53);
	unsigned int i;

	stat_read(&before);
	for (i = 0; i < n; i++) {
		struct pair p = pair_open(i % 2 ? listener : listener6);
		int udp = udp_socket(V4);

		must_connect(udp, &to);
		pair_close(&p, i % CLOSE_BOTH);
		close(udp);
	}
	close(listener);
	close(listener6);
	EXPECT_EQ(0U, invariants_at_rest("under a tracer"));
	stat_read(&after);
	EXPECT_EQ(before.c.tcp_begun + n, after.c.tcp_begun);
	EXPECT_EQ(before.c.udp_begun + n, after.c.udp_begun);
	EXPECT_EQ(before.c.udp_current, after.c.udp_current);
	EXPECT_EQ(0, after.c.hooks_missed);
	EXPECT_TRUE(after.live);
}

WORLD_TEST(function_tracer)
{
	char *trace;

	if (!tracing_here("function"))
		SKIP(return, "no function tracer");
	tracer_set("function");
	some_traffic(_metadata, 100);
	trace = must_slurp(TRACING "trace");
	/* A tracer sees each call once, although the module redirects it. */
	EXPECT_GE(lines_with(trace, "inet_hash_connect"), 50U);
	free(trace);
	tracing_off();
	some_traffic(_metadata, 20);
}

WORLD_TEST(graph_tracer)
{
	if (!tracing_here("function_graph"))
		SKIP(return, "no function graph tracer");
	tracer_set("function_graph");
	some_traffic(_metadata, 100);
	tracing_off();
	some_traffic(_metadata, 20);
}

WORLD_TEST(kprobes)
{
	unsigned int i, probes = 0;
	char line[128];

	if (access(TRACING "kprobe_events", W_OK))
		SKIP(return, "no kprobe_events");
	for (i = 0; i < ARRAY_SIZE(hooked); i++) {
		snprintf(line, sizeof(line), "p:pq_p_%s %s", hooked[i], hooked[i]);
		probes += !file_write(TRACING "kprobe_events", line);
	}
	for (i = 0; i < ARRAY_SIZE(hooked); i++) {
		snprintf(line, sizeof(line), "r:pq_r_%s %s", hooked[i], hooked[i]);
		file_write(TRACING "kprobe_events", line);
	}
	EXPECT_LT(0U, probes);
	EXPECT_EQ(0, file_write(TRACING "events/kprobes/enable", "1"));
	some_traffic(_metadata, 100);
	{
		char *trace = must_slurp(TRACING "trace");

		EXPECT_GE(lines_with(trace, "pq_p_inet_hash_connect"), 50U);
		free(trace);
	}
	tracing_off();
	some_traffic(_metadata, 20);
}

static void traffic_until(void *arg)
{
	volatile bool *stop = arg;
	int listener = tcp_listen(V4, 1, 0);
	unsigned int i = 0;

	while (!*stop) {
		struct pair p = pair_open(listener);

		pair_close(&p, i++ % CLOSE_BOTH);
	}
}

/* Tracers come and go under traffic. */
WORLD_TEST_LONG(tracers_come_and_go, 60)
{
	bool *stop = shared_memory(sizeof(*stop));
	unsigned int i;
	pid_t pid[2];

	if (!tracing_here("function"))
		SKIP(return, "no function tracer");
	sysctl_set("net.ipv4.tcp_max_tw_buckets", "100000");
	pid[0] = child_start(traffic_until, stop);
	pid[1] = child_start(traffic_until, stop);
	for (i = 0; i < lane_count(10, 3, 3); i++) {
		tracer_set(i % 2 && tracing_here("function_graph") ? "function_graph" :
			   "function");
		file_write(TRACING "kprobe_events", "p:pq_p inet_hash_connect");
		file_write(TRACING "kprobe_events", "r:pq_r inet_put_port");
		file_write(TRACING "events/kprobes/enable", "1");
		sleep_ms(50);
		tracing_off();
	}
	*stop = true;
	EXPECT_EQ(0, child_wait(pid[0]));
	EXPECT_EQ(0, child_wait(pid[1]));
}

/* The module loads and goes while a tracer has the same functions. */
WORLD_TEST_LONG(loads_under_a_tracer, 60)
{
	if (!tracing_here("function") || !module_have("portquota"))
		SKIP(return, "no function tracer or no portquota.ko");
	portquota_unload();
	tracer_set("function");
	file_write(TRACING "kprobe_events", "p:pq_p inet_hash_connect");
	file_write(TRACING "events/kprobes/enable", "1");
	EXPECT_EQ(0, module_load("portquota", ""));
	some_traffic(_metadata, 50);
	EXPECT_EQ(0, module_unload("portquota"));
	tracing_off();
	EXPECT_EQ(0, module_load("portquota", ""));
	some_traffic(_metadata, 20);
}

WORLD_MAIN
