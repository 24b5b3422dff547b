/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ftrace: redirect kernel functions to replacements of ours, and take the
 * redirection away again without leaving a call behind.
 *
 * The mechanism is the one livepatch uses (kernel/livepatch/patch.c): an
 * ftrace_ops with IPMODIFY sends the functions' callers to the replacements.
 * There is one for all of them, so they come and go together.
 * The replacement reaches the original through a static call to the
 * instruction after the ftrace site, so other tracers on the function see
 * each call once, and nothing recurses; on arm64 that is a call through a
 * pointer. A function that only some need is hooked on demand, by an
 * ftrace_ops of its own, until it is released.
 *
 * Nothing here knows what the hooked functions do.
 */
#ifndef _PORTQUOTA_FTRACE_H
#define _PORTQUOTA_FTRACE_H

#include <linux/ftrace.h>
#include <linux/percpu.h>
#include <linux/static_call.h>

/**
 * struct pq_hook - one hooked function
 * @name: symbol of the function
 * @replacement: where its callers are sent
 * @set_original: points the static call of the replacement at the original
 * @on_demand: hooked not before pq_hook_demand() is called for it
 * @demanded: that has been done, and pq_hook_release() not since
 * @ops: of one that is hooked on demand
 * @site: address of the ftrace site, found when the table is installed
 */
struct pq_hook {
	const char *name;
	void *replacement;
	void (*set_original)(unsigned long address);
	bool on_demand;
	bool demanded;
	struct ftrace_ops ops;
	unsigned long site;
};

/* Calls that are inside a replacement; the sum over all CPUs is the number. */
DECLARE_PER_CPU(long, pq_hook_inflight);

/**
 * pq_hook_leave() - say that a replacement is done
 *
 * Must be the last thing a replacement does: from then on the module's text
 * may go away, but for the few instructions that synchronize_rcu_tasks()
 * covers.
 */
static __always_inline void pq_hook_leave(void)
{
	this_cpu_dec(pq_hook_inflight);
}

/*
 * PQ_HOOKED(function) declares the static call original_function, of the very
 * type of the function: a kernel whose headers have it in another shape does
 * not compile. What keeps the binary to the headers is the release of the kernel,
 * which main.c compares: where there are modversions, the kernel does not.
 */
#define PQ_HOOKED(function) PQ_HOOKED_LIKE(function, function)

/* The same for a function that no header declares, but that has the type of another */
#define PQ_HOOKED_LIKE(function, like)					\
	static typeof(like) replaced_##function;			\
	DEFINE_STATIC_CALL_NULL(original_##function, like);		\
	static void set_original_##function(unsigned long address)	\
	{								\
		static_call_update(original_##function,			\
				   (typeof(like) *)address);		\
	}

#define PQ_HOOK(function, ...) {					\
		.name = #function,					\
		.replacement = replaced_##function,			\
		.set_original = set_original_##function,		\
		__VA_ARGS__						\
	}

int pq_hooks_install(struct pq_hook *hooks, unsigned int nr);
int pq_hook_demand(struct pq_hook *hook, bool allowed);
void pq_hook_release(struct pq_hook *hook);
bool pq_hook_demanded(const struct pq_hook *hook);
void pq_hooks_remove(struct pq_hook *hooks, unsigned int nr);
void pq_hooks_check(const struct pq_hook *hook);
bool pq_hooks_dead(void);

#endif
