// SPDX-License-Identifier: GPL-2.0-only
/*
 * functions: one thin replacement per hooked function.
 *
 * Each calls the original once with what it was given, and returns what that
 * returned; but for a connect() that a limit forbids. That may be known only when the
 * original has succeeded, and then its caller undoes it. The ledger is told afterwards,
 * when the outcome is known; a TIME_WAIT is entered before it is in any of the kernel's
 * tables.
 *
 * A socket that takes or gives back a port is locked by the caller, or no other
 * task has it yet.
 *
 * The file is longer than others because this is one noun: the table of hooked
 * functions, and nothing else in the module knows any of their names.
 */
#include <linux/bottom_half.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <net/inet_connection_sock.h>
#include <net/inet_hashtables.h>
#include <net/inet_timewait_sock.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <net/udp.h>

#include "account/ledger.h"
#include "account/tree.h"
#include "ftrace.h"
#include "functions.h"
#include "lib/compat.h"
#include "lib/wakeup.h"
#include "port/choice.h"
#include "port/failure.h"
#include "port/rebind.h"
#include "port/reservation.h"
#include "port/spoil.h"
#include "port/taking.h"
#include "port/timewait.h"
#include "port/wait.h"
#include "rule/rulebook.h"

PQ_HOOKED(inet_hash_connect);
#if IS_ENABLED(CONFIG_IPV6)
PQ_HOOKED(inet6_hash_connect);
#endif
PQ_HOOKED(inet_csk_get_port);
PQ_HOOKED(inet_put_port);
PQ_HOOKED(tcp_disconnect);
PQ_HOOKED(inet_twsk_alloc);
PQ_HOOKED(tcp_timewait_state_process);
PQ_HOOKED(inet_twsk_bind_unhash);
PQ_HOOKED(udp_lib_get_port);
PQ_HOOKED(udp_lib_unhash);
PQ_HOOKED(inet_sk_get_local_port_range);
PQ_HOOKED(__inet_twsk_schedule);
/* Static in net/ipv4/inet_timewait_sock.c, but all functions of timers have one type. */
PQ_HOOKED_LIKE(tw_timer_handler, *((struct timer_list *)NULL)->function);
#ifdef HAVE_HASHDANCE_SCHEDULE
PQ_HOOKED(inet_twsk_hashdance_schedule);
#endif

typedef int hash_connect_fn(struct inet_timewait_death_row *death_row, struct sock *sk);

/* A connect() of a socket that has its port already */
static noinline int reconnect(struct inet_timewait_death_row *death_row, struct sock *sk,
			      hash_connect_fn *original)
{
	struct pq_rebind rebind;
	int err = pq_reservation_reconnect(sk);

	if (err)
		return err;
	pq_rebind_begin(&rebind);
	err = original(death_row, sk);
	pq_rebind_end(&rebind);
	if (!err) {
		pq_reservation_connected(sk);
		return 0;
	}
	pq_reservation_mark(sk, true);
	/* Another socket, or a TIME_WAIT, has the same two ends. */
	if (err == -EADDRNOTAVAIL)
		pq_taken(sk, PQ_TCP, inet_sk(sk)->inet_num, true);
	return err;
}

static noinline void connect_failed(struct sock *sk, struct pq_entry *entry, int err)
{
	pq_taking_cancel(entry);
	if (err == -EADDRNOTAVAIL)
		pq_exhausted(sk, PQ_TCP, true);
}

/*
 * A connect() from one end to the other, with a jump to the original in the
 * middle: inlined, because it is on the way of every connection.
 */
static __always_inline int connect_counted(struct inet_timewait_death_row *death_row,
					   struct sock *sk, hash_connect_fn *original)
{
	struct pq_entry *entry;
	int err;

