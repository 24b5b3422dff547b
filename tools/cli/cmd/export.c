// SPDX-License-Identifier: GPL-2.0-only
/*
 * portquota export: all counters as OpenMetrics text, for example for the textfile collector of
 * node_exporter.
 *
 * All samples of a metric must stand together, so all namespaces are read before anything is
 * printed.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "lib/cli.h"
#include "lib/module.h"
#include "model/kfile.h"
#include "model/lifetime.h"
#include "model/netns.h"
#include "model/totals.h"
#include "resource/resources.h"
#include "show/openmetrics.h"

#define DESTINATIONS	10

/**
 * struct scrape - what was read of one namespace
 * @netns: its name if several are read, else NULL
 * @most: how many destinations are printed
 * @now: what was read
 */
struct scrape {
	char *netns;
	size_t most;
	struct survey now;
};

struct export {
	size_t most;
	struct scrape *list;
	size_t count;
};

static void take_number(const struct args_option *option, char *arg, void *to,
			struct argp_state *state)
{
	char *end;
	unsigned long number = strtoul(arg, &end, 10);

	if (!isdigit(*arg) || *end || number > 100000)
		argp_error(state, "--%s %s: not a number from 0 to 100000", option->name, arg);
	*(size_t *)to = number;
}

static void settle(void *input, struct argp_state *state)
{
	(void)input;
	if (cli.json)
		argp_error(state, "export prints OpenMetrics text; for JSON use status, accounts "
			   "or destinations with -j");
}

static const struct args_option options[] = {
	ARGS_VALUE("destinations", 0, "N", take_number, struct export, most,
		   "How many of the largest destinations to print (default 10)"),
	{ 0 },
};

static const struct args takes = {
	.doc = "Print all counters of this network namespace as OpenMetrics text.",
	.options = options,
	.settle = settle,
};

#define TCP(key)	{ "tcp." key, "resource", "tcp" }
#define UDP(key)	{ "udp." key, "resource", "udp" }
#define TIMEWAIT(key)	{ "timewait." key, "resource", "timewait" }
#define KIND(kind)	{ "tcp." kind, "kind", kind }
#define REASON(reason)	{ "timewait." reason, "reason", reason }
#define PLAIN(key)	{ key, NULL, NULL }

static const struct metric account_metrics[] = {
	{ "portquota_current", GAUGE, NULL, "Held, including all cgroups below.",
	  { TCP("current"), UDP("current"), TIMEWAIT("current") } },
	{ "portquota_local", GAUGE, NULL, "Part of portquota_current held by this cgroup itself.",
	  { TCP("local"), UDP("local"), TIMEWAIT("local") } },
	{ "portquota_peak", PEAK, NULL, "The highest number so far.",
	  { TCP("peak"), UDP("peak"), TIMEWAIT("peak") } },
	{ "portquota_warn", SETTING, NULL, "Threshold of the warning, if there is one.",
	  { TCP("warn"), UDP("warn"), TIMEWAIT("warn") } },
	{ "portquota_max", SETTING, NULL, "Limit, if there is one.",
	  { TCP("max"), UDP("max"), TIMEWAIT("max") } },
	{ "portquota_usable_ports", SETTING, "ports", "Ports of the range that applies.",
	  { TCP("usable"), UDP("usable") } },
	{ "portquota_tcp_held", GAUGE, NULL, "TCP reservations by kind; bound are exclusive too.",
	  { KIND("exclusive"), KIND("shareable"), KIND("bound") } },
	{ "portquota_begun", COUNTER, NULL, "Reservations taken.", { TCP("begun"), UDP("begun") } },
	{ "portquota_ended", COUNTER, NULL, "Reservations given back.",
	  { TCP("ended"), UDP("ended") } },
	{ "portquota_exhausted", COUNTER, NULL, "Calls for which the kernel found no free port.",
	  { TCP("exhausted"), UDP("exhausted") } },
	{ "portquota_taken", COUNTER, NULL, "Calls refused the port that they named.",
	  { TCP("taken"), UDP("taken") } },
	{ "portquota_exclusive_ports", GAUGE, "ports", "Ports held by bind() or listen().",
	  { TCP("exclusive_ports") } },
	{ "portquota_spoiled_ports", GAUGE, "ports", "Ports that a bind() spoiled for connect().",
	  { TCP("spoiled") } },
	{ "portquota_denied", COUNTER, NULL, "Calls refused by a rule; timewait is part of tcp.",
	  { TCP("denied"), UDP("denied"), TIMEWAIT("denied") } },
	{ "portquota_would_deny", COUNTER, NULL, "Calls that mode audit has let through.",
	  { TCP("would_deny"), UDP("would_deny") } },
	{ "portquota_timewait_reserving", GAUGE, NULL, "TIME_WAITs that hold a reservation.",
	  { PLAIN("timewait.reserving") } },
	{ "portquota_timewait_fin_wait2", GAUGE, NULL, "TIME_WAITs that are FIN_WAIT2 remainders.",
	  { PLAIN("timewait.fin_wait2") } },
	{ "portquota_timewait_entered", COUNTER, NULL, "TIME_WAITs begun.",
	  { PLAIN("timewait.entered") } },
	{ "portquota_timewait_ended", COUNTER, NULL, "TIME_WAITs ended.",
	  { REASON("expired"), REASON("reused"), REASON("recycled"), REASON("killed") } },
	{ "portquota_timewait_overflow", COUNTER, NULL, "TIME_WAITs that could not be made.",
	  { PLAIN("timewait.overflow") } },
	{ "portquota_timewait_delay_seconds", SETTING, "seconds", "How long a TIME_WAIT lasts.",
	  { PLAIN("timewait.delay") } },
	{ "portquota_untracked", COUNTER, NULL, "Not counted, as memory ran out.",
	  { PLAIN("untracked") } },
};

