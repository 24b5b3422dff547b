// SPDX-License-Identifier: GPL-2.0-only
/* keys: see keys.h for what it promises. */
#include <linux/cgroup.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/string_helpers.h>
#include <net/tcp.h>
#include <uapi/linux/portquota.h>

#include "account/account.h"
#include "account/netns.h"
#include "account/owner.h"
#include "keys.h"
#include "lib/compat.h"

/* Where a key is shown */
#define IN_STAT		BIT(PQ_KEYS_FLAT)
#define IN_NAMESPACE	BIT(PQ_KEYS_NAMESPACE)
#define IN_ACCOUNT	BIT(PQ_KEYS_ACCOUNT)
#define IN_TOTALS	(IN_STAT | IN_NAMESPACE)
#define IN_ALL		(IN_TOTALS | IN_ACCOUNT)

#define OWNERS_SLICE	256	/* looked at in one RCU section */

struct file_key {
	const char *name;
	unsigned int where;
	/* Either the offset of an atomic in struct pq_account, */
	size_t offset;
	/* or of a long in an array of struct pq_count by resource, and that it is one; */
	bool counted;
	/* or, for what is no plain number, how to get it; or how to print it */
	long (*get)(const struct pq_account *acct);
	void (*put)(struct seq_file *seq, const struct pq_account *acct);
};

static long get_tcp_ports(const struct pq_account *acct)
{
	return pq_portcount_ports(&acct->key.net->ports[PQ_TCP]);
}

static long get_udp_ports(const struct pq_account *acct)
{
	return pq_portcount_ports(&acct->key.net->ports[PQ_UDP]);
}

/* Two numbers that are not read at once: never let the difference go below 0. */
static long get_tcp_shareable(const struct pq_account *acct)
{
	long exclusive = atomic_long_read(&acct->usage.tally[PQ_TCP_EXCLUSIVE]);

	return max(pq_usage_held(&acct->usage, PQ_TCP) - exclusive, 0L);
}

/* Reservations and TIME_WAITs, those that are both counted once */
static long get_before_load(const struct pq_account *acct)
{
	const struct pq_usage *usage = &acct->key.net->before_load->usage;

	return max(pq_usage_held(usage, PQ_TCP) + pq_usage_held(usage, PQ_UDP) +
		   pq_usage_held(usage, PQ_TIMEWAIT) - pq_usage_reserving(usage), 0L);
}

static long get_reserving(const struct pq_account *acct)
{
	return pq_usage_reserving(&acct->usage);
}

#define LOCAL_GETTER(name, res)							\
static long get_##name##_local(const struct pq_account *acct)			\
{										\
	return pq_usage_local(&acct->usage, res);				\
}

LOCAL_GETTER(tcp, PQ_TCP)
LOCAL_GETTER(udp, PQ_UDP)
LOCAL_GETTER(reserving, PQ_TIMEWAIT)

static long get_timewait_local(const struct pq_account *acct)
{
	return pq_usage_local_timewaits(&acct->usage);
}

#define LIMIT_GETTERS(resource, res)						\
static long get_##resource##_max(const struct pq_account *acct)			\
{										\
	return READ_ONCE(acct->usage.max[res]);					\
}										\
										\
static long get_##resource##_warn(const struct pq_account *acct)		\
{										\
	return READ_ONCE(acct->thresholds[(enum pq_metric)(res)].level[0]);	\
}

LIMIT_GETTERS(tcp, PQ_TCP)
LIMIT_GETTERS(udp, PQ_UDP)
LIMIT_GETTERS(timewait, PQ_TIMEWAIT)

static struct pq_ports range_of(const struct pq_account *acct, int i)
{
	struct pq_ports range = READ_ONCE(acct->range[i]);

	if (!range.low) {
		range.low = READ_ONCE(acct->key.net->range.low);
		range.high = READ_ONCE(acct->key.net->range.high);
	}
	return range;
}

static void put_range(struct seq_file *seq, const struct pq_account *acct, int i)
{
	struct pq_ports range = range_of(acct, i);

	seq_printf(seq, "%u-%u", range.low, range.high);
}

#define IN_RANGE_GETTER(resource, res)						\
static long get_##resource##_in_range(const struct pq_account *acct)		\
{										\
	return pq_account_in_range(acct, res);					\
}										\
										\
static long get_##resource##_in_range_local(const struct pq_account *acct)	\
{										\
	return pq_account_in_range_local(acct, res);				\
}

IN_RANGE_GETTER(tcp, PQ_TCP)
IN_RANGE_GETTER(udp, PQ_UDP)

static long get_tcp_exclusive_ports(const struct pq_account *acct)
{
	const struct pq_net *pn = acct->key.net;
	struct pq_ports range = range_of(acct, PQ_TCP);

	return pq_unshared_exclusive(&pn->unshared, pn->net->ipv4.sysctl_local_reserved_ports,
				     range.low, range.high);
}

