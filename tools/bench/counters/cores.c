// SPDX-License-Identifier: GPL-2.0-only
/*
 * cores WHAT PATTERN THREADS LIVES PACE [CAP [TOLD]]
 *
 * Runs the module's counters (life.h) in as many threads, each on a CPU of its
 * own, and prints what a life took; or with WHAT ebpf in place of module, those
 * of the eBPF program (ebpf.h). PATTERN is what the threads have in common:
 *
 *   own        nothing but the table of the ledger: namespaces of their own
 *   namespace  the namespace
 *   sibling    its cgroup's parent too: cgroups side by side
 *   cgroup     the cgroup and the destination: programs of their own
 *   program    all: threads of one program
 *
 * An account is two levels deep, as that of guest.sh. Each thread holds WINDOW
 * connections in TIME_WAIT; a life is a connect(), its TIME_WAIT, and the end of
 * the oldest. With PACE 0 one follows the other; else there are PACE nanoseconds
 * between the calls, half to one and a half times as many, and only the calls
 * count.
 *
 * With CAP the root's account and each thread's have that limit, or the counters
 * are TOLD another one than is watched. No more than that may ever be held. A
 * refusal is wrong if there was room all the while: those that held, tried to or
 * were letting go then were fewer than the limit.
 *
 * At the end all is given back, and every number must be as it was: exits with 1
 * if not.
 *
 * Prints nanoseconds a life; which part of the time the threads had their CPUs;
 * lives, refusals, wrong ones, times that more than CAP was held.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ebpf.h"
#include "life.h"

#define WINDOW		4096
#define CPUS_MAX	64
#define LEVELS		3
#define LINE		64
#define LOW		32768
#define PORTS		28232
#define BUCKETS_BITS	16

#define NS_PER_SEC	1000000000ull

struct pq_ledger pq_ledger;
unsigned long ports_ever_held[PQ_PORTS_BITS / 64];

/* What a limit is held against: see wrong(). A line of its own, as other threads write it. */
struct truth {
	long cap;
	long held;
	long about;	/* of whom it is not certain that they hold none */
	long gone;	/* how many have let go, ever */
	long over;
} __attribute__((aligned(2 * LINE)));

struct node {
	struct pq_account account;
	struct truth truth;
} __attribute__((aligned(2 * LINE)));

struct thread {
	struct cpu cpu;
	unsigned int number;
	struct node *node[LEVELS];	/* its own first */
	struct slot {
		const void *sk, *tw;
		struct ebpf_socket *socket;
		u16 port;
		bool held;
	} slot[WINDOW];
	u64 random;
	u64 inside;	/* ticks of the TSC */
	u64 on_cpu, passed;
	unsigned long begun, refused, wrong;
} __attribute__((aligned(2 * LINE)));

static unsigned int nr_threads;
static unsigned long lives;
static u64 pace;	/* ticks */
static long cap;
static bool ebpf;
static struct thread *threads[CPUS_MAX];
static pthread_barrier_t barrier;
static double ticks_per_ns;

static void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "cores: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

/* ---- what account/stocks.c does ---- */

static bool is_of(const struct pq_slot *slot, const struct pq_owner *owner,
		  const struct pq_destination *to)
{
	return slot->owner == owner && slot->destination == to;
}

static void slot_close(struct cpu *cpu, unsigned int place)
{
	struct pq_slot *slot = &cpu->slot[place];
	struct pq_destination *to = slot->destination;
	struct pq_account *acct = slot->owner->account;
	struct pq_net *net = acct->net;
	unsigned int class;

	for (class = 0; class < PQ_LIFETIME_CLASSES; class++)
		if (slot->lifetimes[class])
			atomic_long_add(slot->lifetimes[class], &net->lifetimes[class]);
	memset(slot->lifetimes, 0, sizeof(slot->lifetimes));
	atomic_add(slot->ports, &net->ports[PQ_TCP].ports);
	slot->ports = 0;
	atomic_sub(slot->stock.timewait, &to->timewait);
	pq_ref_add(&to->users, -slot->stock.tcp - 1);
	atomic_sub(slot->stock.cap, &net->ports[PQ_TCP].loose);
	atomic_sub(slot->stock.cap, &to->loose);
	atomic_dec(&to->recent);
	pq_ref_add(&slot->owner->users, -slot->stock.tcp - 1);
	atomic_dec(&slot->owner->remembered);
	pq_stock_close(&slot->stock, &acct->usage);
	WRITE_ONCE(slot->owner, NULL);
	slot->destination = NULL;
	WRITE_ONCE(cpu->net[place], NULL);
	atomic_dec(&net->stocks_open);
}

