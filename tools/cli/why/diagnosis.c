// SPDX-License-Identifier: GPL-2.0-only
/*
 * Diagnosis: see diagnosis.h.
 *
 * Each cause has a function that finds it. What a counter says is certain: a limit that is reached,
 * a range or a destination with nothing left, a refusal between the two looks. What is concluded
 * from fractions is likely. What is in plenty is no cause: TIME_WAIT and leaks count only where
 * ports are short.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/account.h"
#include "model/rules.h"
#include "why/diagnosis.h"

#define LEAK_PART	20	/* a twentieth of the ports is too much for a leak */
#define LEAK_MIN	16
#define DELAY_MIN	30

static const char *const use_names[] = { "tcp", "udp", "timewait" };
static const char *const proto_names[] = { "TCP", "UDP" };

static const char reuse[] =
	"Reuse connections: keep them open, in a pool or by keep-alive, rather than one a request.";
static const char fewer_sockets[] =
	"Use one socket for many peers, or close those that are done.";
static const char no_port[] =
	"If bind() is called before connect() to choose an address: set IP_BIND_ADDRESS_NO_PORT "
	"before it, so that ports are shared between destinations.";
static const char widen[] =
	"Widen the range of the namespace: sysctl net.ipv4.ip_local_port_range=\"START END\".";
static const char addresses[] =
	"Use more addresses: each pair of a source address and a destination (address and port) has "
	"all ports for itself.";

static struct finding *add(struct findings *findings, enum cause cause, bool certain,
			   uint64_t weight)
{
	struct finding *finding;

	if (findings->count == findings->room) {
		findings->room = findings->room ? 2 * findings->room : 8;
		findings->list = need_realloc(findings->list, findings->room, sizeof(*finding));
	}
	finding = &findings->list[findings->count++];
	*finding = (struct finding){ .cause = cause, .certain = certain, .weight = weight };
	return finding;
}

static void __printf(2, 3) advise(struct finding *finding, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	size_t i = 0;

	while (finding->advice[i])
		i++;
	if (i == FINDING_ADVICE)
		return;
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	finding->advice[i] = text;
}

static void add_program(struct finding *finding, const char *comm, uint64_t pid, uint64_t held)
{
	if (!comm)
		return;
	record_add_text(&finding->who, "comm", comm);
	if (pid)
		record_add_number(&finding->who, "pid", pid);
	record_add_number(&finding->who, "held", held);
}

static uint64_t per_second(const struct figures *f, uint64_t count)
{
	return f->seconds > 0 ? count / f->seconds + 0.5 : 0;
}

/* "3 a second", or for what is rarer "1 in 5 seconds". */
static char *often(const struct figures *f, uint64_t count)
{
	uint64_t rate = per_second(f, count);

	if (rate)
		return need_printf("%ju a second", (uintmax_t)rate);
	return need_printf("%ju in %.0f seconds", (uintmax_t)count, f->seconds);
}

/* In the order of the tree those below an account follow it. */
static const struct figures_account *first_below(const struct figures *f,
						 const struct figures_account *top)
{
	return top == &f->whole ? f->accounts : top;
}

static bool is_below(const struct figures *f, const struct figures_account *account,
		     const struct figures_account *top)
{
	return account < f->accounts + f->account_count &&
	       account_is_below(account->path, top->path);
}

/* What an account holds by itself, of two kinds */
typedef uint64_t (*own_fn)(const struct figures_account *account);

static uint64_t own_reservations(const struct figures_account *account)
{
	return account->local;
}

static uint64_t own_timewaits(const struct figures_account *account)
{
	return account->timewait_local;
}

/* The account below @top (itself included) that holds most by itself. */
static const struct figures_account *largest(const struct figures *f,
					     const struct figures_account *top, own_fn own)
{
	const struct figures_account *best = NULL, *account;

	for (account = first_below(f, top); is_below(f, account, top); account++)
		if (own(account) && (!best || own(account) > own(best)))
			best = account;
	return best;
}

