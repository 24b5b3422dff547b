// SPDX-License-Identifier: GPL-2.0-only
/*
 * diagnose: tests of the diagnosis alone. A case changes the resources of a namespace in which
 * nothing is short, and says what is to be found then: causes in order, ! for certain, ? for likely.
 * Prints "ok CASE" or "not ok CASE" for each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "resource/largest.h"
#include "why/diagnosis.h"

enum { TCP, UDP, OWN, FIRST, SECOND, POD, SERVICE, WORKER, BUCKETS, PORT, RESOURCES };

static struct resource list[RESOURCES];
static struct leak leaks[2];
static struct survey now;
static struct resources resources;
static struct widening widening;
static struct neighbours neighbours;
static struct view view;
static struct run runs[1];
static char reserved[64];

static struct resource *range_of(size_t at, const char *name, const char *range, size_t capacity)
{
	list[at] = (struct resource){
		.kind = RESOURCE_RANGE, .name = name, .path = "/", .range = range, .low = 1,
		.high = 10000, .capacity = capacity, .used = capacity / 10, .exact = true,
		.seconds = 1, .seen = true,
	};
	return &list[at];
}

static void destination_of(size_t at, const char *to)
{
	list[at] = (struct resource){
		.kind = RESOURCE_DESTINATION, .name = "tcp", .path = "/", .range = "1-10000",
		.low = 1, .high = 10000, .source = "s", .destination = to, .capacity = 10000,
		.used = 900, .free = 9000, .exact = true, .seconds = 1, .seen = true,
	};
}

static void limit_of(size_t at, const char *path)
{
	list[at] = (struct resource){
		.kind = RESOURCE_LIMIT, .name = "tcp", .path = path, .capacity = 1000, .used = 100,
		.warned_at = UINT64_MAX, .enforced = true, .seconds = 1, .seen = true,
	};
}

static void hold(struct users *users, const char *cgroup, const char *comm, uint64_t pid,
		 enum user_state state, uint64_t count)
{
	struct holding who = { .cgroup = (char *)cgroup, .comm = (char *)comm, .pid = pid };

	users_add(users, &who, count);
	users->states[state] += count;
}

static void make_calm(void)
{
	for (size_t i = 0; i < RESOURCES; i++) {
		users_free(&list[i].users);
		users_free(&list[i].binders);
		users_free(&list[i].closers);
	}
	for (size_t i = 0; i < ARRAY_SIZE(leaks); i++)
		users_free(&leaks[i].users);
	range_of(TCP, "tcp", "1-10000", 10000);
	range_of(UDP, "udp", "1-10000", 10000);
	*range_of(OWN, "tcp", "5-304", 300) = (struct resource){
		.kind = RESOURCE_RANGE, .name = "tcp", .path = "/pod", .range = "5-304", .low = 5,
		.high = 304, .own = true, .capacity = 300, .seconds = 1, .seen = true,
	};
	destination_of(FIRST, "d:1");
	destination_of(SECOND, "d:2");
	limit_of(POD, "/pod");
	limit_of(SERVICE, "/service");
	limit_of(WORKER, "/service/worker");
	list[BUCKETS] = (struct resource){
		.kind = RESOURCE_BUCKETS, .name = "timewait", .path = "/", .capacity = 4000,
		.used = 100, .seconds = 1, .seen = true,
	};
	list[PORT] = (struct resource){
		.kind = RESOURCE_PORT, .name = "tcp", .path = "/", .port = 40017, .capacity = 1,
		.source = "", .destination = "", .failing = "/service", .seconds = 1,
		.seen = true,
	};
	for (size_t i = 0; i < ARRAY_SIZE(leaks); i++)
		leaks[i] = (struct leak){ .proto = "tcp", .state = STATE_CLOSE_WAIT, .comm = "c" };
	record_free(&now.stat);
	snprintf(reserved, sizeof(reserved), "7");
	now = (struct survey){
		.wall = 1000, .destinations_known = true,
		.sysctls = { .tcp_tw_reuse = 0, .tcp_timestamps = 1, .tcp_max_tw_buckets = 4000,
			     .low = 1, .high = 10000, .reserved = reserved },
	};
	record_add_text(&now.stat, "range", "1-10000");
	resources = (struct resources){
		.list = list, .count = RESOURCES, .leaks = leaks, .leak_count = ARRAY_SIZE(leaks),
		.now = &now, .seconds = 1, .closer = true,
	};
	widening = (struct widening){ .low = 1024, .high = 65535 };
	neighbours = (struct neighbours){ 0 };
	view = (struct view){
		.resources = &resources, .now = &now, .widening = &widening,
		.neighbours = &neighbours,
	};
}

static void nothing(void) { }
static void unseen(void) { resources.closer = false; }
static void no_destinations(void) { now.destinations_known = false; }

/* A row of the record, in which no destination is told of */
static void row_without(void)
{
	view.recorded = true;
	limit_of(FIRST, "/a");
	limit_of(SECOND, "/b");
}