	/* DCCP comes by too, and is none of our business. */
	if (unlikely(sk->sk_protocol != IPPROTO_TCP))
		return original(death_row, sk);
	if (unlikely(inet_sk(sk)->inet_num))
		return reconnect(death_row, sk, original);
	if (likely(!pq_taking_asks(sk))) {
		err = original(death_row, sk);
		if (likely(!err))
			return pq_taking_at_once(sk);
		connect_failed(sk, NULL, err);
		return err;
	}
	entry = pq_taking_try(sk, 0, true);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	err = original(death_row, sk);
	if (likely(!err))
		pq_taking_commit(sk, entry);
	else
		connect_failed(sk, entry, err);
	return err;
}

static inline int call_inet_hash_connect(struct inet_timewait_death_row *death_row,
					 struct sock *sk)
{
	return static_call(original_inet_hash_connect)(death_row, sk);
}

static int replaced_inet_hash_connect(struct inet_timewait_death_row *death_row, struct sock *sk)
{
	int err = connect_counted(death_row, sk, call_inet_hash_connect);

	pq_hook_leave();
	return err;
}

#if IS_ENABLED(CONFIG_IPV6)
static inline int call_inet6_hash_connect(struct inet_timewait_death_row *death_row,
					  struct sock *sk)
{
	return static_call(original_inet6_hash_connect)(death_row, sk);
}

static int replaced_inet6_hash_connect(struct inet_timewait_death_row *death_row, struct sock *sk)
{
	int err = connect_counted(death_row, sk, call_inet6_hash_connect);

	pq_hook_leave();
	return err;
}
#endif

/* As the kernel's own when it has none; inet_autobind() makes EAGAIN of any. */
static int get_port_refused(const struct pq_entry *entry)
{
	return PTR_ERR(entry) == -EADDRNOTAVAIL ? -EADDRINUSE : PTR_ERR(entry);
}

static void get_port_end(struct sock *sk, unsigned short snum, struct pq_entry *entry,
			 enum pq_resource res, int err)
{
	if (likely(!err)) {
		pq_taking_commit(sk, entry);
	} else {
		pq_taking_cancel(entry);
		if (snum)
			pq_taken(sk, res, snum, false);
		else
			pq_exhausted(sk, res, false);
	}
}

/*
 * bind() with port 0. inet_csk_get_port() has the range query compiled
 * in, being of the same file, where no hook sees it: so where a cgroup has
 * ports of its own, they are tried here one by one. Like in
 * inet_csk_find_open_port(), every second is left to connect() as long as there
 * are others, and a port that the program did not choose is not shared by
 * SO_REUSEADDR or SO_REUSEPORT.
 */
static int find_port(struct sock *sk)
{
	unsigned char reuse = sk->sk_reuse, reuseport = sk->sk_reuseport;
	unsigned int nr, begin, i, k;
	int low, high, port, err = -EADDRINUSE;

	if (likely(!pq_choice_narrow(sk, &low, &high)))
		return static_call(original_inet_csk_get_port)(sk, 0);
	nr = high - low + 1;
	begin = reciprocal_scale(get_random_u32(), nr) & ~1U;
	sk->sk_reuse = SK_NO_REUSE;
	sk->sk_reuseport = 0;
	for (k = 0; k < nr && err; k++) {
		/* 1, 3, 5 and so on, then 0, 2, 4 */
		i = k < nr / 2 ? 2 * k + 1 : 2 * (k - nr / 2);
		port = low + (begin + i) % nr;
		if (!inet_is_local_reserved_port(sock_net(sk), port))
			err = static_call(original_inet_csk_get_port)(sk, port);
		cond_resched();
	}
	sk->sk_reuse = reuse;
	sk->sk_reuseport = reuseport;
	return err;
}

/* A socket that has its port has asked for it again, to listen. */
static void listen_end(struct sock *sk, unsigned short snum, bool listening, int err)
{
	pq_reservation_mark(sk, !listening || err);
	if (unlikely(err))
		pq_taken(sk, PQ_TCP, snum, false);
}