static void add_largest(const struct figures *f, struct finding *finding,
			const struct figures_account *top, own_fn own)
{
	const struct figures_account *account = largest(f, top, own);

	if (!account)
		return;
	record_add_text(&finding->who, "cgroup", account->path);
	add_program(finding, account->comm, account->pid, account->comm_held);
}

/* Rules */

static bool is_full(const struct figures_use *use)
{
	return use->has_max && use->current >= use->max && (use->current || use->refused);
}

/* A write replaces all of a rule, so all of it is told. */
static void advise_raise(struct finding *finding, const struct figures_use *use, size_t u)
{
	char *key = need_printf(" %s.max=", use_names[u]), *rule, *quoted;
	const char *at = use->rule ? strstr(use->rule, key) : NULL, *rest;

	if (at) {
		at += strlen(key);
		rest = at + strcspn(at, " ");
		rule = need_printf("%.*sNUMBER%s", (int)(at - use->rule), use->rule, rest);
		quoted = rule_quote(rule);
		advise(finding, "Raise it, if it is meant to hold more: portquota rule set %s.",
		       quoted);
		free(quoted);
		free(rule);
	} else {
		advise(finding, "Raise %s.max in the rule%s, if it is meant to hold more.",
		       use_names[u], use->rule ? "" : " of the host");
	}
	free(key);
}

static void find_rule(const struct figures *f, struct findings *findings,
		      const struct figures_account *account, size_t u, uint64_t refused)
{
	const struct figures_use *use = &account->use[u];
	const struct figures_account *top = largest(f, account, own_reservations);
	struct finding *finding = add(findings, CAUSE_RULE, true, refused);
	char *rate = often(f, refused);

	finding->what = need_printf("%s is at %ju of its %s.max of %ju: %s%s.", account->path,
				    (uintmax_t)use->current, use_names[u], (uintmax_t)use->max,
				    refused ? "refused are " : "the next one is refused",
				    refused ? rate : "");
	free(rate);
	record_add_text(&finding->who, "cgroup", account->path);
	record_add_text(&finding->who, "rule", use->rule ? use->rule : "a rule of the host");
	if (top)
		add_program(finding, top->comm, top->pid, top->comm_held);
	record_add_text(&finding->who, "resource", use_names[u]);
	record_add_number(&finding->figures, "current", use->current);
	record_add_number(&finding->figures, "max", use->max);
	record_add_number(&finding->figures, "refused", refused);
	record_add_number(&finding->figures, "refused.rate", per_second(f, refused));
	if (u == USE_TIMEWAIT)
		advise(finding, "Wait: a TIME_WAIT ends by itself after %ju seconds.",
		       (uintmax_t)account->delay);
	advise(finding, "%s", u == USE_UDP ? fewer_sockets : reuse);
	advise_raise(finding, use, u);
}

/* A rule has refused something between the two looks, and is no more. */
static void find_former_rule(const struct figures *f, struct findings *findings,
			     const struct figures_account *account, size_t u)
{
	uint64_t refused = account->use[u].refused;
	struct finding *finding = add(findings, CAUSE_RULE, true, refused);
	char *rate = often(f, refused);

	finding->what = need_printf("%s was refused %s ports, %s, by a rule that has gone since.",
				    account->path, use_names[u], rate);
	free(rate);
	record_add_text(&finding->who, "cgroup", account->path);
	record_add_text(&finding->who, "resource", use_names[u]);
	record_add_number(&finding->figures, "refused", refused);
	record_add_number(&finding->figures, "refused.rate", per_second(f, refused));
	advise(finding, "Look again.");
}

/* Whether a rule of this account, or of one above it, is there to be blamed for its refusals. */
static bool is_explained(const struct figures_account *account, size_t u)
{
	for (; account; account = account->above)
		if (is_full(&account->use[u]))
			return true;
	return false;
}