static const struct metric namespace_metrics[] = {
	{ "portquota_level", GAUGE, NULL,
	  "How short the shortest is: 0 not, 1 noted, 2 warning, 3 critical, 4 calls fail.",
	  { PLAIN("level") } },
	{ "portquota_ports", GAUGE, "ports", "Distinct ports of the range that are held.",
	  { TCP("ports"), UDP("ports") } },
	{ "portquota_range_ports", GAUGE, "ports", "Ports of the range that are not reserved.",
	  { PLAIN("range.usable") } },
	{ "portquota_before_load", GAUGE, NULL, "Held since before the module was loaded.",
	  { PLAIN("before_load") } },
	{ "portquota_hooks_missed", COUNTER, NULL,
	  "Ends of sockets that were missed and repaired later.", { PLAIN("hooks.missed") } },
	{ "portquota_destinations", GAUGE, NULL, "Destinations that are counted.",
	  { PLAIN("destinations") } },
	{ "portquota_destinations_other", GAUGE, NULL,
	  "Connections to destinations that are not counted.", { PLAIN("destinations.other") } },
};

static const struct metric destination_metrics[] = {
	{ "portquota_destination_used_ports", GAUGE, "ports", "Ports used towards a destination.",
	  { PLAIN("used") } },
	{ "portquota_destination_timewait_ports", GAUGE, "ports",
	  "Ports towards a destination that are in TIME_WAIT.", { PLAIN("timewait") } },
	{ "portquota_destination_reusable_ports", GAUGE, "ports",
	  "TIME_WAITs towards a destination that a connect() takes over.", { PLAIN("reusable") } },
	{ "portquota_destination_free_ports", GAUGE, "ports", "Ports left towards a destination.",
	  { PLAIN("free") } },
};

static void put_account_labels(const char **separator, const struct record *rec)
{
	char *gone;

	if (!record_flag(rec, "deleted")) {
		metric_label(separator, "cgroup", record_text(rec, "path"));
		return;
	}
	gone = xasprintf("%s " PORTQUOTA_DELETED, record_text(rec, "path"));
	metric_label(separator, "cgroup", gone);
	free(gone);
}

static void put_destination_labels(const char **separator, const struct record *rec)
{
	metric_label(separator, "source", record_text(rec, "source"));
	metric_label(separator, "destination", record_text(rec, "destination"));
	if (record_find(rec, "range"))
		metric_label(separator, "range", record_text(rec, "range"));
}

static void put_namespace_labels(const char **separator, const struct record *rec)
{
	(void)separator;
	(void)rec;
}

/* Returns the records of a scrape that a group of metrics is made from. */
typedef const struct record *(*get_records)(const struct scrape *scrape, size_t *count);

static const struct record *get_accounts(const struct scrape *scrape, size_t *count)
{
	*count = scrape->now.accounts.count;
	return scrape->now.accounts.recs;
}

static const struct record *get_stat(const struct scrape *scrape, size_t *count)
{
	*count = 1;
	return &scrape->now.stat;
}

static const struct record *get_destinations(const struct scrape *scrape, size_t *count)
{
	*count = scrape->now.destinations.count;
	if (*count > scrape->most)
		*count = scrape->most;
	return scrape->now.destinations.recs;
}

static void put_metrics(const struct export *export, const struct metric *metrics, size_t number,
			get_records get, metric_labels_fn labels)
{
	static const char *const types[] = {
		[GAUGE] = "gauge", [PEAK] = "gauge", [SETTING] = "gauge", [COUNTER] = "counter",
	};
	const struct metric_source *source;
	const struct record *recs;
	size_t count;

	for (const struct metric *m = metrics; m < metrics + number; m++) {
		metric_head(m->name, types[m->type], m->unit, m->help);
		for (size_t i = 0; i < export->count; i++) {
			recs = get(&export->list[i], &count);
			for (source = m->sources; source->key; source++)
				metric_samples(m, source, export->list[i].netns, recs, count,
					       labels);
		}
	}
}