/* bind(), and listen(), which asks for the port that the socket has: both pass the error on. */
static int replaced_inet_csk_get_port(struct sock *sk, unsigned short snum)
{
	bool counted = sk->sk_protocol == IPPROTO_TCP;
	bool held = counted && inet_csk(sk)->icsk_bind_hash;
	bool listening = sk->sk_state == TCP_LISTEN;
	bool wanted = counted && !held && pq_reservation_wanted(sk, PQ_TCP, snum);
	struct pq_entry *entry = NULL;
	int err;

	/* The end of a connection that it accepts may be the first to be counted, in a softirq. */
	if (counted && listening && pq_accounts_missing(sk))
		pq_accounts_prepare(sk);
	/* Only after another task has disconnected the socket of a connect() that waits. */
	if (counted && unlikely(pq_wait_holds(sk)))
		entry = ERR_PTR(-EADDRINUSE);
	else if (wanted)
		entry = pq_taking_try(sk, PQ_ENTRY_EXCLUSIVE |
				      (listening ? 0 : PQ_ENTRY_BOUND), false);
	if (IS_ERR(entry)) {
		err = get_port_refused(entry);
	} else {
		if (counted && !snum)
			err = find_port(sk);
		else
			err = static_call(original_inet_csk_get_port)(sk, snum);
		if (held)
			listen_end(sk, snum, listening, err);
		else if (counted)
			get_port_end(sk, snum, entry, PQ_TCP, err);
		if (entry && listening && !err)
			pq_ledger_watch(sk);	/* listen() without bind() */
		if (wanted && !err)
			pq_spoil(sk);
	}
	pq_hook_leave();
	return err;
}

static void replaced_inet_put_port(struct sock *sk)
{
	u16 port = inet_sk(sk)->inet_num;

	static_call(original_inet_put_port)(sk);
	pq_reservation_end(sk, port);
	pq_hook_leave();
}

/*
 * connect(AF_UNSPEC), shutdown() of a listener, and a connect() that has failed
 * after it was sent: a port that the program has chosen is kept.
 */
static int replaced_tcp_disconnect(struct sock *sk, int flags)
{
	int err = static_call(original_tcp_disconnect)(sk, flags);

	if (inet_csk(sk)->icsk_bind_hash)
		pq_reservation_mark(sk, true);
	pq_hook_leave();
	return err;
}

/*
 * Called by tcp_time_wait() alone, besides DCCP. What it returns is not in any
 * table yet: the best moment to move the reservation, and, when it returns
 * NULL, the only one to see that there is no TIME_WAIT.
 */
static struct inet_timewait_sock *
replaced_inet_twsk_alloc(const struct sock *sk, struct inet_timewait_death_row *dr,
			 const int state)
{
	struct inet_timewait_sock *tw = static_call(original_inet_twsk_alloc)(sk, dr, state);

	if (likely(sk->sk_protocol == IPPROTO_TCP)) {
		if (likely(tw))
			pq_timewait_begin((struct sock *)sk, tw);
		else
			pq_timewait_overflow((struct sock *)sk);
	}
	pq_hook_leave();
	return tw;
}

/*
 * On demand, with a rule about how long TIME_WAIT lasts: its timer is armed,
 * for the first time or anew. The caller keeps @tw: it is not published yet, or
 * its hash bucket is locked, or there is a reference.
 */
static void replaced___inet_twsk_schedule(struct inet_timewait_sock *tw, int timeo, bool rearm)
{
	bool ruled = pq_timewait_length(tw, &timeo);
	unsigned long end = jiffies + timeo;

	static_call(original___inet_twsk_schedule)(tw, ruled ? pq_timewait_step(timeo) : timeo,
						   rearm);
	if (ruled)
		pq_timewait_set_end(&tw->tw_timer, end);
	pq_hook_leave();
}

/* On demand, with the same rules: that timer has run out, perhaps only for a step. */
static void replaced_tw_timer_handler(struct timer_list *timer)
{
	if (!pq_timewait_go_on(timer))
		static_call(original_tw_timer_handler)(timer);
	pq_hook_leave();
}

#ifdef HAVE_HASHDANCE_SCHEDULE
/*
 * Where the compiler has put the first arming in line, its length comes with the call. When
 * that returns, others may have found @tw and ended it. Softirqs are off from before the
 * length is asked for until the end is set: pq_timewaits_leave() waits for that.
 */