/* Of the limits of an account and of those above it the nearest, of two the upper. */
static const struct figures_account *tightest(const struct figures_account *account, size_t u)
{
	const struct figures_account *best = NULL;
	const struct figures_use *use;

	for (; account; account = account->above) {
		use = &account->use[u];
		if (!use->has_max)
			continue;
		if (!best || use->current * (double)best->use[u].max >=
			     best->use[u].current * (double)use->max)
			best = account;
	}
	return best;
}

static bool is_lowest_refused(const struct figures *f, const struct figures_account *account,
			      size_t u)
{
	const struct figures_account *other;

	for (other = account + 1; is_below(f, other, account); other++)
		if (other->use[u].refused)
			return false;
	return true;
}

/*
 * A refusal counts at the account of the socket and at all above it, so the account that has the
 * limit says how many. Usage may have fallen since, and the limit not be reached any more.
 */
static void find_rules(const struct figures *f, struct findings *findings)
{
	const struct figures_account *account, *tight;

	if (!f->enforcing)
		return;
	for (size_t u = 0; u < USES; u++) {
		for (size_t i = 0; i < f->account_count; i++) {
			account = &f->accounts[i];
			if (is_full(&account->use[u]))
				find_rule(f, findings, account, u, account->use[u].refused);
			if (!account->use[u].refused || is_explained(account, u) ||
			    !is_lowest_refused(f, account, u))
				continue;
			tight = tightest(account, u);
			if (tight)
				find_rule(f, findings, tight, u, account->use[u].refused);
			else
				find_former_rule(f, findings, account, u);
		}
	}
}

/* Destinations */

static bool is_past_half(const struct figures_destination *dest)
{
	return dest->usable && 2 * dest->used >= dest->usable;
}

static void find_destination(const struct figures *f, struct findings *findings,
			     const struct figures_destination *dest)
{
	bool full = !dest->free;
	struct finding *finding = add(findings, CAUSE_DESTINATION, full, dest->used);
	char *grows = dest->growth ? often(f, dest->growth) : NULL;

	finding->what = need_printf("%ju of %ju ports from %s to %s are used%s%s: %s.",
				    (uintmax_t)dest->used, (uintmax_t)dest->usable, dest->source,
				    dest->destination, grows ? ", more by " : "", grows ? grows : "",
				    full ? "connect() to there fails" :
				    "past half, each connect() to there searches far longer");
	free(grows);
	record_add_text(&finding->who, "source", dest->source);
	record_add_text(&finding->who, "destination", dest->destination);
	if (dest->path)
		record_add_text(&finding->who, "cgroup", dest->path);
	add_program(finding, dest->comm, dest->pid, dest->comm_held);
	record_add_text(&finding->who, "range", dest->range);
	record_add_number(&finding->figures, "used", dest->used);
	record_add_number(&finding->figures, "timewait", dest->timewait);
	record_add_number(&finding->figures, "usable", dest->usable);
	record_add_number(&finding->figures, "free", dest->free);
	record_add_number(&finding->figures, "growth.rate", per_second(f, dest->growth));
	advise(finding, "%s", reuse);
	advise(finding, "%s", addresses);
	if (!strcmp(dest->range, f->whole.ports[PROTO_TCP].range))
		advise(finding, "%s", widen);
	else
		advise(finding, "Widen the range %s of the cgroup: portquota range set tcp START NUMBER "
		       "PATH.", dest->range);
}

static void find_destinations(const struct figures *f, struct findings *findings)
{
	for (size_t i = 0; i < f->destination_count; i++)
		if (is_past_half(&f->destinations[i]))
			find_destination(f, findings, &f->destinations[i]);
}

/* Ranges */