static void row_with_less(void) { row_without(); view.missing = "this row has totals only"; }

static void rule_full(void) { list[WORKER].used = 1000; }
static void rule_over(void) { list[WORKER].used = 2000; }
static void rule_near(void) { list[WORKER].used = 999; }
static void rule_warned(void) { rule_near(); list[WORKER].warned_at = 800; }
static void rule_audit(void) { rule_full(); list[WORKER].enforced = false; }
static void rule_of_two(void) { rule_full(); list[POD].used = 1000; list[POD].failed = 5; }
static void rule_was_full(void) { list[SERVICE].used = 990; list[SERVICE].failed = 7; }

static void no_time(void)
{
	list[POD].used = 1000;
	list[POD].failed = 3;
	list[POD].seconds = 0;
}


static void rule_warns_only(void)
{
	list[WORKER].capacity = UINT64_MAX;
	list[WORKER].warned_at = 80;
}

static void rule_timewait(void) { rule_full(); list[WORKER].name = "timewait"; }

static void rule_gone(void)
{
	list[WORKER].capacity = UINT64_MAX;
	list[WORKER].failed = 1;
}

static void rule_none_of_none(void)
{
	list[POD].capacity = 0;
	list[POD].used = 0;
}

static void rule_none_at_all(void)
{
	rule_none_of_none();
	list[POD].failed = 1;
}

static void range_bound(void) { list[TCP].used = 10000; list[TCP].exclusive = 10000; }
static void range_spoiled(void) { list[TCP].used = 10000; list[TCP].spoiled = 10000; }
static void range_bound_half(void) { list[TCP].used = 5000; list[TCP].exclusive = 5000; }
static void range_bound_near(void) { list[TCP].used = 8000; list[TCP].exclusive = 8000; }
static void range_shared(void) { list[TCP].used = 10000; }
static void range_shared_fails(void) { range_shared(); list[TCP].failed = 4; }
static void range_near(void) { list[TCP].used = 7500; }
static void range_below(void) { list[TCP].used = 7499; }
static void range_reserved(void) { range_near(); list[TCP].reserved = 6000; }
static void range_udp(void) { list[UDP].used = 10000; }
static void range_udp_near(void) { list[UDP].used = 7500; }
static void range_odd(void) { list[TCP].failed = 4; }
static void range_empty(void) { list[TCP].capacity = 0; list[TCP].used = 0; }
static void range_soon(void) { list[TCP].growth = 300; list[TCP].used = 2000; }

static void range_reused(void)
{
	list[TCP].used = 10000;
	list[TCP].reusable = 10000;
	list[TCP].users.count = 10000;
	list[TCP].users.states[STATE_TIME_WAIT] = 10000;
}

/* Few connections to there, and yet no port: what bind() holds has taken them. */
static void range_no_room(void)
{
	list[FIRST].free = 0;
	list[TCP].exclusive = 9100;
	list[TCP].used = 10000;
}