static bool slot_open(struct cpu *cpu, unsigned int place, struct pq_owner *owner,
		      struct pq_destination *to, s64 more)
{
	struct pq_usage *usage = &owner->account->usage;
	struct pq_net *net = owner->account->net;
	struct pq_slot *slot = &cpu->slot[place];
	int cap = min(pq_stock_room(usage, 2, more), PQ_STOCK_SMALL);
	int left = PQ_STOCKS_ROOM - atomic_read(&net->ports[PQ_TCP].loose);

	if (cap && pq_stock_is_far(usage, PQ_STOCKS_ROOM))
		cap = clamp(left / (int)nr_threads, PQ_STOCK_SMALL, PQ_STOCK_MAX);
	if (!cap)
		return false;
	WRITE_ONCE(cpu->net[place], net);
	atomic_inc_return(&net->stocks_open);
	if (atomic_read(&net->stocks_held_off) || !pq_stock_open(&slot->stock, usage, cap)) {
		WRITE_ONCE(cpu->net[place], NULL);
		atomic_dec(&net->stocks_open);
		return false;
	}
	pq_ref_hold(&owner->users);
	atomic_inc(&owner->remembered);
	atomic_inc(&to->recent);
	pq_ref_hold(&to->users);
	WRITE_ONCE(slot->owner, owner);
	slot->destination = to;
	atomic_add(cap, &net->ports[PQ_TCP].loose);
	atomic_add_return(cap, &to->loose);
	return true;
}

static bool slot_is_for(struct cpu *cpu, unsigned int place, struct pq_owner *owner,
			struct pq_destination *to, s64 more)
{
	struct pq_slot *slot = &cpu->slot[place];
	bool opened;

	if (is_of(slot, owner, to))
		return true;
	if (slot->owner)
		slot_close(cpu, place);
	opened = slot_open(cpu, place, owner, to, more);
	slot->at_peak = !opened && pq_stock_at_peak(&owner->account->usage, more);
	WRITE_ONCE(slot->pause, opened ? PQ_SLOT_PAUSE : PQ_SLOT_NO_ROOM);
	return opened;
}

static bool slot_fill(struct pq_slot *slot, enum pq_resource res)
{
	int n = pq_stock_fill(&slot->stock, &slot->owner->account->usage, res);

	if (res == PQ_TIMEWAIT) {
		atomic_add(n, &slot->destination->timewait);
	} else {
		pq_ref_add(&slot->owner->users, n);
		pq_ref_add(&slot->destination->users, n);
	}
	return n;
}

bool life_stocks_take(struct cpu *cpu, struct pq_owner *owner, struct pq_destination *to,
		      enum pq_resource res)
{
	struct pq_slot *slot = life_slot_of(cpu, owner, to);
	unsigned int place = slot - cpu->slot;
	bool done;

	if (!bit_spin_trylock(0, &slot->lock))
		return false;
	done = slot_is_for(cpu, place, owner, to, pq_held_one(res)) &&
	       (pq_stock_take(&slot->stock, res) ||
		(slot_fill(slot, res) && pq_stock_take(&slot->stock, res)));
	if (!done && is_of(slot, owner, to) && !slot->stock.tcp && !slot->stock.timewait) {
		slot_close(cpu, place);
		slot->at_peak = pq_stock_at_peak(&owner->account->usage, pq_held_one(res));
		WRITE_ONCE(slot->pause, PQ_SLOT_NO_ROOM);
	}
	__bit_spin_unlock(0, &slot->lock);
	return done;
}

bool life_stocks_give(struct cpu *cpu, struct pq_owner *owner, struct pq_destination *to, u16 port,
		      enum pq_tally reason, unsigned int lifetime)
{
	struct pq_slot *slot = life_slot_of(cpu, owner, to);
	unsigned int place = slot - cpu->slot;
	bool done;