/* Whether a destination of that range is full of connections, which explains what was exhausted. */
static bool has_full_destination(const struct figures *f, const char *range)
{
	for (size_t i = 0; i < f->destination_count; i++)
		if (is_past_half(&f->destinations[i]) && !f->destinations[i].free &&
		    !strcmp(f->destinations[i].range, range))
			return true;
	return false;
}

/* Whether what bind() and listen() hold leaves no port, even where there are few connections. */
static bool leaves_nothing(const struct figures *f, const struct figures_ports *ports)
{
	const struct figures_destination *dest;

	if (ports->usable && ports->exclusive >= ports->usable)
		return true;
	for (size_t i = 0; i < f->destination_count; i++) {
		dest = &f->destinations[i];
		if (dest->usable && !dest->free && !is_past_half(dest) &&
		    !strcmp(dest->range, ports->range))
			return true;
	}
	return false;
}

static struct finding *add_range(const struct figures *f, struct findings *findings,
				 const struct figures_account *account, size_t proto, bool certain)
{
	const struct figures_ports *ports = &account->ports[proto];
	struct finding *finding = add(findings, CAUSE_RANGE, certain, ports->exhausted);

	add_largest(f, finding, account, own_reservations);
	record_add_text(&finding->who, "range", ports->range);
	record_add_text(&finding->who, "resource", use_names[proto]);
	record_add_number(&finding->figures, "held", ports->held);
	if (proto == PROTO_TCP)
		record_add_number(&finding->figures, "exclusive", ports->exclusive);
	record_add_number(&finding->figures, "usable", ports->usable);
	record_add_number(&finding->figures, "exhausted", ports->exhausted);
	record_add_number(&finding->figures, "exhausted.rate", per_second(f, ports->exhausted));
	return finding;
}

static void advise_range(struct finding *finding, const struct figures *f,
			 const struct figures_account *account, size_t proto)
{
	const struct figures_ports *ports = &account->ports[proto];
	char *path = rule_quote_path(account->path);

	if (proto == PROTO_TCP && 2 * ports->exclusive >= ports->held)
		advise(finding, "%s", no_port);
	if (account == &f->whole)
		advise(finding, "%s", widen);
	else
		advise(finding, "Widen its range: portquota range set %s START NUMBER %s.",
		       use_names[proto], path);
	advise(finding, "%s", proto == PROTO_TCP ? reuse : fewer_sockets);
	free(path);
	advise(finding, "Keep the largest in bounds: portquota rule set PATH %s.max=NUMBER.",
	       use_names[proto]);
}

static char *whose_range(const struct figures *f, const struct figures_account *account,
			 size_t proto)
{
	if (account == &f->whole)
		return need_printf("the namespace's %s range %s", proto_names[proto],
				   account->ports[proto].range);
	return need_printf("the %s range %s of %s", proto_names[proto], account->ports[proto].range,
			   account->path);
}

static bool is_part(uint64_t part, uint64_t whole, unsigned int percent)
{
	return whole && part >= whole * (percent / 100.0);
}

/* What a range is short of; NULL if it is not. @certain: whether that is a fact. */
static char *range_trouble(const struct figures *f, const struct figures_account *account,
			   size_t proto, bool *certain)
{
	const struct figures_ports *ports = &account->ports[proto];
	/* An account's reservations can share ports, so they say less than ports do. */
	bool ports_known = account == &f->whole || proto == PROTO_UDP;
	uintmax_t held = ports->held, usable = ports->usable;

	*certain = true;
	if (proto == PROTO_TCP && leaves_nothing(f, ports))
		return need_printf("holds %ju ports taken by bind() or listen(), of %ju usable: no "
				   "connect() can share them", (uintmax_t)ports->exclusive, usable);
	/* Connections to others can share ports: then it is the destination that is full. */
	if (proto == PROTO_TCP && has_full_destination(f, ports->range)) {
		*certain = false;
		if (!ports_known || !usable || held < usable)
			return NULL;
		return need_printf("has each of its %ju ports in use: connect() to other destinations "
				   "can share them, but bind() without a port finds none", usable);
	}
	if (ports_known && usable && held >= usable)
		return need_printf("is used up, %ju of %ju ports", held, usable);
	if (ports->exhausted && (ports_known ? is_part(held, usable, 90) : held >= usable))
		return need_printf("is used up, %ju of %ju %s", held, usable,
				   ports_known ? "ports" : "reserved");
	*certain = false;
	if (ports->exhausted)
		return need_printf("had no free port for some, though %ju of %ju are held: a socket "
				   "may have a narrower one of its own (IP_LOCAL_PORT_RANGE)", held,
				   usable);
	if (ports_known && is_part(held, usable, 90))
		return need_printf("is nearly used up, %ju of %ju ports", held, usable);
	return NULL;
}