static void range_own(void)
{
	list[OWN].used = 300;
	list[OWN].exclusive = 300;
}

static void destination_half(void) { list[SECOND].used = 5000; list[SECOND].free = 5000; }
static void destination_below(void) { list[SECOND].used = 4999; }
static void destination_full(void) { list[SECOND].used = 9990; list[SECOND].free = 0; }
static void destination_old(void) { destination_full(); list[SECOND].exact = false; }
static void destination_nothing(void) { list[SECOND].capacity = 0; list[SECOND].free = 0; }

static void destination_fails(void)
{
	destination_full();
	list[TCP].failed = 4;
}

static void destination_reused(void)
{
	destination_full();
	list[SECOND].timewait = 9990;
	list[SECOND].reusable = 9000;
}

static void destination_half_reused(void)
{
	destination_half();
	list[SECOND].used = 8000;
	list[SECOND].reusable = 2500;
}

static void destination_before_load(void)
{
	destination_full();
	hold(&list[SECOND].users, "(before load)", "", 0, STATE_TIME_WAIT, 9990);
}

static void destination_in(enum user_state state)
{
	destination_full();
	hold(&list[SECOND].users, "/service", "c", 7, state, 9990);
}

static void destination_syn_sent(void) { destination_in(STATE_SYN_SENT); }
static void destination_fin_wait_2(void) { destination_in(STATE_FIN_WAIT_2); }
static void destination_close_wait(void) { destination_in(STATE_CLOSE_WAIT); }

static void churn_whole(void)
{
	list[TCP].used = 6000;
	hold(&list[TCP].users, "/service", "c", 7, STATE_TIME_WAIT, 5500);
	hold(&list[TCP].closers, "/service", "c", 7, STATE_TIME_WAIT, 5500);
	list[TCP].users.fresh = 920;
}

static void churn_then(void) { churn_whole(); view.recorded = true; }
static void churn_burst(void) { churn_whole(); list[TCP].users.fresh = 0; }
static void churn_burst_then(void) { churn_burst(); view.recorded = true; }
static void churn_slow(void) { churn_whole(); list[TCP].users.fresh = 10; }
static void churn_slow_then(void) { churn_slow(); view.recorded = true; }
static void churn_stuck(void) { churn_burst(); list[TCP].failed = 5; }
static void churn_stuck_then(void) { churn_stuck(); view.recorded = true; }

static void churn_free(void) { churn_whole(); list[TCP].used = 4900; }

static void churn_rule(void)
{
	rule_full();
	hold(&list[WORKER].users, "/service/worker", "c", 7, STATE_TIME_WAIT, 900);
}

static void churn_destination(void)
{
	destination_half();
	hold(&list[SECOND].users, "/service", "c", 7, STATE_TIME_WAIT, 4000);
}

static void churn_reused(void)
{
	churn_destination();
	list[SECOND].reusable = 4000;
}

static void overflow(void) { list[BUCKETS].failed = 1; }
static void overflow_past(void) { list[BUCKETS].failed_ever = 9; }
static void overflow_near(void) { overflow_past(); list[BUCKETS].used = 3600; }

static void leaking(uint64_t count, uint64_t growth, uint64_t old)
{
	hold(&leaks[0].users, "/gone", "c", 7, STATE_CLOSE_WAIT, count);
	leaks[0].growth = growth;
	leaks[0].users.old = old;
}

static void leak_growing(void) { leaking(500, 2, 0); }
static void leak_old(void) { leaking(500, 0, 250); }
static void leak_young(void) { leaking(500, 0, 249); }
static void leak_few(void) { leaking(499, 499, 499); }
static void leak_quarter(void) { leaking(2500, 0, 0); }

