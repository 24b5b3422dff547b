// SPDX-License-Identifier: GPL-2.0-only
/*
 * What include/kunit/test.h promises: runs the one suite that is linked with this file, and prints
 * KTAP as KUnit does: the suite as the only test of the program, with its cases below it. Exits
 * with 1 if anything failed.
 *
 * A case that dies is "not ok" and ends the program. The cases behind it do not come, and the plan
 * tells a reader of KTAP that they are missing.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <kunit/test.h>
#include <linux/kthread.h>
#include <linux/unit.h>

#define MAX_THREADS	64
#define MAX_SECONDS	60	/* for the whole suite */

/* The same suite may run under ThreadSanitizer too. */
#ifdef __SANITIZE_THREAD__
#define SUFFIX		"_threads"
#else
#define SUFFIX		""
#endif

struct unit_allocation {
	struct unit_allocation *next;
	void *memory;
};

struct task_struct {
	pthread_t thread;
	int (*function)(void *data);
	void *data;
};

__thread struct unit_thread unit_self;

/* What runs: the suite, below it a case, and below that the case with one of its parameters */
static struct level {
	const char *name;
	int number;		/* of its own line, "ok 1 name" */
	int pass, fail;		/* how many of what is below it did */
} levels[3];
static int depth = -1;		/* of the lowest one that runs */

static pthread_t case_thread;
static jmp_buf aborted;		/* where an assertion that fails goes on */
static struct task_struct threads[MAX_THREADS];	/* that the case has started */
static int nr_threads;

/* The options that the environment does not set. What these two find ends in died(). */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "abort_on_error=1:leak_check_at_exit=0:detect_stack_use_after_return=1";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

/* ThreadSanitizer holds locks when it reports, so nothing is done here; run_once() looks. */
static bool raced;

void __tsan_on_report(void *report);
void __tsan_on_report(void *report)
{
	(void)report;
	WRITE_ONCE(raced, true);
}

/* Prints what has leaked and returns whether anything has. Only AddressSanitizer brings it. */
int __weak __lsan_do_recoverable_leak_check(void);