static void find_range(const struct figures *f, struct findings *findings,
		       const struct figures_account *account, size_t proto)
{
	const struct figures_ports *ports = &account->ports[proto];
	char *whose, *trouble, *rate;
	struct finding *finding;
	bool certain;

	trouble = range_trouble(f, account, proto, &certain);
	if (!trouble)
		return;
	finding = add_range(f, findings, account, proto, certain);
	whose = whose_range(f, account, proto);
	rate = often(f, ports->exhausted);
	finding->what = need_printf("%s %s%s%s.", whose, trouble,
				    ports->exhausted ? "; calls that found none: " : "",
				    ports->exhausted ? rate : "");
	/* A sentence begins with a capital, a path with its slash. */
	if (*finding->what == 't')
		*finding->what = 'T';
	advise_range(finding, f, account, proto);
	free(rate);
	free(whose);
	free(trouble);
}

/* What was exhausted in a range of a cgroup's own is not of the whole. */
static uint64_t exhausted_in_own(const struct figures *f, size_t proto)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < f->account_count; i++)
		if (f->accounts[i].ports[proto].own)
			sum += f->accounts[i].ports[proto].exhausted;
	return sum;
}

static void find_ranges(const struct figures *f, struct findings *findings)
{
	struct figures rest = *f;
	struct figures_ports *ports;
	uint64_t own;

	for (size_t proto = 0; proto < PROTOS; proto++) {
		ports = &rest.whole.ports[proto];
		own = exhausted_in_own(f, proto);
		ports->exhausted -= own < ports->exhausted ? own : ports->exhausted;
		find_range(&rest, findings, &rest.whole, proto);
		for (size_t i = 0; i < f->account_count; i++)
			if (f->accounts[i].ports[proto].own)
				find_range(f, findings, &f->accounts[i], proto);
	}
}

/* TIME_WAIT */

/**
 * struct scope - where ports are short
 * @name: what that is
 * @held: ports held there
 * @timewait: of these: in TIME_WAIT
 */
struct scope {
	const char *name;
	uint64_t held;
	uint64_t timewait;
	const struct figures_account *account;
	const struct figures_destination *dest;
};

static bool is_churned(const struct scope *scope)
{
	return scope->held && 2 * scope->timewait >= scope->held;
}

static bool account_is_short(const struct figures_account *account)
{
	const struct figures_ports *ports = &account->ports[PROTO_TCP];

	return is_full(&account->use[USE_TCP]) || account->use[USE_TCP].refused ||
	       is_full(&account->use[USE_TIMEWAIT]) || (ports->own && ports->exhausted);
}