static long get_tcp_spoiled(const struct pq_account *acct)
{
	const struct pq_net *pn = acct->key.net;
	struct pq_ports range = range_of(acct, PQ_TCP);

	return pq_unshared_spoiled(&pn->unshared, pn->net->ipv4.sysctl_local_reserved_ports,
				   range.low, range.high);
}

#define RANGE_GETTERS(resource, res)						\
static void put_##resource##_range(struct seq_file *seq, const struct pq_account *acct) \
{										\
	put_range(seq, acct, res);						\
}										\
										\
static long get_##resource##_usable(const struct pq_account *acct)		\
{										\
	return READ_ONCE(acct->usable[res]);					\
}

RANGE_GETTERS(tcp, PQ_TCP)
RANGE_GETTERS(udp, PQ_UDP)

static long get_delay(const struct pq_account *acct)
{
	return READ_ONCE(acct->delay) ?: TCP_TIMEWAIT_LEN / HZ;
}

#define COUNT(name, res, field) \
	{ name, IN_ALL, (res) * sizeof(struct pq_count) + offsetof(struct pq_count, field), true }
#define PEAK(name, res) \
	{ name, IN_ALL, offsetof(struct pq_account, usage.peak[res]) }
#define TALLY(name, which) \
	{ name, IN_ALL, offsetof(struct pq_account, usage.tally[which]) }
#define GET(name, where, how) \
	{ name, where, .get = how }
#define LIMIT(name, how) \
	GET(name, IN_ALL, how)
#define PUT(name, how) \
	{ name, IN_ALL, .put = how }

static const struct file_key keys[] = {
	COUNT("tcp.current", PQ_TCP, held),
	PEAK("tcp.peak", PQ_TCP),
	COUNT("tcp.begun", PQ_TCP, begun),
	COUNT("tcp.ended", PQ_TCP, ended),
	GET("tcp.ports", IN_TOTALS, get_tcp_ports),
	TALLY("tcp.exclusive", PQ_TCP_EXCLUSIVE),
	GET("tcp.shareable", IN_ALL, get_tcp_shareable),
	TALLY("tcp.bound", PQ_TCP_BOUND),
	TALLY("tcp.exhausted", PQ_TCP_EXHAUSTED),
	LIMIT("tcp.warn", get_tcp_warn),
	LIMIT("tcp.max", get_tcp_max),
	TALLY("tcp.denied", PQ_TCP_DENIED),
	TALLY("tcp.would_deny", PQ_TCP_WOULD_DENY),
	COUNT("udp.current", PQ_UDP, held),
	PEAK("udp.peak", PQ_UDP),
	COUNT("udp.begun", PQ_UDP, begun),
	COUNT("udp.ended", PQ_UDP, ended),
	GET("udp.ports", IN_TOTALS, get_udp_ports),
	TALLY("udp.exhausted", PQ_UDP_EXHAUSTED),
	LIMIT("udp.warn", get_udp_warn),
	LIMIT("udp.max", get_udp_max),
	TALLY("udp.denied", PQ_UDP_DENIED),
	TALLY("udp.would_deny", PQ_UDP_WOULD_DENY),
	COUNT("timewait.current", PQ_TIMEWAIT, held),
	PEAK("timewait.peak", PQ_TIMEWAIT),
	GET("timewait.reserving", IN_ALL, get_reserving),
	TALLY("timewait.fin_wait2", PQ_TW_FIN_WAIT2),
	COUNT("timewait.entered", PQ_TIMEWAIT, begun),
	TALLY("timewait.expired", PQ_TW_EXPIRED),
	TALLY("timewait.reused", PQ_TW_REUSED),
	TALLY("timewait.recycled", PQ_TW_RECYCLED),
	TALLY("timewait.killed", PQ_TW_KILLED),
	TALLY("timewait.overflow", PQ_TW_OVERFLOW),
	LIMIT("timewait.warn", get_timewait_warn),
	LIMIT("timewait.max", get_timewait_max),
	TALLY("timewait.denied", PQ_TW_DENIED),
	GET("before_load", IN_TOTALS, get_before_load),
	TALLY("untracked", PQ_UNTRACKED),
	PUT("tcp.range", put_tcp_range),
	GET("tcp.usable", IN_ALL, get_tcp_usable),
	PUT("udp.range", put_udp_range),
	GET("udp.usable", IN_ALL, get_udp_usable),
	GET("timewait.delay", IN_ALL, get_delay),
	GET("tcp.local", IN_ACCOUNT, get_tcp_local),
	GET("udp.local", IN_ACCOUNT, get_udp_local),
	GET("timewait.local", IN_ACCOUNT, get_timewait_local),
	TALLY("tcp.taken", PQ_TCP_TAKEN),
	TALLY("udp.taken", PQ_UDP_TAKEN),
	GET("timewait.reserving_local", IN_ACCOUNT, get_reserving_local),
	GET("tcp.exclusive_ports", IN_ALL, get_tcp_exclusive_ports),
	GET("tcp.spoiled", IN_ALL, get_tcp_spoiled),
	GET("tcp.in_range", IN_ALL, get_tcp_in_range),
	GET("udp.in_range", IN_ALL, get_udp_in_range),
	GET("tcp.in_range_local", IN_ACCOUNT, get_tcp_in_range_local),
	GET("udp.in_range_local", IN_ACCOUNT, get_udp_in_range_local),
};