	if (!bit_spin_trylock(0, &slot->lock))
		return false;
	if (is_of(slot, owner, to) &&
	    max(max(slot->stock.tcp, slot->stock.timewait), -slot->ports) >= slot->stock.cap) {
		slot_close(cpu, place);
		WRITE_ONCE(slot->pause, 0);
	}
	done = slot_is_for(cpu, place, owner, to, 0) && life_give(slot, port, reason, lifetime);
	__bit_spin_unlock(0, &slot->lock);
	return done;
}

static void clear_cpu(struct cpu *cpu, const struct pq_net *net, unsigned int pause)
{
	struct pq_net *of;
	struct pq_slot *slot;
	unsigned int place;

	for (place = 0; place < PQ_SLOTS; place++) {
		of = READ_ONCE(cpu->net[place]);
		if (!of || (net && of != net))
			continue;
		slot = &cpu->slot[place];
		bit_spin_lock(0, &slot->lock);
		if (slot->owner && (!net || slot->owner->account->net == net)) {
			slot_close(cpu, place);
			slot->at_peak = false;
			WRITE_ONCE(slot->pause, pause);
		}
		__bit_spin_unlock(0, &slot->lock);
	}
}

/* Of @net, or of all */
void life_stocks_close(const struct pq_net *net, unsigned int pause)
{
	unsigned int i;

	for (i = 0; i < nr_threads; i++)
		clear_cpu(&threads[i]->cpu, net, pause);
}

static void hold_off(struct pq_net *net)
{
	atomic_inc_return(&net->stocks_held_off);
	if (atomic_read_acquire(&net->stocks_open))
		life_stocks_close(net, PQ_SLOT_PAUSE);
}

/* attempt_charge(), where @full is at its limit */
bool life_try_again(struct pq_account *acct, const struct pq_usage *full)
{
	enum pq_resource why;
	bool done;

	if (!atomic_read(&full->opened) || pq_usage_surely_full(full, PQ_TCP))
		return false;
	hold_off(acct->net);
	done = !pq_usage_try_charge(&acct->usage, PQ_TCP, NULL, &why);
	atomic_dec(&acct->net->stocks_held_off);
	return done;
}

/* There are no thresholds: a number may only be more than it ever was, or at its limit. */
void life_tripped(struct pq_account *acct)
{
	struct pq_usage *usage;

	hold_off(acct->net);
	for (usage = &acct->usage; usage; usage = usage->parent) {
		pq_usage_raise_peak(usage, PQ_TCP);
		pq_usage_raise_peak(usage, PQ_TIMEWAIT);
	}
	atomic_dec(&acct->net->stocks_held_off);
}

void life_owner_missing(void)
{
	die("what is always there is not");
}

static void *make(size_t size)
{
	void *made = aligned_alloc(2 * LINE, (size + 2 * LINE - 1) / (2 * LINE) * 2 * LINE);

	if (!made)
		die("no memory");
	return memset(made, 0, size);
}

static u64 ticks(void)
{
	u32 low, high;

	__asm__ __volatile__("rdtscp" : "=a"(low), "=d"(high) : : "rcx", "memory");
	return (u64)high << 32 | low;
}

static u64 now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

static void calibrate(void)
{
	u64 start = now(CLOCK_MONOTONIC), from = ticks(), end;

	do
		end = now(CLOCK_MONOTONIC);
	while (end - start < NS_PER_SEC / 50);
	ticks_per_ns = (double)(ticks() - from) / (end - start);
}

static u64 random_next(struct thread *t)
{
	t->random = t->random * 6364136223846793005ull + 1442695040888963407ull;
	return t->random >> 33;
}

static __always_inline void pause_between(struct thread *t)
{
	u64 until;

	if (!pace)
		return;
	until = ticks() + pace / 2 + random_next(t) % pace;
	while (ticks() < until)
		;
}

/* Counts what @call takes, if that is all that counts. */
#define INSIDE(t, call)					\
do {							\
	u64 from = pace ? ticks() : 0;			\
							\
	call;						\
	if (pace)					\
		(t)->inside += ticks() - from;		\
} while (0)

/* ---- what the limit is held against ---- */