/* The narrowest place where ports are short and most are in TIME_WAIT. */
static bool churned_scope(const struct figures *f, struct scope *scope)
{
	const struct figures_account *whole = &f->whole, *account;
	const struct figures_destination *dest;

	for (size_t i = f->account_count; i-- > 0; ) {
		account = &f->accounts[i];
		*scope = (struct scope){ account->path, account->use[USE_TCP].current,
					 account->reserving, account, NULL };
		if (account_is_short(account) && is_churned(scope))
			return true;
	}
	for (size_t i = 0; i < f->destination_count; i++) {
		dest = &f->destinations[i];
		*scope = (struct scope){ dest->destination, dest->used, dest->timewait, whole,
					 dest };
		if (is_past_half(dest) && is_churned(scope))
			return true;
	}
	*scope = (struct scope){ "the namespace", whole->use[USE_TCP].current, whole->reserving,
				 whole, NULL };
	return is_churned(scope) && (is_part(whole->ports[PROTO_TCP].held,
					     whole->ports[PROTO_TCP].usable, 50) ||
				     whole->ports[PROTO_TCP].exhausted);
}

static void find_churn(const struct figures *f, struct findings *findings)
{
	const struct figures_account *account;
	struct finding *finding;
	uint64_t rate, product;
	struct scope scope;
	bool steady;
	char *path;

	if (!churned_scope(f, &scope))
		return;
	account = scope.account;
	rate = per_second(f, account->entered);
	product = rate * account->delay;
	steady = 2 * product >= account->use[USE_TIMEWAIT].current;
	finding = add(findings, CAUSE_CHURN, false, scope.timewait);
	finding->what = need_printf("Of %ju ports held %s %s, %ju are in TIME_WAIT. %ju connections "
				    "are closed a second, and each stays for %ju seconds: %s.",
				    (uintmax_t)scope.held, scope.dest ? "towards" : "by", scope.name,
				    (uintmax_t)scope.timewait, (uintmax_t)rate,
				    (uintmax_t)account->delay,
				    steady ? "that explains it" :
				    "it is left from a burst, and will be gone by then");
	if (scope.dest)
		record_add_text(&finding->who, "destination", scope.dest->destination);
	add_largest(f, finding, account, own_timewaits);
	record_add_number(&finding->figures, "held", scope.held);
	record_add_number(&finding->figures, "timewait", scope.timewait);
	record_add_number(&finding->figures, "entered.rate", rate);
	record_add_number(&finding->figures, "delay", scope.account->delay);
	record_add_number(&finding->figures, "rate.delay", product);
	advise(finding, "%s", reuse);
	advise(finding, "Let the other side close first: TIME_WAIT stays with the one that does.");
	advise(finding, "Allow reuse where both sides have timestamps: sysctl net.ipv4.tcp_tw_reuse=1.");
	path = rule_quote_path(scope.account->path);
	if (scope.account->delay > DELAY_MIN)
		advise(finding, "Shorten it: portquota timewait set %u %s (portquota(8) has the risks).",
		       DELAY_MIN, path);
	free(path);
}

static void find_overflow(const struct figures *f, struct findings *findings)
{
	const struct figures_account *whole = &f->whole;
	const struct figures_use *use = &whole->use[USE_TIMEWAIT];
	/* At the limit there are as many as ever, and no more are made. */
	bool at_peak = whole->overflow_ever && use->current &&
		       is_part(use->current, whole->timewait_peak, 95);
	struct finding *finding;
	char *rate;

	if (!whole->overflow && !at_peak)
		return;
	finding = add(findings, CAUSE_OVERFLOW, whole->overflow, whole->overflow);
	rate = often(f, whole->overflow);
	if (whole->overflow)
		finding->what = need_printf("TIME_WAITs that could not be made: %s. There are %ju: the "
					    "limit is reached (tcp_max_tw_buckets), or memory is short.",
					    rate, (uintmax_t)use->current);
	else
		finding->what = need_printf("%ju TIME_WAITs could not be made so far, and with %ju now "
					    "there are about as many as there ever were.",
					    (uintmax_t)whole->overflow_ever, (uintmax_t)use->current);
	free(rate);
	add_largest(f, finding, whole, own_timewaits);
	record_add_number(&finding->figures, "overflow", whole->overflow);
	record_add_number(&finding->figures, "overflow.ever", whole->overflow_ever);
	record_add_number(&finding->figures, "timewait", use->current);
	record_add_number(&finding->figures, "timewait.peak", whole->timewait_peak);
	advise(finding, "Raise the limit: sysctl net.ipv4.tcp_max_tw_buckets.");
	advise(finding, "%s", reuse);
}