static void replaced_inet_twsk_hashdance_schedule(struct inet_timewait_sock *tw, struct sock *sk,
						  struct inet_hashinfo *hashinfo, int timeo)
{
	bool ruled;

	local_bh_disable();
	ruled = pq_timewait_length(tw, &timeo);
	static_call(original_inet_twsk_hashdance_schedule)(tw, sk, hashinfo,
							   ruled ? pq_timewait_step(timeo) :
								   timeo);
	if (ruled)
		pq_timewait_began(tw);
	local_bh_enable();
	pq_hook_leave();
}
#endif

/*
 * The TIME_WAIT that a task handles a packet for. Threaded NAPI, busy polling, writes
 * to a tun device, and on PREEMPT_RT all that lo and RPS deliver, handle packets in a
 * task with softirqs off, which is what inet_twsk_purge() and ss -K look like too.
 * tcp_timewait_state_process() ends a TIME_WAIT itself, or has its caller do so right
 * afterwards on the same CPU. Only TPROXY's nf_tproxy_handle_time_wait4() ends one
 * without calling it.
 *
 * With softirqs off the task stays on its CPU, but on PREEMPT_RT others may run there
 * before it goes on, and handle packets too: so a CPU has several notes, and the task
 * says which. Two tasks that have the same one cost a wrong reason, nothing else.
 */
struct packet {
	const struct inet_timewait_sock *tw;
	const struct task_struct *task;
};

#define PACKETS	16

static DEFINE_PER_CPU(struct packet [PACKETS], packets);

static struct packet *packet_note(void)
{
	return this_cpu_ptr(&packets[hash_ptr(current, ilog2(PACKETS))]);
}

static void packet_begin(const struct inet_timewait_sock *tw)
{
	if (likely(in_serving_softirq()))
		return;
	*packet_note() = (struct packet){ .tw = tw, .task = current };
}

/* Is @tw ended by a packet? In a softirq nothing else but its timer does so. */
static bool packet_ends(const struct inet_timewait_sock *tw)
{
	const struct packet *note;

	if (in_serving_softirq())
		return true;
	note = packet_note();
	return note->tw == tw && note->task == current;
}

/* The FIN that makes a FIN_WAIT2 remainder TIME_WAIT is to be answered; so @tw is still there. */
static enum tcp_tw_status packet_end(struct inet_timewait_sock *tw, enum tcp_tw_status status)
{
	/* After these two the caller ends @tw, but for a SYN that no socket listens for. */
	if (status != TCP_TW_SYN && status != TCP_TW_RST && unlikely(!in_serving_softirq()))
		packet_note()->tw = NULL;
	if (status == TCP_TW_ACK)
		pq_timewait_second(tw);
	pq_hook_leave();
	return status;
}

#ifdef HAVE_TIMEWAIT_DROP_REASON
static enum tcp_tw_status
replaced_tcp_timewait_state_process(struct inet_timewait_sock *tw, struct sk_buff *skb,
				    const struct tcphdr *th, u32 *tw_isn,
				    enum skb_drop_reason *drop_reason)
{
	packet_begin(tw);
	return packet_end(tw, static_call(original_tcp_timewait_state_process)(tw, skb, th, tw_isn,
									       drop_reason));
}
#elif defined(HAVE_TIMEWAIT_ISN)
static enum tcp_tw_status
replaced_tcp_timewait_state_process(struct inet_timewait_sock *tw, struct sk_buff *skb,
				    const struct tcphdr *th, u32 *tw_isn)
{
	packet_begin(tw);
	return packet_end(tw, static_call(original_tcp_timewait_state_process)(tw, skb, th,
									       tw_isn));
}
#else
static enum tcp_tw_status
replaced_tcp_timewait_state_process(struct inet_timewait_sock *tw, struct sk_buff *skb,
				    const struct tcphdr *th)
{
	packet_begin(tw);
	return packet_end(tw, static_call(original_tcp_timewait_state_process)(tw, skb, th));
}
#endif

