// SPDX-License-Identifier: GPL-2.0-only
/*
 * diagnose: tests of the diagnosis alone. A case changes the figures of a namespace in which nothing
 * is wrong, and says what is to be found then: causes in order, ! for certain, ? for likely. Prints
 * "ok CASE" or "not ok CASE" for each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "why/diagnosis.h"

enum { ROOT, POD, SERVICE, WORKER, ACCOUNTS };

static struct figures f;
static struct figures_account accounts[ACCOUNTS];
static struct figures_destination destinations[2];
static struct figures_leak leaks[1];

static void make_calm(void)
{
	static const struct {
		const char *path;
		uint64_t local;
	} all[] = { { "/", 0 }, { "/pod", 3 }, { "/service", 1 }, { "/service/worker", 2 } };

	for (size_t i = 0; i < ACCOUNTS; i++) {
		accounts[i] = (struct figures_account){ .path = all[i].path, .delay = 60,
							 .local = all[i].local };
		accounts[i].ports[PROTO_TCP] = (struct figures_ports){ .range = "1-10000",
								       .usable = 10000 };
		accounts[i].ports[PROTO_UDP] = accounts[i].ports[PROTO_TCP];
		accounts[i].use[USE_TCP].current = 1000;
		accounts[i].use[USE_TIMEWAIT].current = 100;
		accounts[i].reserving = 100;
	}
	destinations[0] = (struct figures_destination){
		.source = "s", .destination = "d:1", .range = "1-10000", .used = 900, .usable = 10000,
		.free = 9000,
	};
	destinations[1] = destinations[0];
	destinations[1].destination = "d:2";
	leaks[0] = (struct figures_leak){ .state = "CLOSE-WAIT", .path = "/service", .comm = "c" };
	f = (struct figures){
		.seconds = 1, .enforcing = true, .whole = accounts[ROOT], .accounts = accounts,
		.account_count = ACCOUNTS, .destinations = destinations, .destination_count = 2,
		.destinations_known = true, .leaks = leaks, .leak_count = 1, .leaks_known = true,
	};
	f.whole.ports[PROTO_TCP].held = 1000;
	figures_link(&f);
}

static struct figures_use *max_of(size_t account, size_t use, uint64_t max)
{
	accounts[account].use[use].has_max = true;
	accounts[account].use[use].max = max;
	return &accounts[account].use[use];
}

static void refuse(size_t account, uint64_t count)
{
	accounts[account].use[USE_TCP].refused = count;
}

static void nothing(void) { }
static void no_accounts(void) { f.account_count = 0; f.destination_count = 0; f.leak_count = 0; }
static void unseen(void) { f.leaks_known = false; }
static void no_destinations(void) { f.destinations_known = false; f.destination_count = 0; }
static void no_time(void) { f.seconds = 0; refuse(POD, 3); max_of(POD, USE_TCP, 1000); }

static void rule_full(void) { max_of(WORKER, USE_TCP, 1000); }
static void rule_over(void) { max_of(WORKER, USE_TCP, 1); }
static void rule_near(void) { max_of(WORKER, USE_TCP, 1001); }
static void rule_audit(void) { rule_full(); f.enforcing = false; }
static void rule_of_two(void) { rule_full(); max_of(POD, USE_TCP, 1000); refuse(POD, 5); }
static void rule_timewait(void) { max_of(WORKER, USE_TIMEWAIT, 100); }
static void rule_gone(void) { refuse(WORKER, 1); refuse(SERVICE, 1); refuse(ROOT, 1); }

static void rule_none_of_none(void)
{
	max_of(POD, USE_UDP, 0);
}

static void rule_none_at_all(void)
{
	max_of(POD, USE_UDP, 0)->refused = 1;
}

/* Refused at the child, by the limit of the parent, which is told once and as the parent's. */
static void rule_of_parent(void)
{
	max_of(SERVICE, USE_TCP, 1000);
	refuse(WORKER, 7);
	refuse(SERVICE, 7);
	refuse(ROOT, 7);
}

static void rule_was_full(void)
{
	rule_of_parent();
	accounts[SERVICE].use[USE_TCP].current = 990;
}

static void range_bound(void)
{
	f.whole.ports[PROTO_TCP].held = 10000;
	f.whole.ports[PROTO_TCP].exclusive = 10000;
}