/* Leaks */

static int by_path(const void *path, const void *account)
{
	return account_path_cmp(path, ((const struct figures_account *)account)->path);
}

static const struct figures_account *account_of(const struct figures *f, const char *path)
{
	const struct figures_account *account = NULL;

	if (f->account_count)
		account = bsearch(path, f->accounts, f->account_count, sizeof(*account), by_path);
	return account ?: &f->whole;
}

/* How many ports a cgroup may hold. */
static uint64_t room_of(const struct figures_account *account)
{
	const struct figures_use *use = &account->use[USE_TCP];

	return use->has_max && use->max < account->ports[PROTO_TCP].usable ?
	       use->max : account->ports[PROTO_TCP].usable;
}

static bool is_many(uint64_t count, uint64_t room)
{
	return count >= LEAK_MIN && LEAK_PART * count >= room;
}

static void find_leak(const struct figures *f, struct findings *findings,
		      const struct figures_leak *leak)
{
	struct finding *finding = add(findings, CAUSE_LEAK, false, leak->count);
	char *grows = leak->growth ? often(f, leak->growth) : NULL;
	bool closing = !strcmp(leak->state, "CLOSE-WAIT");
	char *path = rule_quote_path(leak->path);

	finding->what = need_printf("%s holds %ju ports in %s%s%s: %s.", leak->path,
				    (uintmax_t)leak->count, leak->state, grows ? ", more by " : "",
				    grows ? grows : "",
				    closing ? "the other side has closed, this one does not" :
				    "with neither a connection nor a listener");
	free(grows);
	record_add_text(&finding->who, "cgroup", leak->path);
	add_program(finding, leak->comm, leak->pid, leak->count);
	record_add_text(&finding->who, "state", leak->state);
	record_add_number(&finding->figures, "count", leak->count);
	record_add_number(&finding->figures, "growth.rate", per_second(f, leak->growth));
	record_add_number(&finding->figures, "old", leak->old);
	if (closing) {
		advise(finding, "Have the program close() a connection when it reads its end; until it "
		       "is mended, restart it.");
	} else {
		advise(finding, "%s", no_port);
		advise(finding, "Have the program close() sockets that it bound and does not use.");
	}
	advise(finding, "See which: portquota reservations --state %s --account %s.",
	       closing ? "close-wait" : "bound", path);
	free(path);
}

/* Without privilege: BOUND is counted for everyone, its age and its owners are not told. */
static void find_bound(const struct figures *f, struct findings *findings)
{
	const struct figures_account *account, *best = NULL;
	struct figures_leak leak;

	for (size_t i = 0; i < f->account_count; i++) {
		account = &f->accounts[i];
		if (!is_many(account->bound, room_of(account)) ||
		    (!account->bound_growth && 4 * account->bound < room_of(account)))
			continue;
		/* Of a parent and its child the child, if it is not the smaller part. */
		if (!best || (account_is_below(account->path, best->path) && 2 * account->bound >= best->bound))
			best = account;
	}
	if (!best)
		return;
	leak = (struct figures_leak){ .state = "BOUND", .path = best->path, .count = best->bound,
				      .growth = best->bound_growth };
	find_leak(f, findings, &leak);
}

static void find_leaks(const struct figures *f, struct findings *findings)
{
	const struct figures_leak *leak;

	for (size_t i = 0; i < f->leak_count; i++) {
		leak = &f->leaks[i];
		if (is_many(leak->count, room_of(account_of(f, leak->path))) &&
		    (leak->growth || 2 * leak->old >= leak->count))
			find_leak(f, findings, leak);
	}
	if (!f->leaks_known)
		find_bound(f, findings);
}