/* A line of output, not buffered: what is printed is there when the program dies. */
__printf(2, 3)
static void print(int indent, const char *format, ...)
{
	char line[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	dprintf(STDOUT_FILENO, "%*s%s\n", 4 * indent, "", line);
}

static void begin(const char *name)
{
	const struct level *above = depth >= 0 ? &levels[depth] : NULL;
	int number = above ? above->pass + above->fail + 1 : 1;

	levels[++depth] = (struct level){ .name = name, .number = number };
}

static void begin_below(void)
{
	print(depth + 1, "KTAP version 1");
	print(depth + 1, "# Subtest: %s", levels[depth].name);
}

static void end(bool good)
{
	const struct level *level = &levels[depth];
	int below = level->pass + level->fail;

	if (below)
		print(depth, "# %s: pass:%d fail:%d skip:0 total:%d", level->name, level->pass,
		      level->fail, below);
	print(depth, "%s %d %s", good ? "ok" : "not ok", level->number, level->name);
	if (--depth < 0)
		return;
	levels[depth].pass += good;
	levels[depth].fail += !good;
}

static void died(int signal)
{
	print(depth, "# %s: %s", levels[depth].name,
	      signal == SIGALRM ? "takes too long" : "has died, see above");
	while (depth >= 0)
		end(false);
	_exit(1);
}

void kunit_info(struct kunit *test, const char *format, ...)
{
	char text[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print(depth, "# %s: %s", test->name, text);
}

/* Waits until the threads that a case has started are done: they may use its stack. */
static void join_threads(void)
{
	while (nr_threads)
		pthread_join(threads[--nr_threads].thread, NULL);
}

void unit_failed(struct kunit *test, bool fatal, const char *file, int line, const char *format,
		 ...)
{
	char text[8000], *rest = text, *part;
	va_list args;

	test->failed = true;
	print(depth, "# %s: %s FAILED at %s:%d", test->name, fatal ? "ASSERTION" : "EXPECTATION",
	      file, line);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	while ((part = strsep(&rest, "\n")))
		print(depth, "#     %s", part);
	if (!fatal)
		return;
	if (!pthread_equal(pthread_self(), case_thread)) {
		print(depth, "# Only the thread that runs the case can be ended by an assertion.");
		abort();
	}
	join_threads();
	longjmp(aborted, 1);
}

void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	struct unit_allocation *new = kzalloc(sizeof(*new), gfp);

	if (!new)
		return NULL;
	new->memory = kzalloc(size, gfp);
	new->next = test->allocated;
	test->allocated = new;
	return new->memory;
}

static void free_allocated(struct kunit *test)
{
	struct unit_allocation *next;

	for (; test->allocated; test->allocated = next) {
		next = test->allocated->next;
		kfree(test->allocated->memory);
		kfree(test->allocated);
	}
}

static void *run_thread(void *arg)
{
	struct task_struct *task = arg;

	task->function(task->data);
	return NULL;
}

struct task_struct *kthread_run(int (*function)(void *data), void *data, const char *name, ...)
{
	struct task_struct *task = &threads[nr_threads];
	int err;

	(void)name;
	if (nr_threads == MAX_THREADS)
		return ERR_PTR(-ENOMEM);
	*task = (struct task_struct){ .function = function, .data = data };
	err = pthread_create(&task->thread, NULL, run_thread, task);
	if (err)
		return ERR_PTR(-err);
	nr_threads++;
	return task;
}

/* The suite's functions around a case run whatever the case does, as in the kernel. */
static bool run_once(const struct kunit_case *test_case, const void *param)
{
	struct kunit test = { .name = test_case->name, .param_value = param };
	int err = 0;

	if (!setjmp(aborted)) {
		if (unit_suite->init)
			err = unit_suite->init(&test);
		if (err)
			unit_failed(&test, false, __FILE__, __LINE__, "init returned %d", err);
		else
			test_case->run_case(&test);
	}
	join_threads();
	if (!setjmp(aborted) && unit_suite->exit)
		unit_suite->exit(&test);
	join_threads();
	free_allocated(&test);
	if (unit_self.rcu_readers) {
		kunit_info(&test, "ends between rcu_read_lock() and rcu_read_unlock()");
		abort();
	}
	if (READ_ONCE(raced))
		kunit_info(&test, "has a data race, see above");
	return !test.failed && !__atomic_exchange_n(&raced, false, __ATOMIC_RELAXED);
}

static bool run_params(const struct kunit_case *test_case)
{
	char description[KUNIT_PARAM_DESC_SIZE];
	const void *param = NULL;

	begin_below();
	for (;;) {
		description[0] = '\0';
		param = test_case->generate_params(param, description);
		if (!param)
			break;
		begin(description);
		end(run_once(test_case, param));
	}
	return !levels[depth].fail;
}

static bool run_suite(void)
{
	const struct kunit_case *test_case;
	int cases = 0;

	begin_below();
	while (unit_suite->test_cases[cases].run_case)
		cases++;
	print(depth + 1, "1..%d", cases);
	for (test_case = unit_suite->test_cases; test_case->run_case; test_case++) {
		begin(test_case->name);
		end(test_case->generate_params ? run_params(test_case) : run_once(test_case, NULL));
	}
	return !levels[depth].fail;
}

int main(void)
{
	char name[sizeof(unit_suite->name) + sizeof(SUFFIX)];
	bool good;

	snprintf(name, sizeof(name), "%s" SUFFIX, unit_suite->name);
	signal(SIGABRT, died);
	signal(SIGALRM, died);
	alarm(MAX_SECONDS);
	case_thread = pthread_self();

	print(0, "KTAP version 1");
	print(0, "1..1");
	begin(name);
	good = run_suite();
	if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check()) {
		print(depth, "# %s: has leaked memory, see above", name);
		good = false;
	}
	end(good);
	return !good;
}