static enum pq_tally timewait_reason(const struct inet_timewait_sock *tw)
{
	bool armed = timer_pending(&tw->tw_timer);
	/* A packet on another CPU may be putting off an armed timer; then @due is not asked. */
	bool due = data_race(time_after_eq(jiffies, tw->tw_timer.expires));
	/* Of most nothing else need be known. */
	bool packet = !armed && !due && packet_ends(tw);

	return pq_timewait_reason(armed, due, packet,
				  !armed && !due && !packet && pq_rebinding());
}

/* Called a second time when a connect() has taken the TIME_WAIT over. */
static void replaced_inet_twsk_bind_unhash(struct inet_timewait_sock *tw,
					   struct inet_hashinfo *hashinfo)
{
	bool holds_port = tw->tw_tb;

	static_call(original_inet_twsk_bind_unhash)(tw, hashinfo);
	if (holds_port)
		pq_timewait_end(tw, timewait_reason(tw));
	pq_hook_leave();
}

/* UDP-Lite has ports of its own, which are not counted. */
static int replaced_udp_lib_get_port(struct sock *sk, unsigned short snum,
				     unsigned int hash2_nulladdr)
{
	bool counted = sk->sk_protocol == IPPROTO_UDP;
	struct pq_entry *entry = NULL;
	int err;

	if (counted && pq_reservation_wanted(sk, PQ_UDP, snum))
		entry = pq_taking_try(sk, PQ_ENTRY_UDP, false);
	if (IS_ERR(entry)) {
		err = get_port_refused(entry);
	} else {
		err = static_call(original_udp_lib_get_port)(sk, snum, hash2_nulladdr);
		if (counted)
			get_port_end(sk, snum, entry, PQ_UDP, err);
	}
	pq_hook_leave();
	return err;
}

static void replaced_udp_lib_unhash(struct sock *sk)
{
	u16 port = inet_sk(sk)->inet_num;

	static_call(original_udp_lib_unhash)(sk);
	pq_reservation_end(sk, port);
	pq_hook_leave();
}

/* On demand: with a rule that gives a cgroup ports of its own. */
#ifdef HAVE_SOCK_RANGE_TOLD
static bool replaced_inet_sk_get_local_port_range(const struct sock *sk, int *low, int *high)
{
	bool own = static_call(original_inet_sk_get_local_port_range)(sk, low, high);

	/* Said to be the socket's own, it is searched port by port. */
	own |= pq_choice_narrow(sk, low, high);
	pq_hook_leave();
	return own;
}
#else
static void replaced_inet_sk_get_local_port_range(const struct sock *sk, int *low, int *high)
{
	static_call(original_inet_sk_get_local_port_range)(sk, low, high);
	pq_choice_narrow(sk, low, high);
	pq_hook_leave();
}
#endif

/* Those on demand come first. */
enum {
	FUNCTION_RANGE,
	FUNCTION_SCHEDULE,
	FUNCTION_TIMER,
#ifdef HAVE_HASHDANCE_SCHEDULE
	FUNCTION_HASHDANCE,
#endif
};

static struct pq_hook functions[] = {
	[FUNCTION_RANGE] = PQ_HOOK(inet_sk_get_local_port_range, .on_demand = true),
	[FUNCTION_SCHEDULE] = PQ_HOOK(__inet_twsk_schedule, .on_demand = true),
	[FUNCTION_TIMER] = PQ_HOOK(tw_timer_handler, .on_demand = true),
#ifdef HAVE_HASHDANCE_SCHEDULE
	[FUNCTION_HASHDANCE] = PQ_HOOK(inet_twsk_hashdance_schedule, .on_demand = true),
#endif
	PQ_HOOK(inet_put_port),
	PQ_HOOK(tcp_disconnect),
	PQ_HOOK(inet_twsk_bind_unhash),
	PQ_HOOK(tcp_timewait_state_process),
	PQ_HOOK(inet_twsk_alloc),
	PQ_HOOK(udp_lib_unhash),
	PQ_HOOK(udp_lib_get_port),
	PQ_HOOK(inet_csk_get_port),
	PQ_HOOK(inet_hash_connect),
#if IS_ENABLED(CONFIG_IPV6)
	PQ_HOOK(inet6_hash_connect),
#endif
};

