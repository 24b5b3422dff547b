// SPDX-License-Identifier: GPL-2.0-only
/* Measuring: see measure.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "why/measure.h"

static const struct record *find_account(const struct look *look, const struct record *like)
{
	const struct account_list *list = &look->accounts;
	size_t low = 0, high = list->count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = account_cmp(&list->recs[middle], like, NULL);
		if (!order)
			return &list->recs[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* @before: NULL if it was not there at the first look */
static uint64_t growth(const struct record *now, const struct record *before, const char *key)
{
	uint64_t x = record_count(now, key), y = before ? record_count(before, key) : 0;

	return x > y ? x - y : 0;
}

static const struct {
	const char *name;
	const char *current;
	const char *max;
	const char *denied;
} uses[] = {
#define USE(name)	{ name, name ".current", name ".max", name ".denied" }
	[USE_TCP] = USE("tcp"), [USE_UDP] = USE("udp"), [USE_TIMEWAIT] = USE("timewait"),
#undef USE
};

static const char *rule_of(const struct evidence *ev, const char *path, const char *key)
{
	const struct rule *rule = rules_match(&ev->rules, path);
	char *value = rule ? rule_setting(rule, key) : NULL;
	const char *text = value ? rule->text : NULL;

	free(value);
	return text;
}

static void fill_uses(const struct evidence *ev, struct figures_account *to,
		      const struct record *now, const struct record *before)
{
	struct figures_use *use;
	uint64_t other;

	for (size_t u = 0; u < USES; u++) {
		use = &to->use[u];
		use->current = record_count(now, uses[u].current);
		use->has_max = record_number(now, uses[u].max, &use->max);
		use->refused = growth(now, before, uses[u].denied);
		if (use->has_max)
			use->rule = rule_of(ev, to->path, uses[u].max);
	}
	/* Calls that timewait.max refused are counted in tcp.denied too. */
	other = to->use[USE_TIMEWAIT].refused;
	use = &to->use[USE_TCP];
	use->refused -= other < use->refused ? other : use->refused;
}

static const char *range_of(const struct record *rec, const struct record *stat, const char *key)
{
	return record_find(rec, key) ? record_text(rec, key) : record_text(stat, "range");
}

static void fill_ports(const struct look *look, struct figures_account *to,
		       const struct record *now, const struct record *before)
{
	struct figures_ports *tcp = &to->ports[PROTO_TCP], *udp = &to->ports[PROTO_UDP];

	tcp->range = range_of(now, &look->stat, "tcp.range");
	udp->range = range_of(now, &look->stat, "udp.range");
	tcp->usable = account_usable(now, "tcp");
	udp->usable = account_usable(now, "udp");
	tcp->exclusive = record_count(now, "tcp.exclusive");
	tcp->held = to->use[USE_TCP].current;
	udp->held = to->use[USE_UDP].current;
	tcp->exhausted = growth(now, before, "tcp.exhausted");
	udp->exhausted = growth(now, before, "udp.exhausted");
}

static void fill_timewait(struct figures_account *to, const struct record *now,
			  const struct record *before)
{
	to->timewait_local = record_count(now, "timewait.local");
	to->reserving = record_count(now, "timewait.reserving");
	to->entered = growth(now, before, "timewait.entered");
	if (!record_number(now, "timewait.delay", &to->delay))
		to->delay = 60;
	to->overflow = growth(now, before, "timewait.overflow");
	to->overflow_ever = record_count(now, "timewait.overflow");
	to->timewait_peak = record_count(now, "timewait.peak");
}

static void fill(const struct evidence *ev, struct figures_account *to, const char *path,
		 const struct record *now, const struct record *before)
{
	*to = (struct figures_account){ .path = path };
	fill_uses(ev, to, now, before);
	fill_ports(&ev->looks[1], to, now, before);
	fill_timewait(to, now, before);
	to->local = record_count(now, "tcp.local");
	to->bound = record_count(now, "tcp.bound");
	to->bound_growth = growth(now, before, "tcp.bound");
	if (record_find(now, "owner.comm"))
		to->comm = record_text(now, "owner.comm");
	to->pid = record_count(now, "owner.pid");
	to->comm_held = record_count(now, "owner.held");
}

/* An account has a range of its own if the account above it has another one. */
static void mark_own(struct figures *f, struct figures_account *account)
{
	const struct figures_account *above = account->above ?: &f->whole;

	for (size_t p = 0; p < PROTOS; p++)
		account->ports[p].own = strcmp(account->ports[p].range, above->ports[p].range);
}

static void fill_accounts(const struct evidence *ev, struct figures *f)
{
	const struct look *now = &ev->looks[1];
	const struct record *rec;

	f->accounts = xrealloc(NULL, now->accounts.count, sizeof(*f->accounts));
	for (size_t i = 0; i < now->accounts.count; i++) {
		rec = &now->accounts.recs[i];
		/* Rules do not apply to removed cgroups. */
		if (record_flag(rec, "deleted"))
			continue;
		fill(ev, &f->accounts[f->account_count++], record_text(rec, "path"), rec,
		     find_account(&ev->looks[0], rec));
	}
	figures_link(f);
	for (size_t i = 0; i < f->account_count; i++)
		mark_own(f, &f->accounts[i]);
}