static void leak_of_parts(void)
{
	static const char *const pods[] = { "/p1", "/p2", "/p3", "/p4", "/p5" };

	for (size_t i = 0; i < ARRAY_SIZE(pods); i++)
		hold(&leaks[0].users, pods[i], "c", i + 1, STATE_CLOSE_WAIT, 100);
	leaks[0].users.old = 500;
}

static void leak_of_small(void)
{
	list[SERVICE].capacity = 2000;
	hold(&leaks[0].users, "/service", "c", 7, STATE_CLOSE_WAIT, 100);
	leaks[0].users.old = 100;
}

static void leak_udp(uint64_t count)
{
	leaks[0].proto = "udp";
	leaking(count, 0, count);
}

static void leak_udp_many(void) { leak_udp(2000); }
static void leak_udp_few(void) { leak_udp(1999); }

static void port_taken(void)
{
	list[PORT].failed = 3;
	list[PORT].holder = (struct holder){
		.local = "127.0.0.1:40017", .remote = "127.0.0.1:8500", .state = STATE_ESTAB,
	};
	hold(&list[PORT].users, "/agent", "consul", 7, STATE_ESTAB, 1);
}

static void port_taken_towards(void) { port_taken(); list[PORT].destination = "d:9"; }

static void earlier(void)
{
	record_add_number(&now.stat, "tcp.exhausted", 20);
	runs[0] = (struct run){
		.level = "exhausted", .path = "/service", .resource = "tcp", .source = "",
		.destination = "d:1", .began = 900, .last = 932, .count = 20, .over = true,
	};
	now.history = (struct history){ .runs = runs, .count = 1 };
}

static void earlier_unknown(void) { record_add_number(&now.stat, "udp.exhausted", 20); }
static void earlier_and_now(void) { earlier(); destination_fails(); }

static void elsewhere(void)
{
	neighbours = (struct neighbours){
		.count = 2, .failing = 1, .failed = 28, .worst = "blue", .worst_failed = 28,
	};
}

static void all_at_once(void)
{
	churn_rule();
	destination_full();
	overflow();
	leak_old();
	range_shared();
	port_taken();
}

/*
 * @about: the cgroup, destination or range that the first finding is about
 * @says: what its sentence or one of its advice has in it
 */