/**
 * figures_link - tell each account which is the nearest above it
 * @f: the figures, whose accounts are in the order of the tree
 */
void figures_link(struct figures *f)
{
	const struct figures_account *above = NULL;
	struct figures_account *account;

	for (size_t i = 0; i < f->account_count; i++) {
		account = &f->accounts[i];
		while (above && !account_is_below(account->path, above->path))
			above = above->above;
		account->above = above;
		above = account;
	}
}

/* Nothing */

static void find_none(const struct figures *f, struct findings *findings)
{
	const struct figures_ports *ports = &f->whole.ports[PROTO_TCP];
	uint64_t refused = f->whole.use[USE_TCP].refused + f->whole.use[USE_UDP].refused;
	uint64_t exhausted = ports->exhausted + f->whole.ports[PROTO_UDP].exhausted;
	const struct figures_destination *dest = f->destination_count ? f->destinations : NULL;
	/* In mode audit a rule counts what it would have refused, and refuses nothing. */
	struct finding *finding = add(findings, CAUSE_NONE, f->leaks_known && f->destinations_known,
				      0);
	char *busiest = dest ? need_printf("%ju of %ju ports are used to the busiest destination, %s",
					   (uintmax_t)dest->used, (uintmax_t)dest->usable,
					   dest->destination) :
			f->destinations_known ? need_strdup("no connection uses a port") :
			need_strdup("destinations are not told by this module");

	finding->what = need_printf("Nothing is wrong with ports: %ju of %ju are in use; %s; in %.1f "
				    "seconds no call was refused and none found no port.",
				    (uintmax_t)ports->held, (uintmax_t)ports->usable, busiest,
				    f->seconds);
	free(busiest);
	record_add_number(&finding->figures, "ports", ports->held);
	record_add_number(&finding->figures, "usable", ports->usable);
	if (dest) {
		record_add_text(&finding->who, "source", dest->source);
		record_add_text(&finding->who, "destination", dest->destination);
		record_add_number(&finding->figures, "used", dest->used);
		record_add_number(&finding->figures, "free", dest->free);
	}
	record_add_number(&finding->figures, "refused", refused);
	record_add_number(&finding->figures, "exhausted", exhausted);
}

static int in_order(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->certain != y->certain)
		return x->certain ? -1 : 1;
	if (x->cause != y->cause)
		return x->cause < y->cause ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return strcmp(x->what, y->what);
}

/**
 * diagnose - find the causes
 * @f: the figures
 * @findings: filled in, the certain first; one of CAUSE_NONE if there is no other. findings_free()
 *	is due, before the figures go
 */
void diagnose(const struct figures *f, struct findings *findings)
{
	*findings = (struct findings){ 0 };
	find_rules(f, findings);
	find_ranges(f, findings);
	find_destinations(f, findings);
	find_overflow(f, findings);
	find_churn(f, findings);
	find_leaks(f, findings);
	if (!findings->count)
		find_none(f, findings);
	qsort(findings->list, findings->count, sizeof(*findings->list), in_order);
}

/**
 * findings_free - give everything back
 * @findings: the findings
 */
void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->list[i].what);
		record_free(&findings->list[i].who);
		record_free(&findings->list[i].figures);
		for (size_t a = 0; a < FINDING_ADVICE; a++)
			free(findings->list[i].advice[a]);
	}
	free(findings->list);
	*findings = (struct findings){ 0 };
}

/**
 * cause_name - the word for a cause
 * @cause: the cause
 */
const char *cause_name(enum cause cause)
{
	static const char *const names[] = {
		[CAUSE_RULE] = "rule", [CAUSE_RANGE] = "range", [CAUSE_DESTINATION] = "destination",
		[CAUSE_OVERFLOW] = "overflow", [CAUSE_CHURN] = "churn", [CAUSE_LEAK] = "leak",
		[CAUSE_NONE] = "none",
	};

	return names[cause];
}