static void range_held(void) { f.whole.ports[PROTO_TCP].held = 10000; }
static void range_near(void) { f.whole.ports[PROTO_TCP].held = 9000; }
static void range_below(void) { f.whole.ports[PROTO_TCP].held = 8999; }
static void range_udp(void) { f.whole.ports[PROTO_UDP].held = 10000; }
static void range_exhausted(void) { range_near(); f.whole.ports[PROTO_TCP].exhausted = 4; }
static void range_odd(void) { f.whole.ports[PROTO_TCP].exhausted = 4; }
static void range_empty(void) { f.whole.ports[PROTO_TCP].usable = 0; }

/* Few connections to there, and yet no port: what bind() holds has taken them. */
static void range_no_room(void)
{
	destinations[0].free = 0;
	f.whole.ports[PROTO_TCP].exclusive = 9100;
}

static void range_own(void)
{
	struct figures_ports *ports = &accounts[POD].ports[PROTO_TCP];

	*ports = (struct figures_ports){ .range = "5-304", .own = true, .usable = 300, .held = 300,
					 .exhausted = 9 };
	f.whole.ports[PROTO_TCP].exhausted = 9;
}

static void range_own_shared(void)
{
	range_own();
	accounts[POD].ports[PROTO_TCP].exhausted = 0;
	f.whole.ports[PROTO_TCP].exhausted = 0;
}

static void destination_half(void) { destinations[1].used = 5000; }
static void destination_below(void) { destinations[1].used = 4999; }

static void destination_full(void)
{
	destinations[1].used = 9990;
	destinations[1].free = 0;
	f.whole.ports[PROTO_TCP].exhausted = 4;
}

static void destination_nothing(void) { destinations[1].usable = 0; destinations[1].free = 0; }

static void churn_whole(void)
{
	f.whole.ports[PROTO_TCP].held = 6000;
	f.whole.use[USE_TCP].current = 6000;
	f.whole.reserving = 5500;
	f.whole.use[USE_TIMEWAIT].current = 5500;
	f.whole.entered = 92;
}

static void churn_free(void) { churn_whole(); f.whole.ports[PROTO_TCP].held = 4900; }
static void churn_rule(void) { rule_full(); accounts[WORKER].reserving = 900; }
static void churn_destination(void) { destination_half(); destinations[1].timewait = 4000; }
static void overflow(void) { f.whole.overflow = 1; }

static void overflow_past(void)
{
	f.whole.overflow_ever = 9;
	f.whole.timewait_peak = 1000;
}

static void overflow_peak(void) { overflow_past(); f.whole.use[USE_TIMEWAIT].current = 990; }
static void leak_growing(void) { leaks[0].count = 500; leaks[0].growth = 2; }
static void leak_old(void) { leaks[0].count = 500; leaks[0].old = 250; }
static void leak_young(void) { leaks[0].count = 500; leaks[0].old = 249; }
static void leak_few(void) { leaks[0].count = 499; leaks[0].growth = 499; leaks[0].old = 499; }

static void leak_of_small(void)
{
	max_of(SERVICE, USE_TCP, 2000);
	leaks[0].count = 100;
	leaks[0].old = 100;
}

static void leak_gone(void) { leak_old(); leaks[0].path = "/gone"; }

static void bound_unseen(void)
{
	unseen();
	accounts[ROOT].bound = accounts[SERVICE].bound = 700;
	accounts[WORKER].bound = 600;
	accounts[ROOT].bound_growth = accounts[SERVICE].bound_growth = 3;
	accounts[WORKER].bound_growth = 3;
}

static void bound_steady(void) { unseen(); accounts[POD].bound = 700; }
static void bound_most(void) { unseen(); accounts[POD].bound = 2500; }

static void all_at_once(void)
{
	churn_rule();
	destination_full();
	overflow();
	leak_old();
	range_held();
}