static const struct {
	const char *name;
	void (*change)(void);
	const char *found;
	const char *about;
	const char *says;
} cases[] = {
	{ "nothing", nothing, "none!", NULL, "Not looked at" },
	{ "reservations not seen", unseen, "none?", NULL, NULL },
	{ "destinations not told", no_destinations, "none?", NULL, NULL },
	{ "row without destinations", row_without, "none!", NULL, "the host's 10 fullest" },
	{ "row with less", row_with_less, "none?", NULL, "this row has totals only" },
	{ "no time between the looks", no_time, "rule!", "/pod", NULL },
	{ "at its max", rule_full, "rule!", "/service/worker", "1000 of its tcp.max of 1000" },
	{ "over its max", rule_over, "rule!", "/service/worker", NULL },
	{ "over its warn, without a max", rule_warns_only, "rule?", "/service/worker",
	  "holds 100, over its tcp.warn of 80" },
	{ "one below its max", rule_near, "none!", NULL, NULL },
	{ "over its warn", rule_warned, "rule?", "/service/worker", "999 of its tcp.max of 1000" },
	{ "at its max in mode audit", rule_audit, "rule?", "/service/worker", "audit" },
	{ "two at their max, the refusing first", rule_of_two, "rule! rule!", "/pod", NULL },
	{ "at its timewait.max", rule_timewait, "rule!", "/service/worker", "Wait" },
	{ "none held where none may be", rule_none_of_none, "none!", NULL, NULL },
	{ "refused where none may be", rule_none_at_all, "rule!", "/pod", NULL },
	{ "refused, and below max again", rule_was_full, "rule!", "/service", NULL },
	{ "refused, and the rule is gone", rule_gone, "rule!", "/service/worker",
	  "no longer exists" },
	{ "a range full of exclusive ports", range_bound, "range!", "1-10000",
	  "IP_BIND_ADDRESS_NO_PORT" },
	{ "a range full of spoiled ports", range_spoiled, "range!", "1-10000",
	  "IP_BIND_ADDRESS_NO_PORT" },
	{ "a range half exclusive", range_bound_half, "none!", NULL, NULL },
	{ "a range largely exclusive", range_bound_near, "range?", "1-10000", NULL },
	{ "a range all held, and shared", range_shared, "range?", "1-10000",
	  "bind() without a port finds none" },
	{ "a range all held, and calls fail", range_shared_fails, "range!", "1-10000", NULL },
	{ "a range three quarters held", range_near, "range?", "1-10000", NULL },
	{ "a range of which most is reserved", range_reserved, "range?", "1-10000",
	  "6000 of its 10000 ports out" },
	{ "a range less than that", range_below, "none!", NULL, NULL },
	{ "a range full of TIME_WAITs to reuse", range_reused, "range?", "1-10000", NULL },
	{ "a range that will be full in 30 s", range_soon, "range?", "1-10000", "full in 2" },
	{ "a UDP range", range_udp, "range!", "1-10000", "UDP" },
	{ "a UDP range three quarters held", range_udp_near, "range?", "1-10000", NULL },
	{ "exhausted with ports left", range_odd, "range?", "1-10000", "IP_LOCAL_PORT_RANGE" },
	{ "a range without ports", range_empty, "none!", NULL, NULL },
	{ "no port to a destination with few", range_no_room, "range!", "1-10000", NULL },
	{ "a range of its own", range_own, "range!", "5-304", "portquota range set tcp" },
	{ "a destination half full", destination_half, "destination?", "d:2", "past half" },
	{ "a destination less than that", destination_below, "none!", NULL, NULL },
	{ "a destination full", destination_full, "destination!", "d:2", "fails" },
	{ "a destination full, and calls fail", destination_fails, "destination!", "d:2", NULL },
	{ "a destination full by an older module", destination_old, "destination?", "d:2", NULL },
	{ "a destination full of TIME_WAITs to reuse", destination_reused, "none!", NULL, NULL },
	{ "a destination half full beside those", destination_half_reused, "destination?", "d:2",
	  "2500 of them TIME_WAITs that a connect() takes over" },
	{ "a destination full of what is older", destination_before_load, "destination! churn?",
	  "d:2", "from before the module was loaded" },
	{ "a destination without a range", destination_nothing, "none!", NULL, NULL },
	{ "a destination full of SYN-SENT", destination_syn_sent, "destination!", "d:2",
	  "tcp_syn_retries" },
	{ "a destination full of FIN-WAIT-2", destination_fin_wait_2, "destination!", "d:2",
	  "tcp_fin_timeout" },
	{ "a destination full of CLOSE-WAIT", destination_close_wait, "destination!", "d:2",
	  "close()" },
	{ "churn", churn_whole, "churn?", "/service", "92 connections are closed per second" },
	{ "churn of then", churn_then, "churn?", "/service",
	  "92 connections were closed per second, and each stayed for 60 seconds: that explains it." },
	{ "what a burst has left", churn_burst, "churn?", "/service",
	  "No connections are being closed now: these are left over from an earlier burst and will all "
	  "be gone within 60 seconds." },
	{ "what a burst had left", churn_burst_then, "churn?", "/service",
	  "No connections were being closed then: these were left over from an earlier burst and would "
	  "all be gone within 60 seconds." },
	{ "more than the rate explains", churn_slow, "churn?", "/service",
	  "1 connections are closed per second, which does not explain so many: most are left over from "
	  "an earlier burst and will be gone within 60 seconds." },
	{ "more than it explained", churn_slow_then, "churn?", "/service",
	  "1 connections were closed per second, which did not explain so many: most were left over "
	  "from an earlier burst and would be gone within 60 seconds." },
	{ "a port that comes free is taken at once", churn_stuck, "range? churn?", "1-10000", NULL },
	{ "one that came free was taken at once", churn_stuck_then, "range? churn?", "1-10000", NULL },
	{ "churn with ports left", churn_free, "none!", NULL, NULL },
	{ "churn in an account at its max", churn_rule, "rule! churn?", "/service/worker", NULL },
	{ "churn to a destination", churn_destination, "destination? churn?", "d:2", NULL },
	{ "churn that is reused", churn_reused, "none!", NULL, NULL },
	{ "overflow", overflow, "overflow!", NULL, "tcp_max_tw_buckets=8000" },
	{ "overflow long ago", overflow_past, "none!", NULL, NULL },
	{ "overflow, and near the limit", overflow_near, "overflow?", NULL, "3600" },
	{ "a leak that grows", leak_growing, "leak?", "/gone", NULL },
	{ "a leak that is old", leak_old, "leak?", "/gone", NULL },
	{ "many, neither growing nor old", leak_young, "none!", NULL, NULL },
	{ "too few for a leak", leak_few, "none!", NULL, NULL },
	{ "a quarter, though young", leak_quarter, "leak?", "/gone", NULL },
	{ "a leak in many parts", leak_of_parts, "leak?", NULL, "c in 5 cgroups" },
	{ "a leak in a small account", leak_of_small, "leak?", "/service", NULL },
	{ "a leak of UDP", leak_udp_many, "leak?", "/gone", "UDP" },
	{ "too few for a leak of UDP", leak_udp_few, "none!", NULL, NULL },
	{ "a port that is taken", port_taken, "port!", "/agent",
	  "ip_local_reserved_ports=7,40017" },
	{ "a port that is taken towards one destination", port_taken_towards, "port!", "/agent",
	  "cannot connect from port 40017 to d:9" },
	{ "a failure of a minute ago", earlier, "earlier! none!", "/service",
	  "the last 68 seconds ago, by /service towards d:1" },
	{ "a failure of nobody knows when", earlier_unknown, "earlier! none!", NULL,
	  "when is not known" },
	{ "a failure of now is not told as an earlier one", earlier_and_now, "destination!", "d:2",
	  NULL },
	{ "a failure elsewhere", elsewhere, "elsewhere! none!", NULL, "28 of them in blue" },
	{ "everything", all_at_once,
	  "rule! port! destination! overflow! range? churn? leak?", "/service/worker", NULL },
};