#define for_each_level(t, truth)						\
	for (struct node **_at = (t)->node; cap && _at < (t)->node + LEVELS &&	\
	     ((truth) = &(*_at)->truth); _at++)

static void truth_add(long *number, long n)
{
	__atomic_add_fetch(number, n, __ATOMIC_SEQ_CST);
}

static void truth_trying(struct thread *t)
{
	struct truth *truth;

	for_each_level(t, truth)
		truth_add(&truth->about, 1);
}

static void truth_holds(struct thread *t)
{
	struct truth *truth;

	for_each_level(t, truth)
		if (__atomic_add_fetch(&truth->held, 1, __ATOMIC_SEQ_CST) > truth->cap)
			truth_add(&truth->over, 1);
}

static void truth_letting_go(struct thread *t)
{
	struct truth *truth;

	for_each_level(t, truth)
		truth_add(&truth->held, -1);
}

static void truth_gone(struct thread *t)
{
	struct truth *truth;

	for_each_level(t, truth) {
		truth_add(&truth->gone, 1);
		truth_add(&truth->about, -1);
	}
}

static void truth_before(struct thread *t, long *gone)
{
	struct truth *truth;

	for_each_level(t, truth)
		*gone++ = __atomic_load_n(&truth->gone, __ATOMIC_SEQ_CST);
}

/* Of those that may have held one at some moment of the try, this thread is no one. */
static bool truth_had_room(struct thread *t, const long *gone_before)
{
	struct truth *truth;
	long about, gone;

	for_each_level(t, truth) {
		about = __atomic_load_n(&truth->about, __ATOMIC_SEQ_CST) - 1;
		gone = __atomic_load_n(&truth->gone, __ATOMIC_SEQ_CST) - *gone_before++;
		if (about + gone >= truth->cap)
			return false;
	}
	return true;
}

/* ---- the run ---- */

static __always_inline bool connect_one(struct thread *t, struct slot *slot)
{
	if (!ebpf)
		return life_connect(&t->cpu, slot->sk, slot->port);
	ebpf_connect(slot->socket, slot->port);
	return true;
}

static __always_inline void timewait_one(struct thread *t, struct slot *slot)
{
	if (!ebpf)
		life_timewait(&t->cpu, slot->sk, slot->tw, slot->port);
	else
		ebpf_timewait(slot->socket);
}

static __always_inline void end_one(struct thread *t, struct slot *slot)
{
	if (!ebpf)
		life_end(&t->cpu, slot->tw);
	else
		ebpf_end(slot->socket);
}

static void slot_end(struct thread *t, struct slot *slot)
{
	truth_letting_go(t);
	INSIDE(t, end_one(t, slot));
	truth_gone(t);
	slot->held = false;
}

static void slot_begin(struct thread *t, struct slot *slot)
{
	long gone[LEVELS];
	bool done;

	slot->port = LOW + random_next(t) % PORTS;
	truth_before(t, gone);
	truth_trying(t);
	INSIDE(t, done = connect_one(t, slot));
	if (!done) {
		t->refused++;
		t->wrong += truth_had_room(t, gone);
		truth_gone(t);
		return;
	}
	truth_holds(t);
	t->begun++;
	slot->held = true;
	pause_between(t);
	INSIDE(t, timewait_one(t, slot));
}

static __attribute__((noinline)) void run(struct thread *t, unsigned long n)
{
	struct slot *slot;
	unsigned long i;

	for (i = 0; i < n; i++) {
		slot = &t->slot[i % WINDOW];
		if (slot->held) {
			slot_end(t, slot);
			pause_between(t);
		}
		slot_begin(t, slot);
		pause_between(t);
	}
}

/* With the priority of a real-time task, if we may: others of this machine have to wait. */
static void cpu_take(unsigned int number)
{
	const struct sched_param param = { .sched_priority = 10 };
	cpu_set_t all, one;
	unsigned int cpu;

	sched_getaffinity(0, sizeof(all), &all);
	for (cpu = 0; ; cpu++)
		if (CPU_ISSET(cpu, &all) && !number--)
			break;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (pthread_setaffinity_np(pthread_self(), sizeof(one), &one))
		die("cannot run on CPU %u", cpu);
	pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
}

