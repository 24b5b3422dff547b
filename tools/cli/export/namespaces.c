// SPDX-License-Identifier: GPL-2.0-only
/* Metrics of network namespaces as a whole, and of their destinations: see families.h. */
#include <stdlib.h>
#include <string.h>

#include "export/families.h"
#include "lib/cli.h"
#include "model/lifetime.h"
#include "model/limit.h"
#include "resource/resources.h"
#include "show/exposition.h"

/* When a sample is left out */
enum when {
	ALWAYS,		/* never, where the module tells the number */
	SET,		/* where it is 0 */
	LIMITED,	/* where it is 0 and there is no limit */
	FEW,		/* where it is 0, but of the namespaces that hold most */
	DETAIL,		/* where it is 0, and of all namespaces but those that hold most */
};

#define DETAILED	10	/* namespaces */

/* What is printed of a namespace: only whether it could be read, all but details, or all. */
enum shown { SHOWN_SUCCESS, SHOWN_MOST, SHOWN_ALL };

/* A number of a namespace, or of a destination: @label="@value" tells it from the others. */
struct source {
	const char *key;
	const char *label;
	const char *value;
};

struct family {
	struct metric metric;
	enum when when;
	struct source sources[5];
};

#define RESOURCE(resource, key)	{ resource "." key, "resource", resource }
#define REASON(reason)		{ "timewait." reason, "reason", reason }
#define PLAIN(key)		{ key, NULL, NULL }

static const struct metric success = {
	"portquota_namespace_scrape_success", GAUGE, NULL,
	"0 for a namespace that could not be looked into, of which only totals are known; else 1.",
};

static const struct metric lifetimes = {
	"portquota_timewait_lifetimes", COUNTER, NULL,
	"TIME_WAITs that ended, by how many seconds they lasted: less than under, and no less than the "
	"class before.",
};

static const struct family families[] = {
	{ { "portquota_shortage_level", GAUGE, NULL,
	    "How short the scarcest resource is: 0 not, 1 noted, 2 warning, 3 critical, 4 calls "
	    "fail." },
	  ALWAYS, { PLAIN("level") } },
	{ { "portquota_used_ports", GAUGE, "ports", "Distinct ports of the range that are held." },
	  ALWAYS, { RESOURCE("tcp", "ports"), RESOURCE("udp", "ports") } },
	{ { "portquota_usable_ports", GAUGE, "ports",
	    "Ports of the range, without those that are reserved." },
	  ALWAYS, { RESOURCE("tcp", "usable"), RESOURCE("udp", "usable") } },
	{ { "portquota_exclusive_ports", GAUGE, "ports",
	    "Of portquota_used_ports: those of bind() and listen(), not to be shared." },
	  SET, { { "tcp.exclusive_ports", "resource", "tcp" } } },
	{ { "portquota_spoiled_ports", GAUGE, "ports",
	    "Of portquota_used_ports: those that a bind() has spoiled for connect()." },
	  SET, { RESOURCE("tcp", "spoiled") } },
	{ { "portquota_reservations", GAUGE, "reservations",
	    "Holds of sockets on ports of the range; several can share a port." },
	  ALWAYS, { RESOURCE("tcp", "current"), RESOURCE("udp", "current") } },
	{ { "portquota_timewait_sockets", GAUGE, "sockets",
	    "TIME_WAIT sockets; those that hold a port are among portquota_reservations too." },
	  ALWAYS, { PLAIN("timewait.current") } },
	{ { "portquota_timewait_fin_wait2_sockets", GAUGE, "sockets",
	    "Of portquota_timewait_sockets: those that are still in FIN_WAIT2." },
	  SET, { PLAIN("timewait.fin_wait2") } },
	{ { "portquota_before_load_reservations", GAUGE, "reservations",
	    "What is held since before the module was loaded, in no cgroup." },
	  SET, { PLAIN("before_load") } },
	{ { "portquota_reservations_begun", COUNTER, NULL, "Reservations that were made." },
	  ALWAYS, { RESOURCE("tcp", "begun"), RESOURCE("udp", "begun") } },
	{ { "portquota_denied_calls", COUNTER, NULL,
	    "Calls that a limit of a rule refused: tcp.max or timewait.max, or udp.max." },
	  LIMITED, { RESOURCE("tcp", "denied"), RESOURCE("udp", "denied") } },
	{ { "portquota_timewait_denied_calls", COUNTER, NULL,
	    "Of portquota_denied_calls: those that timewait.max refused." },
	  FEW, { PLAIN("timewait.denied") } },
	{ { "portquota_would_deny_calls", COUNTER, NULL,
	    "Calls that a limit would have refused, but for mode audit." },
	  SET, { RESOURCE("tcp", "would_deny"), RESOURCE("udp", "would_deny") } },
	{ { "portquota_exhausted_calls", COUNTER, NULL,
	    "Calls for which the kernel found no free port." },
	  ALWAYS, { RESOURCE("tcp", "exhausted"), RESOURCE("udp", "exhausted") } },
	{ { "portquota_taken_calls", COUNTER, NULL,
	    "Calls that named a port and were refused it, as it was taken." },
	  FEW, { RESOURCE("tcp", "taken"), RESOURCE("udp", "taken") } },
	{ { "portquota_timewait_entered", COUNTER, NULL, "TIME_WAITs that began." },
	  ALWAYS, { PLAIN("timewait.entered") } },
	{ { "portquota_timewait_ended", COUNTER, NULL, "TIME_WAITs that ended, by why they did." },
	  DETAIL, { REASON("expired"), REASON("reused"), REASON("recycled"), REASON("killed") } },
	{ { "portquota_timewait_overflow", COUNTER, NULL,
	    "TIME_WAITs that could not be made, as there were too many or no memory." },
	  FEW, { PLAIN("timewait.overflow") } },
	{ { "portquota_untracked_reservations", COUNTER, NULL,
	    "Reservations that were not counted for want of memory." },
	  SET, { PLAIN("untracked") } },
	{ { "portquota_hooks_missed", COUNTER, NULL,
	    "Ends of sockets that were missed, and made up for later." },
	  SET, { PLAIN("hooks.missed") } },
	{ { "portquota_destinations", GAUGE, NULL, "Destinations that are counted." },
	  DETAIL, { PLAIN("destinations") } },
	{ { "portquota_uncounted_destination_connections", GAUGE, NULL,
	    "Connections to destinations for which there was no room to be counted." },
	  DETAIL, { PLAIN("destinations.other") } },
};

