// SPDX-License-Identifier: GPL-2.0-only
/* timewait: see timewait.h for what it promises. */
#include <linux/bottom_half.h>
#include <linux/rcupdate.h>
#include <net/inet_timewait_sock.h>
#include <net/tcp.h>

#include "account/charge.h"
#include "account/destination.h"
#include "account/netns.h"
#include "account/owner.h"
#include "account/trip.h"
#include "bindhash.h"
#include "lib/lifetime.h"
#include "lib/memcg.h"
#include "lib/params.h"
#include "lookup.h"
#include "rule/rule.h"
#include "timewait.h"

/* The module goes: from now on timers are armed for all of their time, and by no rule. */
static bool timewaits_leaving;

/* The remainder becomes TIME_WAIT now: set how long that is to last. */
static void settle_length(struct pq_entry *entry)
{
	u32 delay = READ_ONCE(pq_entry_account(entry)->delay);

	entry->due = TCP_TIMEWAIT_LEN / HZ;
	if (likely(!delay) || READ_ONCE(pq_mode) != PQ_MODE_ENFORCE)
		return;
	entry->due = delay;
	entry->flags |= PQ_ENTRY_RULED;
}

/* @stamp: when the last timestamp came; 0 where there are none */
static u16 timewait_flags(unsigned char substate, int stamp)
{
	return PQ_ENTRY_TIMEWAIT | (substate == TCP_FIN_WAIT2 ? PQ_ENTRY_FIN_WAIT2 : 0) |
	       (unlikely(!stamp) ? PQ_ENTRY_UNSTAMPED : 0);
}

/*
 * The TIME_WAIT of a connection without a reservation: an accepted one; or,
 * during the scan, one that was there before the module.
 */
static noinline struct pq_entry *entry_without(struct sock *sk, struct inet_timewait_sock *tw)
{
	struct mem_cgroup *before = pq_memcg_begin(sk);
	struct pq_entry *entry;
	u16 kind;

	rcu_read_lock();
	kind = unlikely(READ_ONCE(pq_scanning)) ? pq_bindhash_kind(sk) : 0;
	entry = pq_entry_make(sock_net(sk), tw, pq_sock_cgroup(sk), tw->tw_num, kind);
	if (entry && kind & PQ_ENTRY_RESERVATION) {
		entry->destination = pq_charge_destination(entry->owner, sk);
		pq_entry_charge_port(entry);
		pq_entry_place_found(entry);
	}
	rcu_read_unlock();
	pq_memcg_end(before);
	return entry;
}

/*
 * There are two that have the port from now on: the socket, which may connect from it
 * again, and @left, its TIME_WAIT's entry. No limit can forbid that now.
 */
static void keep_port(struct sock *sk, const struct pq_entry *left)
{
	struct mem_cgroup *before = pq_memcg_begin(sk);
	struct pq_entry *entry = pq_entry_alloc(), *stale;

	pq_memcg_end(before);
	if (!entry) {
		pq_count_untracked(pq_entry_account(left)->key.net);
		return;
	}
	*entry = (struct pq_entry){
		.key = sk,
		.owner = left->owner,
		.born = left->born,
		.hash = left->hash,
		.port = left->port,
		.flags = PQ_ENTRY_RESERVATION | PQ_ENTRY_EXCLUSIVE | PQ_ENTRY_BOUND |
			 PQ_ENTRY_KEPT | (left->flags & PQ_ENTRY_VRF),
	};
	pq_ref_hold(&entry->owner->users);
	pq_entry_charge_port(entry);
	pq_entry_set_elsewhere(entry, left->flags);
	stale = pq_ledger_replace(entry);
	if (stale)
		pq_entry_uncharge_stale(stale);
}

/*
 * @entry is of bind(). A port that bind() was given by number is kept when the connection
 * ends (tcp_set_state()), but by a socket that is closed, which is destroyed with it
 * (inet_csk_destroy_sock()).
 */
static noinline void leave_bound(struct sock *sk, struct pq_entry *entry)
{
	if (entry->flags & PQ_ENTRY_BOUND)
		pq_entry_set_busy(entry);
	if (pq_sock_bound_by_hand(sk) && !sock_flag(sk, SOCK_DEAD))
		keep_port(sk, entry);
}