static void *thread_main(void *arg)
{
	struct thread *t = arg;
	u64 on_cpu, passed, saved = pace;
	unsigned int i;

	cpu_take(t->number);
	if (ebpf)
		ebpf_cpu(t->number);
	pthread_barrier_wait(&barrier);
	pace = 0;
	run(t, 2 * WINDOW);
	pthread_barrier_wait(&barrier);
	pace = saved;
	t->inside = t->begun = t->refused = t->wrong = 0;
	pthread_barrier_wait(&barrier);
	on_cpu = now(CLOCK_THREAD_CPUTIME_ID);
	passed = now(CLOCK_MONOTONIC);
	run(t, lives);
	t->on_cpu = now(CLOCK_THREAD_CPUTIME_ID) - on_cpu;
	t->passed = now(CLOCK_MONOTONIC) - passed;
	pthread_barrier_wait(&barrier);
	for (i = 0; i < WINDOW; i++)
		if (t->slot[i].held)
			slot_end(t, &t->slot[i]);
	return NULL;
}

/* ---- who has what in common ---- */

static struct node *node_make(struct node *parent, struct pq_net *net, long told)
{
	struct node *node = make(sizeof(*node));
	enum pq_resource res;

	pq_usage_init(&node->account.usage, parent ? &parent->account.usage : NULL);
	node->account.parent = parent ? &parent->account : NULL;
	node->account.net = net;
	node->truth.cap = LONG_MAX;
	/* It has been there before. */
	for (res = 0; !cap && res < PQ_NR_RESOURCES; res++)
		atomic_long_set(&node->account.usage.peak[res], 1000000000);
	if (told) {
		pq_usage_set_max(&node->account.usage, PQ_TCP, told);
		node->truth.cap = cap;
	}
	return node;
}

static struct pq_net *net_make(void)
{
	struct pq_net *net = make(sizeof(*net));

	net->ports[PQ_TCP].trip = LONG_MAX;
	net->ports[PQ_TCP].untrip = -1;
	net->rules = cap != 0;
	return net;
}

static struct pq_destination *destination_make(u64 number)
{
	struct pq_destination *to = make(sizeof(*to));

	to->flow[0] = number;
	to->trip = LONG_MAX;
	to->untrip = LONG_MIN;
	return to;
}

static struct pq_owner *owner_make(struct node *node, struct pq_destination *to, u64 pid)
{
	struct pq_owner *owner = make(sizeof(*owner));

	owner->pid = pid;
	owner->account = &node->account;
	owner->recent = to;
	pq_ref_hold(&to->users);
	atomic_inc(&to->recent);
	return owner;
}

/* @place: of the eBPF program's: namespace, middle and leaf, by number */
static struct thread *thread_make(unsigned int number, struct node *leaf, struct node *middle,
				  struct node *root, struct pq_owner *owner,
				  const unsigned int *place)
{
	struct thread *t = make(sizeof(*t));
	struct pq_entry *entry;
	unsigned int i;

	t->number = number;
	t->random = 12345 + 7919 * number;
	t->node[0] = leaf;
	t->node[1] = middle;
	t->node[2] = root;
	t->cpu.task = *owner;
	memcpy(t->cpu.flow, owner->recent->flow, sizeof(t->cpu.flow));
	t->cpu.last = owner;
	pq_ref_hold(&owner->users);
	atomic_inc(&owner->remembered);
	for (i = 0; i < WINDOW; i++) {
		/* Where slabs have sockets and TIME_WAITs, about as far from each other */
		t->slot[i].sk = (void *)(0xffff888000000000 + number * 0x400000000 + i * 2176ul);
		t->slot[i].tw = (void *)(0xffff890000000000 + number * 0x400000000 + i * 264ul);
		if (ebpf)
			t->slot[i].socket = ebpf_socket_make(place[0], place[1], place[2]);
		entry = make(LINE);
		entry->next = t->cpu.spares;
		t->cpu.spares = entry;
	}
	return t;
}