static const struct family destination_families[] = {
	{ { "portquota_destination_used_ports", GAUGE, "ports",
	    "Ports in use from a source towards a destination." }, ALWAYS, { PLAIN("used") } },
	{ { "portquota_destination_timewait_ports", GAUGE, "ports",
	    "Of portquota_destination_used_ports: those in TIME_WAIT." },
	  ALWAYS, { PLAIN("timewait") } },
	{ { "portquota_destination_reusable_ports", GAUGE, "ports",
	    "Of portquota_destination_used_ports: TIME_WAITs that a connect() takes over." },
	  ALWAYS, { PLAIN("reusable") } },
	{ { "portquota_destination_free_ports", GAUGE, "ports",
	    "Ports that a connect() from there to there could still get, beside the reusable." },
	  ALWAYS, { PLAIN("free") } },
	{ { "portquota_destination_usable_ports", GAUGE, "ports",
	    "Ports of the range that holds there, without those that are reserved." },
	  ALWAYS, { PLAIN("usable") } },
};

/* A namespace, how much is printed of it, and what the module does not tell itself. */
struct printed {
	const struct look *look;
	enum shown shown;
	bool limited;
	struct record computed;
};

/* The same judgment as that of check and status. */
static enum resource_level level_of(const struct look *look)
{
	enum resource_level worst = LEVEL_FINE;
	struct resources resources = { 0 };

	resources_fill(&resources, &look->now, look->before.when ? &look->before : NULL);
	resources_judge(&resources, &resource_thresholds);
	for (size_t i = 0; i < resources.count; i++)
		if (resources.list[i].level > worst)
			worst = resources.list[i].level;
	resources_free(&resources);
	return worst;
}

/* An older module has one range for both. */
static void compute(struct record *computed, const struct look *look)
{
	const struct record *stat = &look->now.stat;

	record_add_number(computed, "level", level_of(look));
	if (!record_find(stat, "range.usable"))
		return;
	record_add_number(computed, "tcp.usable", account_usable(stat, "tcp"));
	record_add_number(computed, "udp.usable", account_usable(stat, "udp"));
}

static bool number_of(const struct printed *printed, const char *key, uint64_t *value)
{
	return record_number(&printed->computed, key, value) ||
	       record_number(&printed->look->now.stat, key, value);
}

static bool any_limit(const struct look *look)
{
	struct limit_list limits = { 0 };
	bool any = false;

	limit_list_fill(&limits, &look->now.accounts);
	for (size_t i = 0; i < limits.count; i++)
		any = any || limits.limits[i].has_max;
	limit_list_free(&limits);
	return any;
}

static bool is_idle(const struct record *stat)
{
	return !record_count(stat, "tcp.begun") && !record_count(stat, "udp.begun") &&
	       !record_count(stat, "before_load") && !account_failed(stat) &&
	       !record_count(stat, "tcp.taken") && !record_count(stat, "udp.taken");
}

static bool is_left_out(const struct family *family, const struct source *source,
			const struct printed *printed, uint64_t value)
{
	const struct record *stat = &printed->look->now.stat;

	if (value)
		return false;
	/* Where nothing was ever done in UDP, half of the samples would be zeros. */
	if (!strncmp(source->key, "udp.", 4) && !record_count(stat, "udp.begun"))
		return true;
	switch (family->when) {
	case ALWAYS:
		return false;
	case LIMITED:
		return !printed->limited;
	case FEW:
		return printed->shown != SHOWN_ALL;
	case SET:
	case DETAIL:
		break;
	}
	return true;
}