/**
 * pq_functions_hook() - hook the kernel, wholly or not at all
 *
 * Context: process.
 * Return: 0, or the errors of pq_hooks_install().
 */
int pq_functions_hook(void)
{
	return pq_hooks_install(functions, ARRAY_SIZE(functions));
}

/*
 * What a rule about the length of TIME_WAIT needs. First what goes on with a
 * timer, then what makes it begin with a step; they are released the other way round.
 */
static const unsigned int delay_functions[] = {
	FUNCTION_TIMER,
	FUNCTION_SCHEDULE,
#ifdef HAVE_HASHDANCE_SCHEDULE
	FUNCTION_HASHDANCE,
#endif
};

DEFINE_MUTEX(pq_functions_mutex); /* see functions.h */

/**
 * pq_functions_needed() - does a rule need what others do without?
 * @rule: the rule
 *
 * Return: true if pq_functions_demand() has to be called for it.
 */
bool pq_functions_needed(const struct pq_rule *rule)
{
	return pq_rule_has_range(rule) || rule->delay;
}

/**
 * pq_functions_demand() - hook what a rule needs that others do without
 * @rule: the rule
 * @allowed: whether the caller may change what the whole host's calls run through
 *
 * Context: process, may sleep; pq_functions_mutex held.
 * Return: 0, or the errors of pq_hook_demand().
 */
int pq_functions_demand(const struct pq_rule *rule, bool allowed)
{
	unsigned int i;
	int err = 0;

	lockdep_assert_held(&pq_functions_mutex);
	if (pq_rule_has_range(rule))
		err = pq_hook_demand(&functions[FUNCTION_RANGE], allowed);
	for (i = 0; !err && rule->delay && i < ARRAY_SIZE(delay_functions); i++)
		err = pq_hook_demand(&functions[delay_functions[i]], allowed);
	/* It releases them. */
	pq_wakeup(PQ_WAKEUP_GC);
	return err;
}

/**
 * pq_functions_release() - unhook what no rule needs any more
 * @ranged: some rule still gives a cgroup a range of its own
 * @delayed: some rule still says how long TIME_WAIT lasts
 *
 * A TIME_WAIT goes by the rule that there was when it began, and its timer may
 * be armed for a step of its time only: so the hooks for that stay until the
 * last one is over.
 *
 * Context: process, may sleep; pq_functions_mutex held.
 */
void pq_functions_release(bool ranged, bool delayed)
{
	unsigned int i = ARRAY_SIZE(delay_functions);

	lockdep_assert_held(&pq_functions_mutex);
	if (!ranged)
		pq_hook_release(&functions[FUNCTION_RANGE]);
	/*
	 * Asked each time: a TIME_WAIT of a moment ago may just have been armed
	 * for its first step. Each release waits for such calls.
	 */
	while (i-- && !delayed && !pq_timewait_ruled())
		pq_hook_release(&functions[delay_functions[i]]);
}

/**
 * pq_functions_demanded() - is anything hooked that may be released?
 *
 * Context: any.
 * Return: true if so.
 */
bool pq_functions_demanded(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (pq_hook_demanded(&functions[i]))
			return true;
	return false;
}

/**
 * pq_functions_unhook() - unhook the kernel; nothing of ours runs afterwards
 *
 * Context: process, sleeps until the last call in flight is done.
 */
void pq_functions_unhook(void)
{
	if (functions[FUNCTION_TIMER].demanded)
		pq_timewaits_leave();
	pq_hooks_remove(functions, ARRAY_SIZE(functions));
}

/**
 * pq_functions_check() - see whether the kernel has shut ftrace down
 *
 * Context: process, may sleep; called by the gc alone.
 */
void pq_functions_check(void)
{
	pq_hooks_check(&functions[0]);
}
