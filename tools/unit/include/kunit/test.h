/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KUnit in userspace: as much of the kernel's include/kunit/test.h as the suites use, with
 * tools/unit/runner.c behind it. A program is one suite.
 */
#ifndef _UNIT_KUNIT_TEST_H
#define _UNIT_KUNIT_TEST_H

#include <string.h>

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#define KUNIT_PARAM_DESC_SIZE	128

/**
 * struct kunit - a case that runs, with one of its parameters
 * @priv: for the suite
 * @param_value: the parameter; NULL where the case has none
 * @name: the case's name
 * @failed: something has failed
 * @allocated: what kunit_kzalloc() has returned
 */
struct kunit {
	void *priv;
	const void *param_value;

	/* Only tools/unit/runner.c uses these. */
	const char *name;
	bool failed;
	struct unit_allocation *allocated;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *previous, char *description);
};

#define KUNIT_CASE(function)	{ .run_case = function, .name = #function }
#define KUNIT_CASE_PARAM(function, generate)	\
	{ .run_case = function, .name = #function, .generate_params = generate }

/* Defines @name_gen_params(), which goes through @array. */
#define KUNIT_ARRAY_PARAM(name, array, describe)					\
static const void *name##_gen_params(const void *previous, char *description)		\
{											\
	__typeof__((array)[0]) *next = previous;					\
											\
	next = next ? next + 1 : (array);						\
	if (next == (array) + ARRAY_SIZE(array))					\
		return NULL;								\
	describe(next, description);							\
	return next;									\
}

struct kunit_suite {
	const char name[256];
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

extern struct kunit_suite *const unit_suite;

#define kunit_test_suite(suite)	struct kunit_suite *const unit_suite = &(suite)

void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp);

/* Prints a line of its own, behind a #. */
__printf(2, 3) void kunit_info(struct kunit *test, const char *format, ...);

/* Prints what is wrong with the case; does not return if it is @fatal to it. */
__printf(5, 6) void unit_failed(struct kunit *test, bool fatal, const char *file, int line,
				const char *format, ...);

#define UNIT_FAILED(test, fatal, format, ...)	\
	unit_failed(test, fatal, __FILE__, __LINE__, format, ##__VA_ARGS__)

/* All of these are true if the expectation was met. */
#define UNIT_COMPARE(test, fatal, left, op, right)					\
({											\
	const __typeof__(left) _left = (left);						\
	const __typeof__(right) _right = (right);					\
	bool _good = _left op _right;							\
											\
	if (!_good)									\
		UNIT_FAILED(test, fatal, "Expected %s, but\n    %s == %lld\n    %s == %lld", \
			    #left " " #op " " #right, #left, (long long)_left,		\
			    #right, (long long)_right);					\
	_good;										\
})

#define UNIT_TRUTH(test, fatal, condition, wanted)					\
({											\
	bool _good = (condition) ? (wanted) : !(wanted);					\
											\
	if (!_good)									\
		UNIT_FAILED(test, fatal, "Expected %s to be " #wanted ", but it is not", \
			    #condition);						\
	_good;										\
})

#define UNIT_POINTERS(test, fatal, left, op, right)					\
({											\
	const void *_left = (left), *_right = (right);					\
	bool _good = _left op _right;							\
											\
	if (!_good)									\
		UNIT_FAILED(test, fatal, "Expected %s, but\n    %s == %p\n    %s == %p", \
			    #left " " #op " " #right, #left, _left, #right, _right);	\
	_good;										\
})

#define UNIT_STRINGS(test, fatal, left, right)						\
({											\
	const char *_left = (left), *_right = (right);					\
	bool _good = !strcmp(_left, _right);						\
											\
	if (!_good)									\
		UNIT_FAILED(test, fatal, "Expected %s, but\n    %s == \"%s\"\n    %s == \"%s\"", \
			    #left " == " #right, #left, _left, #right, _right);		\
	_good;										\
})

#define UNIT_NOTE(good, test, format, ...)						\
do {											\
	if (!(good))									\
		kunit_info(test, format, ##__VA_ARGS__);				\
} while (0)

#define KUNIT_EXPECT_EQ(test, left, right)	((void)UNIT_COMPARE(test, false, left, ==, right))
#define KUNIT_EXPECT_NE(test, left, right)	((void)UNIT_COMPARE(test, false, left, !=, right))
#define KUNIT_EXPECT_LT(test, left, right)	((void)UNIT_COMPARE(test, false, left, <, right))
#define KUNIT_EXPECT_LE(test, left, right)	((void)UNIT_COMPARE(test, false, left, <=, right))
#define KUNIT_EXPECT_GT(test, left, right)	((void)UNIT_COMPARE(test, false, left, >, right))
#define KUNIT_EXPECT_GE(test, left, right)	((void)UNIT_COMPARE(test, false, left, >=, right))
#define KUNIT_EXPECT_TRUE(test, condition)	((void)UNIT_TRUTH(test, false, condition, true))
#define KUNIT_EXPECT_FALSE(test, condition)	((void)UNIT_TRUTH(test, false, condition, false))
#define KUNIT_EXPECT_NULL(test, ptr)		((void)UNIT_POINTERS(test, false, ptr, ==, NULL))
#define KUNIT_EXPECT_NOT_NULL(test, ptr)	((void)UNIT_POINTERS(test, false, ptr, !=, NULL))
#define KUNIT_EXPECT_PTR_EQ(test, left, right)	((void)UNIT_POINTERS(test, false, left, ==, right))
#define KUNIT_EXPECT_STREQ(test, left, right)	((void)UNIT_STRINGS(test, false, left, right))

#define KUNIT_EXPECT_EQ_MSG(test, left, right, format, ...)	\
	UNIT_NOTE(UNIT_COMPARE(test, false, left, ==, right), test, format, ##__VA_ARGS__)
#define KUNIT_EXPECT_GT_MSG(test, left, right, format, ...)	\
	UNIT_NOTE(UNIT_COMPARE(test, false, left, >, right), test, format, ##__VA_ARGS__)

#define KUNIT_ASSERT_EQ(test, left, right)	((void)UNIT_COMPARE(test, true, left, ==, right))
#define KUNIT_ASSERT_LT(test, left, right)	((void)UNIT_COMPARE(test, true, left, <, right))
#define KUNIT_ASSERT_GT(test, left, right)	((void)UNIT_COMPARE(test, true, left, >, right))
#define KUNIT_ASSERT_TRUE(test, condition)	((void)UNIT_TRUTH(test, true, condition, true))
#define KUNIT_ASSERT_FALSE(test, condition)	((void)UNIT_TRUTH(test, true, condition, false))
#define KUNIT_ASSERT_NULL(test, ptr)		((void)UNIT_POINTERS(test, true, ptr, ==, NULL))
#define KUNIT_ASSERT_NOT_NULL(test, ptr)	((void)UNIT_POINTERS(test, true, ptr, !=, NULL))

#endif