static long key_value(const struct file_key *key, const struct pq_account *acct,
		      const struct pq_count *counts)
{
	if (key->get)
		return key->get(acct);
	if (key->counted)
		return *(const long *)((const void *)counts + key->offset);
	return atomic_long_read((const atomic_long_t *)((const void *)acct + key->offset));
}

static void put_number(struct seq_file *seq, long value)
{
	if (value == LONG_MAX)
		seq_puts(seq, "max");
	else
		seq_put_decimal_ll(seq, "", value);
}

/**
 * pq_keys_show() - print the keys of an account
 * @seq: where to
 * @acct: the account; a namespace's root account for the totals
 * @form: one per line, or ` key=value` in a line that the caller began and ends
 */
void pq_keys_show(struct seq_file *seq, struct pq_account *acct, enum pq_keys_form form)
{
	struct pq_count counts[PQ_NR_RESOURCES];
	const struct file_key *key;
	int res;

	for (res = 0; res < PQ_NR_RESOURCES; res++)
		counts[res] = pq_usage_read(&acct->usage, res);
	for (key = keys; key < keys + ARRAY_SIZE(keys); key++) {
		if (!(key->where & BIT(form)))
			continue;
		if (form != PQ_KEYS_FLAT)
			seq_putc(seq, ' ');
		seq_puts(seq, key->name);
		seq_putc(seq, form == PQ_KEYS_FLAT ? ' ' : '=');
		if (key->put)
			key->put(seq, acct);
		else
			put_number(seq, key_value(key, acct, counts));
		if (form == PQ_KEYS_FLAT)
			seq_putc(seq, '\n');
	}
}
EXPORT_SYMBOL_IF_KUNIT(pq_keys_show);

/**
 * pq_show_lifetimes() - print how long TIME_WAITs have lasted, flat-keyed
 * @seq: where to
 * @pn: the namespace
 */
void pq_show_lifetimes(struct seq_file *seq, const struct pq_net *pn)
{
	unsigned int i;

	for (i = 0; i < PQ_LIFETIME_CLASSES - 1; i++)
		seq_printf(seq, "timewait.lifetime.%lu %ld\n", BIT(i),
			   atomic_long_read(&pn->lifetimes[i]));
	seq_printf(seq, "timewait.lifetime.max %ld\n", atomic_long_read(&pn->lifetimes[i]));
}

/**
 * pq_show_owners() - print which program holds most in this very account
 * @seq: where to
 * @acct: the account
 *
 * Context: process. The pid is as the reader sees it. Nothing is told of who
 * holds most where no program is known.
 */
void pq_show_owners(struct seq_file *seq, struct pq_account *acct)
{
	struct pq_owner *owner, *most = NULL;
	int held, most_held = 0, owners = 0;
	unsigned int seen = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(owner, &acct->owners, link) {
		/* What a connection that was accepted leaves behind is no program's. */
		held = owner->key.pid ? pq_owner_held(owner) : 0;
		owners += held > 0;
		/* Its pid goes before its memory does: it must not be freed yet. */
		if (held > most_held && pq_owner_keep(owner)) {
			pq_owner_forget(most);
			most = owner;
			most_held = held;
		}
		/* A program that renames itself makes thousands. One in use stays in the list. */
		if (++seen < OWNERS_SLICE || !pq_owner_keep(owner))
			continue;
		seen = 0;
		rcu_read_unlock();
		cond_resched();
		rcu_read_lock();
		pq_owner_forget(owner);
	}
	rcu_read_unlock();

	seq_printf(seq, " owners=%d", owners);
	if (most) {
		seq_printf(seq, " owner.pid=%d owner.comm=",
			   pid_nr_ns(most->key.pid, task_active_pid_ns(current)));
		pq_show_word(seq, most->key.comm);
		seq_printf(seq, " owner.held=%d", most_held);
		pq_owner_forget(most);
	}
}

/**
 * pq_show_address() - print an address as ss does
 * @seq: where to
 * @family: AF_INET or AF_INET6
 * @address: the address; an IPv4 one is in the first word
 */
void pq_show_address(struct seq_file *seq, u16 family, const struct in6_addr *address)
{
	if (family == AF_INET6)
		seq_printf(seq, "[%pI6c]", address);
	else
		seq_printf(seq, "%pI4", address);
}

/**
 * pq_show_word() - print a string as one word, escaped as in /proc/mounts
 * @seq: where to
 * @word: the string
 */
void pq_show_word(struct seq_file *seq, const char *word)
{
	seq_escape_mem(seq, word, strlen(word), ESCAPE_OCTAL | ESCAPE_NP | ESCAPE_APPEND,
		       " \t\n\\");
}
EXPORT_SYMBOL_IF_KUNIT(pq_show_word);