/**
 * pq_timewait_begin() - a connection becomes TIME_WAIT (or FIN_WAIT2 remainder)
 * @sk: the connection
 * @tw: what remains of it; it is in no table yet
 *
 * The connection's reservation moves to @tw. Where the socket keeps its port, it gets
 * another.
 */
void pq_timewait_begin(struct sock *sk, struct inet_timewait_sock *tw)
{
	/* Most come from softirqs or tcp_close(), which has them off. */
	bool softirqs_on = !in_softirq();
	struct pq_entry *entry, *stale;

	if (unlikely(softirqs_on))
		local_bh_disable();
	entry = pq_ledger_remove(sk);
	if (unlikely(!entry))
		entry = entry_without(sk, tw);
	if (likely(entry)) {
		if (unlikely(entry->flags & (PQ_ENTRY_BOUND | PQ_ENTRY_EXCLUSIVE)))
			leave_bound(sk, entry);
		entry->key = tw;
		/* The stamp is not in @tw yet: tcp_time_wait() copies it when it has @tw. */
		entry->flags |= timewait_flags(tw->tw_substate, tcp_sk(sk)->rx_opt.ts_recent_stamp);
		entry->due = 0;
		if (!(entry->flags & PQ_ENTRY_FIN_WAIT2))
			settle_length(entry);
		pq_entry_charge_timewait(entry);
		stale = pq_ledger_replace(entry);
		if (unlikely(stale))
			pq_entry_uncharge_stale(stale);
	}
	if (unlikely(softirqs_on))
		local_bh_enable();
}

/* Goes from FIN_WAIT2 to TIME_WAIT if @tw has. The entry's bucket is locked. */
static void follow_state(struct pq_entry *entry, const struct inet_timewait_sock *tw)
{
	pq_entry_assert_locked(entry);
	if (!(entry->flags & PQ_ENTRY_FIN_WAIT2) || READ_ONCE(tw->tw_substate) != TCP_TIME_WAIT)
		return;
	pq_entry_set_second(entry);
	entry->since = jiffies;
	settle_length(entry);
}

/**
 * pq_timewait_second() - a remainder may have gone from FIN_WAIT2 to TIME_WAIT
 * @tw: the remainder
 */
void pq_timewait_second(struct inet_timewait_sock *tw)
{
	struct pq_entry *entry = pq_ledger_lock(tw);

	if (entry)
		follow_state(entry, tw);
	pq_ledger_unlock(tw);
}

/**
 * pq_timewait_found() - a TIME_WAIT is there since before the module
 * @tw: the TIME_WAIT; the lock of its bind hash bucket is held
 * @kind: PQ_ENTRY_RESERVATION, _EXCLUSIVE and _UNSHARED as they apply
 *
 * It has no cgroup any more, so the account `(before load)` pays. Does nothing
 * when a hook has entered it in the meantime.
 *
 * Return: true if it was entered.
 */
bool pq_timewait_found(struct inet_timewait_sock *tw, u16 kind)
{
	const struct tcp_timewait_sock *tcptw = tcp_twsk((struct sock *)tw);
	struct pq_entry *entry;
	bool entered = false;

	rcu_read_lock();
	kind |= timewait_flags(READ_ONCE(tw->tw_substate), READ_ONCE(tcptw->tw_ts_recent_stamp));
	entry = pq_entry_make(twsk_net(tw), tw, NULL, tw->tw_num, kind | PQ_ENTRY_FOUND);
	if (entry) {
		if (kind & PQ_ENTRY_RESERVATION) {
			entry->destination = pq_charge_destination(entry->owner, (struct sock *)tw);
			pq_entry_charge_port(entry);
		}
		entry->due = 0;	/* it has lasted for longer than we know */
		pq_entry_charge_timewait(entry);
		pq_entry_place_found(entry);
		entered = pq_ledger_insert(entry);
		if (entered) {
			/* If it has gone on since it was looked at, the hook has found no entry. */
			pq_timewait_second(tw);
		} else {
			/* entered - ended = current must hold for this one too */
			local_bh_disable();
			pq_entry_uncharge_timewait(entry, PQ_TW_KILLED);
			local_bh_enable();
		}
	}
	rcu_read_unlock();
	return entered;
}