#define PUT_METRICS(export, metrics, get, labels)	\
	put_metrics(export, metrics, ARRAY_SIZE(metrics), get, labels)

static void put_bucket(const struct scrape *scrape, const struct lifetime *life)
{
	uintmax_t total = life->before + life->count;
	const char *separator = "{";
	char under[16] = "+Inf";

	if (life->under)
		snprintf(under, sizeof(under), "%u.0", life->under);
	fputs("portquota_timewait_lifetime_seconds_bucket", stdout);
	if (scrape->netns)
		metric_label(&separator, "netns", scrape->netns);
	metric_label(&separator, "le", under);
	printf("} %ju\n", total);
	if (life->under)
		return;
	separator = "{";
	fputs("portquota_timewait_lifetime_seconds_count", stdout);
	if (scrape->netns)
		metric_label(&separator, "netns", scrape->netns);
	printf("%s %ju\n", *separator == ',' ? "}" : "", total);
}

static void put_lifetimes(const struct export *export)
{
	struct lifetime life;

	metric_head("portquota_timewait_lifetime_seconds", "histogram", "seconds",
		    "How long TIME_WAITs lasted.");
	for (size_t i = 0; i < export->count; i++)
		for (size_t c = 0; lifetime_get(&export->list[i].now.stat, c, &life); c++)
			put_bucket(&export->list[i], &life);
}

static void put_hooks(const struct export *export)
{
	const struct metric metric = { .name = "portquota_hooks_live" };
	const struct scrape *scrape;

	metric_head(metric.name, "gauge", NULL, "1 while the hooks of the module work, else 0.");
	for (size_t i = 0; i < export->count; i++) {
		scrape = &export->list[i];
		if (record_find(&scrape->now.stat, "hooks"))
			metric_sample(&metric, metric.sources, scrape->netns, &scrape->now.stat,
				      put_namespace_labels, !totals_are_dead(&scrape->now.stat));
	}
}

static void put_mode(void)
{
	static const char *const modes[] = { "enforce", "audit", "off" };
	char mode[16];

	if (!kfile_peek(KFILE_MODE, mode, sizeof(mode)))
		return;
	metric_head("portquota_mode", "stateset", NULL, "What limits do on the whole host.");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		printf("portquota_mode{portquota_mode=\"%s\"} %d\n", modes[i],
		       !strcmp(mode, modes[i]));
}

/* The same judgment as that of check and status. */
static void add_level(struct survey *now, const struct survey *before)
{
	enum resource_level worst = LEVEL_FINE;
	struct resources resources;

	resources_fill(&resources, now, before->when ? before : NULL);
	resources_judge(&resources, &resource_thresholds);
	for (size_t i = 0; i < resources.count; i++)
		if (resources.list[i].level > worst)
			worst = resources.list[i].level;
	resources_free(&resources);
	record_add_number(&now->stat, "level", worst);
}

static int read_one(void *data)
{
	struct export *export = data;
	struct survey before;
	struct scrape *scrape;
	int err;

	export->list = xrealloc(export->list, export->count + 1, sizeof(*export->list));
	scrape = &export->list[export->count++];
	*scrape = (struct scrape){ .netns = netns_called(), .most = export->most };
	err = survey_take_twice(&scrape->now, &before, export->most > SURVEY_DESTINATIONS ?
				export->most : SURVEY_DESTINATIONS);
	if (!err)
		add_level(&scrape->now, &before);
	survey_free(&before);
	return err;
}

static void put_all(const struct export *export)
{
	put_mode();
	put_hooks(export);
	PUT_METRICS(export, namespace_metrics, get_stat, put_namespace_labels);
	PUT_METRICS(export, account_metrics, get_accounts, put_account_labels);
	PUT_METRICS(export, destination_metrics, get_destinations, put_destination_labels);
	put_lifetimes(export);
	puts("# EOF");
}

/* A reader could not tell a part of the metrics from all of them, so a failure prints nothing. */
int cmd_export(int argc, char **argv)
{
	struct export export = { .most = DESTINATIONS };
	int err;

	args_parse(&takes, argc, argv, &export);
	err = netns_each(read_one, &export);
	if (!err)
		put_all(&export);
	for (size_t i = 0; i < export.count; i++) {
		free(export.list[i].netns);
		survey_free(&export.list[i].now);
	}
	free(export.list);
	return err ? CLI_FAILED : CLI_DONE;
}