/* @about: the cgroup, destination or range that the first finding is about */
static const struct {
	const char *name;
	void (*change)(void);
	const char *found;
	const char *about;
} cases[] = {
	{ "nothing", nothing, "none!", NULL },
	{ "no accounts, no destinations", no_accounts, "none!", NULL },
	{ "reservations not seen", unseen, "none?", NULL },
	{ "destinations not told", no_destinations, "none?", NULL },
	{ "no time between the looks", no_time, "rule!", "/pod" },
	{ "at its max", rule_full, "rule!", "/service/worker" },
	{ "over its max", rule_over, "rule!", "/service/worker" },
	{ "one below its max", rule_near, "none!", NULL },
	{ "at its max in mode audit", rule_audit, "none!", NULL },
	{ "two at their max, the refusing first", rule_of_two, "rule! rule!", "/pod" },
	{ "at its timewait.max", rule_timewait, "rule!", "/service/worker" },
	{ "none held where none may be", rule_none_of_none, "none!", NULL },
	{ "refused where none may be", rule_none_at_all, "rule!", "/pod" },
	{ "refused by the parent's max", rule_of_parent, "rule!", "/service" },
	{ "refused, and below max again", rule_was_full, "rule!", "/service" },
	{ "refused, and the rule is gone", rule_gone, "rule!", "/service/worker" },
	{ "a range full of exclusive ports", range_bound, "range!", "1-10000" },
	{ "a range all held", range_held, "range!", "1-10000" },
	{ "a range nine tenths held", range_near, "range?", "1-10000" },
	{ "a range less than that", range_below, "none!", NULL },
	{ "a UDP range", range_udp, "range!", "1-10000" },
	{ "a range exhausted", range_exhausted, "range!", "1-10000" },
	{ "exhausted with ports left", range_odd, "range?", "1-10000" },
	{ "a range without ports", range_empty, "none!", NULL },
	{ "no port to a destination with few", range_no_room, "range!", "1-10000" },
	{ "a range of its own", range_own, "range!", "5-304" },
	{ "a range of its own, shared", range_own_shared, "none!", NULL },
	{ "a destination half full", destination_half, "destination?", "d:2" },
	{ "a destination less than that", destination_below, "none!", NULL },
	{ "a destination full", destination_full, "destination!", "d:2" },
	{ "a destination without a range", destination_nothing, "none!", NULL },
	{ "churn", churn_whole, "churn?", NULL },
	{ "churn with ports left", churn_free, "none!", NULL },
	{ "churn in an account at its max", churn_rule, "rule! churn?", "/service/worker" },
	{ "churn to a destination", churn_destination, "destination? churn?", "d:2" },
	{ "overflow", overflow, "overflow!", NULL },
	{ "overflow long ago", overflow_past, "none!", NULL },
	{ "overflow, and as many as ever", overflow_peak, "overflow?", NULL },
	{ "a leak that grows", leak_growing, "leak?", "/service" },
	{ "a leak that is old", leak_old, "leak?", "/service" },
	{ "many, neither growing nor old", leak_young, "none!", NULL },
	{ "too few for a leak", leak_few, "none!", NULL },
	{ "a leak in a small account", leak_of_small, "leak?", "/service" },
	{ "a leak of no account", leak_gone, "leak?", "/gone" },
	{ "BOUND grows, owners not seen", bound_unseen, "leak?", "/service/worker" },
	{ "BOUND does not grow", bound_steady, "none?", NULL },
	{ "BOUND holds a quarter", bound_most, "leak?", "/pod" },
	{ "everything", all_at_once, "rule! destination! overflow! range? churn? leak?",
	  "/service/worker" },
};

static char *list_of(const struct findings *findings)
{
	char *list = xstrdup(""), *longer;

	for (size_t i = 0; i < findings->count; i++) {
		longer = xasprintf("%s%s%s%c", list, i ? " " : "",
				   cause_name(findings->list[i].cause),
				   findings->list[i].certain ? '!' : '?');
		free(list);
		list = longer;
	}
	return list;
}

static bool is_about(const struct finding *finding, const char *about)
{
	static const char *const keys[] = { "cgroup", "destination", "range" };

	for (size_t i = 0; about && i < ARRAY_SIZE(keys); i++)
		if (!strcmp(record_text(&finding->who, keys[i]), about))
			return true;
	return !about;
}

/* What is told must be told whole: a sentence, and what to do unless there is nothing to do. */
static bool is_told(const struct finding *finding)
{
	return finding->what && finding->figures.count &&
	       (finding->advice[0] || finding->cause == CAUSE_NONE) &&
	       finding->what[strlen(finding->what) - 1] == '.';
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
		diagnose(&f, &findings);
		found = list_of(&findings);
		ok = !strcmp(found, cases[i].found) && is_about(&findings.list[0], cases[i].about);
		for (size_t n = 0; n < findings.count; n++)
			ok = ok && is_told(&findings.list[n]);
		printf("%s diagnosis: %s\n", ok ? "ok" : "not ok", cases[i].name);
		if (!ok)
			fprintf(stderr, "%s: found %s: %s\n", cases[i].name, found,
				findings.list[0].what);
		bad |= !ok;
		free(found);
		findings_free(&findings);
	}
	return bad;
}