/* No TIME_WAIT lasts so long after its timer was armed. Timers are late: see pq_lifetime_step(). */
#define RULED_JIFFIES	((PQ_RULE_DELAY_MAX + PQ_RULE_DELAY_MAX / 8 + 1) * HZ)

/* When a timer was last armed by a rule; 0 for never */
static unsigned long ruled_last;

static void ruled_now(void)
{
	unsigned long now = jiffies ?: 1;

	/* The line is shared by all CPUs: written once a jiffy at most. */
	if (READ_ONCE(ruled_last) != now)
		WRITE_ONCE(ruled_last, now);
}

/**
 * pq_timewait_ruled() - may there be a TIME_WAIT that lasts as long as a rule said?
 *
 * Context: any. When no account has a rule about it any more, no new ones begin.
 * Return: false if there never was one, or the last one that could be has ended.
 */
bool pq_timewait_ruled(void)
{
	unsigned long last = READ_ONCE(ruled_last);

	if (!last)
		return false;
	if (time_before(jiffies, last + RULED_JIFFIES))
		return true;
	/* Or it would seem so again when jiffies have gone round. */
	cmpxchg(&ruled_last, last, 0);
	return false;
}

/**
 * pq_timewait_length() - the timer of a remainder is armed: for how long?
 * @tw: the remainder; it may have gone from FIN_WAIT2 to TIME_WAIT
 * @timeo: for how long the kernel wants it, jiffies; changed where a rule says
 *
 * A TIME_WAIT is as long as the rule was when it began, also when the peer
 * repeats its FIN and it begins anew.
 *
 * Return: true if a rule says.
 */
bool pq_timewait_length(struct inet_timewait_sock *tw, int *timeo)
{
	struct pq_entry *entry = pq_ledger_lock(tw);
	bool ruled = false;

	if (entry) {
		follow_state(entry, tw);
		/*
		 * While hooks go one after the other, the entry may be of another
		 * TIME_WAIT, which was there before and whose end nobody has seen.
		 */
		ruled = entry->flags & PQ_ENTRY_RULED && !READ_ONCE(timewaits_leaving);
		if (ruled) {
			*timeo = entry->due * HZ;
			ruled_now();
		}
	}
	pq_ledger_unlock(tw);
	return ruled;
}

/**
 * pq_timewait_began() - the timer of a TIME_WAIT with a rule has been armed for a step, by the
 *			 length that pq_timewait_length() gave
 * @tw: the TIME_WAIT, which may have ended since
 *
 * While it has an entry it is there, for that goes before its memory does: as long as the
 * hooks are in, and they go behind the grace period of pq_timewaits_leave(). Should it be
 * another one by now, what is set is that one's own. An end that a repeated FIN has put off
 * in between stays.
 *
 * Context: softirqs off since before pq_timewait_length() was called.
 */
void pq_timewait_began(struct inet_timewait_sock *tw)
{
	struct pq_entry *entry = pq_ledger_lock(tw);
	unsigned long end, now = jiffies;

	if (entry && entry->flags & PQ_ENTRY_RULED) {
		end = now + (s32)(entry->since + entry->due * HZ - (u32)now);
		if (time_before(READ_ONCE(tw->tw_timer.expires), end))
			pq_timewait_set_end(&tw->tw_timer, end);
	}
	pq_ledger_unlock(tw);
}

/**
 * pq_timewait_step() - for how long to arm the timer of a TIME_WAIT with a rule
 * @left: until it is to end, jiffies
 *
 * Return: jiffies, at most @left.
 */
long pq_timewait_step(long left)
{
	return unlikely(READ_ONCE(timewaits_leaving)) ? left : pq_lifetime_step(left);
}

/**
 * pq_timewait_go_on() - a timer has run out: was that all of its time?
 * @timer: the timer, in its own function
 *
 * timer->expires is when the TIME_WAIT is to end, see pq_timewait_set_end(): the
 * timer was armed for a step only.
 *
 * Return: true if it was armed for the next step.
 */