static void put_family(const struct family *family, const struct printed *printed)
{
	uint64_t value;

	if (printed->shown < (family->when == DETAIL ? SHOWN_ALL : SHOWN_MOST))
		return;
	for (const struct source *source = family->sources; source->key; source++) {
		if (!number_of(printed, source->key, &value) ||
		    is_left_out(family, source, printed, value))
			continue;
		exposition_sample(&family->metric);
		exposition_label("netns", printed->look->label);
		if (source->label)
			exposition_label(source->label, source->value);
		exposition_value(value);
	}
}

static void put_lifetimes(const struct look *look)
{
	struct lifetime life;

	for (size_t c = 0; lifetime_get(&look->now.stat, c, &life); c++) {
		if (!life.count)
			continue;
		exposition_sample(&lifetimes);
		exposition_label("netns", look->label);
		exposition_label("under", life.under ? life.name : "+Inf");
		exposition_value(life.count);
	}
}

static uint64_t held(const struct look *look)
{
	return record_count(&look->now.stat, "tcp.current") +
	       record_count(&look->now.stat, "udp.current") +
	       record_count(&look->now.stat, "timewait.current");
}

/* Those that hold most are shown with details, and the first: the host's, or the only one. */
static void show_details(struct printed *list, size_t count)
{
	size_t best;

	for (size_t n = 0; n < DETAILED && n < count; n++) {
		best = 0;
		for (size_t i = 1; n && i < count; i++)
			if (list[i].shown == SHOWN_MOST &&
			    (list[best].shown != SHOWN_MOST ||
			     held(list[i].look) > held(list[best].look)))
				best = i;
		if (list[best].shown == SHOWN_MOST)
			list[best].shown = SHOWN_ALL;
	}
}

/**
 * families_put_namespaces - print what is of namespaces
 * @round: the round
 * @idle: of those in which nothing has ever been done, too
 *
 * None is left out in which something was done: each has ports of its own, which can run out there
 * and nowhere else, and one that holds few may be just the one in which calls fail.
 */
void families_put_namespaces(const struct round *round, bool idle)
{
	struct printed *list = xrealloc(NULL, round->count + 1, sizeof(*list));
	const struct look *look;

	for (size_t i = 0; i < round->count; i++) {
		look = &round->looks[i];
		list[i] = (struct printed){
			.look = look,
			.shown = idle || !i || !is_idle(&look->now.stat) ? SHOWN_MOST :
				 SHOWN_SUCCESS,
			.limited = any_limit(look),
		};
		compute(&list[i].computed, look);
		exposition_sample(&success);
		exposition_label("netns", look->label);
		exposition_value(look->read);
	}
	show_details(list, round->count);
	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		for (size_t i = 0; i < round->count; i++)
			put_family(&families[f], &list[i]);
	for (size_t i = 0; i < round->count; i++) {
		if (list[i].shown == SHOWN_ALL)
			put_lifetimes(list[i].look);
		record_free(&list[i].computed);
	}
	free(list);
}

struct towards {
	const struct look *look;
	const struct record *rec;
	double fullness;
};

/* What others hold exclusively is not free there either; an older module does not tell that. */
static double fullness_of(const struct record *rec)
{
	double usable = record_count(rec, "usable"), left = record_count(rec, "reusable");
	uint64_t free;

	if (!usable)
		return 0;
	if (record_number(rec, "free", &free))
		left += free;
	else
		left += usable - record_count(rec, "used");
	return 1 - left / usable;
}

static int fullest_first(const void *a, const void *b)
{
	const struct towards *x = a, *y = b;

	if (x->fullness != y->fullness)
		return x->fullness > y->fullness ? -1 : 1;
	return x->rec < y->rec ? -1 : 1;
}

static size_t gather(const struct round *round, struct towards **list)
{
	size_t count = 0, room = 0;
	const struct look *look;
	struct towards *at;

	*list = NULL;
	for (size_t i = 0; i < round->count; i++) {
		look = &round->looks[i];
		for (size_t k = 0; k < look->now.destinations.count; k++) {
			*list = xgrow(*list, count, &room, sizeof(**list));
			at = &(*list)[count++];
			at->look = look;
			at->rec = &look->now.destinations.recs[k];
			at->fullness = fullness_of(at->rec);
		}
	}
	if (count)
		qsort(*list, count, sizeof(**list), fullest_first);
	return count;
}

/**
 * families_put_destinations - print what is of destinations
 * @round: the round
 * @most: of how many, of all namespaces together: the fullest
 */
void families_put_destinations(const struct round *round, size_t most)
{
	struct towards *list;
	size_t count = gather(round, &list);
	const struct family *family;
	uint64_t value;

	for (size_t f = 0; f < ARRAY_SIZE(destination_families); f++) {
		family = &destination_families[f];
		for (size_t i = 0; i < count && i < most; i++) {
			if (!record_number(list[i].rec, family->sources->key, &value))
				continue;
			exposition_sample(&family->metric);
			exposition_label("netns", list[i].look->label);
			exposition_label("source", record_text(list[i].rec, "source"));
			exposition_label("destination", record_text(list[i].rec, "destination"));
			if (record_find(list[i].rec, "range"))
				exposition_label("range", record_text(list[i].rec, "range"));
			exposition_value(value);
		}
	}
	free(list);
}