static void threads_make(const char *pattern, long told)
{
	static const char *const patterns[] = {
		"own", "namespace", "sibling", "cgroup", "program"
	};
	struct pq_destination *to = NULL;
	struct pq_owner *owner = NULL;
	struct pq_net *net = NULL;
	struct node *root = NULL, *middle = NULL, *leaf = NULL;
	unsigned int common, i;

	for (common = 0; common < 5 && strcmp(pattern, patterns[common]); common++)
		;
	if (common == 5)
		exit(64);
	for (i = 0; i < nr_threads; i++) {
		if (!i || common < 1) {
			net = net_make();
			root = node_make(NULL, net, told);
		}
		if (!i || common < 2)
			middle = node_make(root, net, 0);
		if (!i || common < 3) {
			leaf = node_make(middle, net, told);
			to = destination_make(i);
		}
		if (!i || common < 4)
			owner = owner_make(leaf, to, i);
		threads[i] = thread_make(i, leaf, middle, root, owner, (unsigned int []){
			common < 1 ? i : 0, common < 2 ? i : 0, common < 3 ? i : 0
		});
	}
}

/* ---- the end ---- */

static void expect(const char *what, long is, long should_be)
{
	if (is != should_be)
		die("%s is %ld, not %ld, when all has been given back", what, is, should_be);
}

static void check_account(const struct pq_account *acct)
{
	const struct pq_usage *usage = &acct->usage;

	expect("tcp.current", pq_usage_held(usage, PQ_TCP), 0);
	expect("timewait.current", pq_usage_held(usage, PQ_TIMEWAIT), 0);
	expect("tcp.ports", pq_portcount_ports(&acct->net->ports[PQ_TCP]), 0);
}

static void check_thread(const struct thread *t)
{
	const struct pq_owner *owner = t->cpu.last;
	const struct pq_destination *to = owner->recent;
	unsigned int i;

	for (i = 0; i < LEVELS; i++)
		check_account(&t->node[i]->account);
	expect("owner.held", pq_ref_users(&owner->users) - atomic_read(&owner->remembered), 0);
	expect("used=", pq_ref_users(&to->users) - atomic_read(&to->recent), 0);
	expect("timewait=", atomic_read(&to->timewait), 0);
}

static long over(void)
{
	long most = 0;
	unsigned int i, level;

	for (i = 0; i < nr_threads; i++)
		for (level = 0; level < LEVELS; level++)
			if (threads[i]->node[level]->truth.over > most)
				most = threads[i]->node[level]->truth.over;
	return most;
}

static void report(void)
{
	unsigned long begun = 0, refused = 0, wrong = 0;
	double inside = 0, on_cpu = 0, passed = 0;
	const char *bad = ebpf ? ebpf_check() : NULL;
	unsigned int i;

	if (bad)
		die("%s", bad);
	life_stocks_close(NULL, 0);
	for (i = 0; i < nr_threads; i++) {
		check_thread(threads[i]);
		begun += threads[i]->begun;
		refused += threads[i]->refused;
		wrong += threads[i]->wrong;
		inside += threads[i]->inside / ticks_per_ns;
		on_cpu += threads[i]->on_cpu;
		passed += threads[i]->passed;
	}
	printf("%.1f\t%.3f\t%lu\t%lu\t%lu\t%ld\n", (pace ? inside : on_cpu) / lives / nr_threads,
	       on_cpu / passed, begun, refused, wrong, over());
}

int main(int argc, char **argv)
{
	pthread_t id[CPUS_MAX];
	unsigned int i;

	if (argc < 6 || argc > 8)
		return 64;
	ebpf = !strcmp(argv[1], "ebpf");
	nr_threads = atoi(argv[3]);
	lives = atol(argv[4]);
	cap = argc > 6 ? atol(argv[6]) : 0;
	if (!nr_threads || nr_threads > CPUS_MAX || !lives || (ebpf && cap))
		return 64;
	calibrate();
	pace = atol(argv[5]) * ticks_per_ns;
	pq_ledger.shift = 64 - BUCKETS_BITS;
	pq_ledger.buckets = make(sizeof(*pq_ledger.buckets) << BUCKETS_BITS);
	threads_make(argv[2], argc > 7 ? atol(argv[7]) : cap);
	pthread_barrier_init(&barrier, NULL, nr_threads);
	for (i = 0; i < nr_threads; i++)
		if (pthread_create(&id[i], NULL, thread_main, threads[i]))
			die("no thread");
	for (i = 0; i < nr_threads; i++)
		pthread_join(id[i], NULL);
	report();
	return 0;
}