bool pq_timewait_go_on(struct timer_list *timer)
{
	unsigned long end = READ_ONCE(timer->expires);
	long left = end - jiffies;

	if (likely(left <= 0))
		return false;
	mod_timer(timer, jiffies + pq_timewait_step(left));
	/*
	 * mod_timer() does not arm a timer that has been shut down. In 6.12
	 * timer_shutdown_sync() shuts it down only while no handler runs; where it
	 * does so earlier, nobody else will end this TIME_WAIT: end it now.
	 */
	if (!timer_pending(timer))
		return false;
	pq_timewait_set_end(timer, end);
	return true;
}

/* Timers are late, never early. One second allows for rounding. */
static bool ended_early(const struct pq_entry *entry, enum pq_tally reason, u32 lasted)
{
	if (!entry->due || lasted + HZ >= entry->due * HZ)
		return false;
	return reason == PQ_TW_RECYCLED || unlikely(reason == PQ_TW_EXPIRED);
}

/**
 * pq_timewait_end() - a TIME_WAIT has given its port back
 * @tw: the TIME_WAIT
 * @reason: PQ_TW_EXPIRED, _REUSED, _RECYCLED or _KILLED
 *
 * Context: softirqs off.
 */
void pq_timewait_end(struct inet_timewait_sock *tw, enum pq_tally reason)
{
	struct pq_entry *entry = pq_ledger_remove(tw);
	u32 lasted;

	if (unlikely(!entry))
		return;	/* untracked */
	lasted = (u32)jiffies - entry->since;
	if (unlikely(ended_early(entry, reason, lasted)))
		pq_trip_early(pq_entry_account(entry), reason, lasted / HZ, entry->due);
	pq_entry_uncharge_timewait(entry, reason);
}

/**
 * pq_timewait_overflow() - a connection should have become TIME_WAIT, but the
 *			    kernel made none
 * @sk: the connection
 */
void pq_timewait_overflow(struct sock *sk)
{
	struct mem_cgroup *before = pq_memcg_begin(sk);
	struct pq_account *acct;
	struct pq_net *pn;

	rcu_read_lock();
	pn = pq_net_of(sock_net(sk));
	/* With a reference, because there may be an event. */
	acct = pn ? pq_account_get(pn, pq_sock_cgroup(sk)) : NULL;
	if (acct) {
		pq_usage_add(&acct->usage, PQ_TW_OVERFLOW, 1);
		pq_trip_early(acct, PQ_TW_OVERFLOW, 0,
			      READ_ONCE(acct->delay) ?: TCP_TIMEWAIT_LEN / HZ);
		pq_account_put(acct);
	} else if (pn) {
		pq_count_untracked(pn);
	}
	rcu_read_unlock();
	pq_memcg_end(before);
}

static bool is_ruled(const struct pq_entry *entry, const void *arg)
{
	return entry->flags & PQ_ENTRY_RULED;
}

/* A pq_lookup_visit */
static void visit_left(struct pq_entry *entry, const struct sock *sk, void *arg)
{
	struct inet_timewait_sock *tw = (struct inet_timewait_sock *)sk;

	/* A jiffy more: one that seems to be armed for just that long is left alone. */
	if (tw && timer_pending(&tw->tw_timer))
		mod_timer_pending(&tw->tw_timer, READ_ONCE(tw->tw_timer.expires) + 1);
}

/**
 * pq_timewaits_leave() - leave the TIME_WAITs with a rule to the kernel
 *
 * Their timers are armed for a step only. Without the hook of the timer's
 * function they would end with it, by up to an eighth too early. So each is
 * armed for the rest of its time; like others of the kernel's, it may be late
 * then.
 *
 * Context: process. The hooks are in place, and go right afterwards.
 */
void pq_timewaits_leave(void)
{
	struct pq_places places = {};
	unsigned int i;

	WRITE_ONCE(timewaits_leaving, true);
	/* Timers are armed with softirqs off: none is armed for a step any more. */
	synchronize_rcu();
	while (pq_places_next(&places, is_ruled, NULL)) {
		for (i = 0; i < places.nr; i++)
			pq_lookup(&places.at[i], visit_left, NULL);
		pq_places_put(&places);
	}
}