static const struct record *same_destination(const struct look *look, const struct record *dest)
{
	static const char *const keys[] = { "source", "destination", "range" };
	const struct record *other;
	size_t k;

	for (size_t i = 0; i < look->destinations.count; i++) {
		other = &look->destinations.recs[i];
		for (k = 0; k < ARRAY_SIZE(keys); k++)
			if (strcmp(record_text(other, keys[k]), record_text(dest, keys[k])))
				break;
		if (k == ARRAY_SIZE(keys))
			return other;
	}
	return NULL;
}

static void fill_destinations(const struct evidence *ev, struct figures *f)
{
	const struct look *look = &ev->looks[1];
	const struct record *rec, *before;
	struct figures_destination *to;

	f->destinations_known = look->destinations_known;
	f->destinations = xrealloc(NULL, look->destinations.count, sizeof(*f->destinations));
	for (size_t i = 0; i < look->destinations.count; i++) {
		rec = &look->destinations.recs[i];
		before = same_destination(&ev->looks[0], rec);
		to = &f->destinations[f->destination_count++];
		*to = (struct figures_destination){
			.source = record_text(rec, "source"),
			.destination = record_text(rec, "destination"),
			/* The module does not print the range of the namespace itself. */
			.range = record_find(rec, "range") ? record_text(rec, "range") :
							     f->whole.ports[PROTO_TCP].range,
			.used = record_count(rec, "used"),
			.timewait = record_count(rec, "timewait"),
			.usable = record_count(rec, "usable"),
			.free = record_count(rec, "free"),
			/* It may have existed then without being among the largest. */
			.growth = before ? growth(rec, before, "used") : 0,
		};
	}
}

/* groups_each() passes the largest first, so the first user of a destination is kept. */
static void take_user(const struct record *rec, void *data)
{
	struct figures *f = data;
	struct figures_destination *dest;

	for (size_t i = 0; i < f->destination_count; i++) {
		dest = &f->destinations[i];
		if (dest->path || strcmp(dest->source, record_text(rec, "local.address")) ||
		    strcmp(dest->destination, record_text(rec, "remote")))
			continue;
		dest->path = record_text(rec, "account");
		dest->comm = record_text(rec, "comm");
		dest->pid = record_count(rec, "pid");
		dest->comm_held = record_count(rec, "count");
	}
}

static struct figures_leak *leak_of(struct figures *f, const struct record *rec)
{
	const char *state = record_text(rec, "state"), *path = record_text(rec, "account");
	const char *comm = record_text(rec, "comm");
	struct figures_leak *leak;

	for (size_t i = 0; i < f->leak_count; i++) {
		leak = &f->leaks[i];
		if (!strcmp(leak->state, state) && !strcmp(leak->path, path) &&
		    !strcmp(leak->comm, comm))
			return leak;
	}
	f->leaks = xrealloc(f->leaks, f->leak_count + 1, sizeof(*f->leaks));
	leak = &f->leaks[f->leak_count++];
	*leak = (struct figures_leak){
		.state = state, .path = path, .comm = comm, .pid = record_count(rec, "pid"),
	};
	return leak;
}

static void take_leak(const struct record *rec, void *data)
{
	struct figures_leak *leak = leak_of(data, rec);
	uint64_t count = record_count(rec, "count");

	leak->count += count;
	leak->growth += count;
	if (record_flag(rec, "old"))
		leak->old += count;
}

static void take_past_leak(const struct record *rec, void *data)
{
	struct figures_leak *leak = leak_of(data, rec);
	uint64_t count = record_count(rec, "count");

	leak->growth -= count < leak->growth ? count : leak->growth;
}

/**
 * evidence_figures - make the figures
 * @ev: both looks
 * @f: filled in; refers to @ev. figures_free() is due
 */
void evidence_figures(struct evidence *ev, struct figures *f)
{
	struct look *before = &ev->looks[0], *now = &ev->looks[1];
	struct figures_ports *ports;

	*f = (struct figures){ .seconds = now->when - before->when, .enforcing = ev->enforcing };
	fill(ev, &f->whole, "/", &now->stat, &before->stat);
	ports = f->whole.ports;
	ports[PROTO_TCP].held = record_count(&now->stat, "tcp.ports");
	ports[PROTO_UDP].held = record_count(&now->stat, "udp.ports");
	fill_accounts(ev, f);
	fill_destinations(ev, f);
	f->leaks_known = !before->complaint && !now->complaint;
	if (!f->leaks_known)
		return;
	groups_each(&now->users, take_user, f);
	groups_each(&now->leaks, take_leak, f);
	groups_each(&before->leaks, take_past_leak, f);
}