static char *list_of(const struct findings *findings)
{
	char *text = xstrdup(""), *longer;

	for (size_t i = 0; i < findings->count; i++) {
		longer = xasprintf("%s%s%s%c", text, i ? " " : "",
				   cause_name(findings->list[i].cause),
				   findings->list[i].certain ? '!' : '?');
		free(text);
		text = longer;
	}
	return text;
}

static bool is_about(const struct finding *finding, const char *about)
{
	static const char *const keys[] = { "cgroup", "destination", "range" };

	for (size_t i = 0; about && i < ARRAY_SIZE(keys); i++)
		if (!strcmp(record_text(&finding->who, keys[i]), about))
			return true;
	return !about;
}

static bool is_said(const struct finding *finding, const char *words)
{
	bool said = !words || strstr(finding->what, words);

	for (size_t i = 0; !said && finding->advice[i]; i++)
		said = strstr(finding->advice[i], words);
	return said;
}

/* What is told must be told whole: a sentence, and what to do unless there is nothing to do. */
static bool is_told(const struct finding *finding)
{
	return finding->what && finding->figures.count &&
	       (finding->advice[0] || finding->cause == CAUSE_NONE) &&
	       finding->what[strlen(finding->what) - 1] == '.';
}

/* A text without what is so now, too: that something is not known of then. */
static char *without_known(const char *text)
{
	static const char *const known[] = {
		"is not known", "is not recorded", "this row has", "may have had",
		"would have been", "in use",
	};
	char *copy = xstrdup(text), *found;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		while ((found = strstr(copy, known[i])))
			memset(found, '-', strlen(known[i]));
	return copy;
}

/* The first word of a sentence that tells of now, or NULL. */
static const char *present_in(const char *text)
{
	static const char *const words[] = {
		"is", "are", "has", "have", "holds", "can", "cannot", "finds", "fails", "searches",
		"takes", "keeps", "gets", "use", "lead", "does", "comes", "exists", "will", "stays",
		"allows", "now", "ago", "during",
	};
	char *copy = without_known(text), *rest = copy, *word;
	const char *found = NULL;

	while ((word = strsep(&rest, " .,:;()")))
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			found = strcmp(word, words[i]) ? found : words[i];
	free(copy);
	return found;
}

/* What a record tells is of then. Where there are more namespaces, and leaks, it does not know. */
static bool is_told_of_then(size_t at)
{
	struct findings findings;
	const char *present;
	bool ok = true;

	make_calm();
	cases[at].change();
	view.recorded = true;
	resources_judge(&resources, &resource_thresholds);
	diagnose(&view, &findings);
	for (size_t i = 0; i < findings.count; i++) {
		if (findings.list[i].cause == CAUSE_LEAK ||
		    findings.list[i].cause == CAUSE_ELSEWHERE)
			continue;
		present = present_in(findings.list[i].what);
		if (present)
			fprintf(stderr, "'%s' is of now: %s\n", present, findings.list[i].what);
		ok = ok && !present;
	}
	findings_free(&findings);
	return ok;
}

/* Of a namespace whose destinations are all emptier than ten of another one's, one is told. */
static bool is_one_of_each(void)
{
	struct record recs[LARGEST_DESTINATIONS + 2] = { 0 };
	struct survey surveys[2] = { 0 };
	struct largest largest = { 0 };
	bool found = false;
	size_t count = ARRAY_SIZE(recs);

	for (size_t i = 0; i < count; i++) {
		record_add_number(&recs[i], "used", i < count - 2 ? 50 : i - count + 3);
		record_add_number(&recs[i], "usable", 100);
	}
	surveys[0].destinations.recs = recs;
	surveys[0].destinations.count = count - 2;
	surveys[1].destinations.recs = recs + count - 2;
	surveys[1].destinations.count = 2;
	largest_destinations(&largest, surveys, 2);
	for (size_t i = 0; i < largest.count; i++)
		found = found || largest.recs[i] == &recs[count - 1];
	for (size_t i = 0; i < count; i++)
		record_free(&recs[i]);
	return found && largest.count == LARGEST_DESTINATIONS + 1;
}

int main(void)
{
	struct findings findings;
	char *found;
	int bad = 0;
	bool ok;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		make_calm();
		cases[i].change();
		resources_judge(&resources, &resource_thresholds);
		diagnose(&view, &findings);
		found = list_of(&findings);
		ok = !strcmp(found, cases[i].found) &&
		     is_about(&findings.list[0], cases[i].about) &&
		     is_said(&findings.list[0], cases[i].says);
		for (size_t n = 0; n < findings.count; n++)
			ok = ok && is_told(&findings.list[n]);
		printf("%s diagnosis: %s\n", ok ? "ok" : "not ok", cases[i].name);
		if (!ok)
			fprintf(stderr, "%s: found %s: %s (%s)\n", cases[i].name, found,
				findings.list[0].what, findings.list[0].advice[0] ?: "");
		bad |= !ok;
		free(found);
		findings_free(&findings);
		ok = is_told_of_then(i);
		printf("%s diagnosis of a record: %s\n", ok ? "ok" : "not ok", cases[i].name);
		bad |= !ok;
	}
	make_calm();
	record_free(&now.stat);
	ok = is_one_of_each();
	printf("%s diagnosis: a row has the fullest destination of each namespace\n",
	       ok ? "ok" : "not ok");
	return bad || !ok;
}
