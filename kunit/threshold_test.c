// SPDX-License-Identifier: GPL-2.0-only
/* Suite of thresholds: when it warns, and when it stops. */
#include <kunit/test.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "../module/lib/threshold.h"

static int thresholds_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct pq_thresholds), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

/* One kind at most is expected. */
static void expect_edge(struct kunit *test, long held, enum pq_event_kind kind, long threshold)
{
	struct pq_thresholds *thresholds = test->priv;
	struct pq_edge edge = { .threshold = -1 };

	KUNIT_EXPECT_EQ_MSG(test, (int)pq_thresholds_look(thresholds, held, &edge), (int)kind,
			    "at %ld", held);
	if (kind != PQ_EVENT_NONE)
		KUNIT_EXPECT_EQ(test, edge.threshold, threshold);
}

static void expect_quiet(struct kunit *test, long held)
{
	expect_edge(test, held, PQ_EVENT_NONE, 0);
}

static void thresholds_warns_once_on_the_way_up(struct kunit *test)
{
	long held;

	pq_thresholds_set(test->priv, 100, 80, LONG_MAX, LONG_MAX);
	for (held = 0; held < 80; held++)
		expect_quiet(test, held);
	expect_edge(test, 80, PQ_EVENT_WARN, 80);
	for (held = 80; held <= 120; held++)
		expect_quiet(test, held);
}

/* 10 % of the threshold below it, and not a bit above that. */
static void thresholds_clears_ten_percent_below(struct kunit *test)
{
	long held;

	pq_thresholds_set(test->priv, 100, 80, LONG_MAX, LONG_MAX);
	expect_edge(test, 90, PQ_EVENT_WARN, 80);
	for (held = 90; held > 72; held--)
		expect_quiet(test, held);
	expect_edge(test, 72, PQ_EVENT_CLEAR, 80);
	for (held = 72; held >= 0; held--)
		expect_quiet(test, held);
}

static void thresholds_trembling_is_one_warning(struct kunit *test)
{
	int i;

	pq_thresholds_set(test->priv, 100, 80, LONG_MAX, LONG_MAX);
	expect_edge(test, 80, PQ_EVENT_WARN, 80);
	for (i = 0; i < 1000; i++)
		expect_quiet(test, 80 - i % 8);
}

static void thresholds_looks_only_at_its_points(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;

	pq_thresholds_set(thresholds, 100, 80, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, pq_thresholds_trip(thresholds), 80);
	KUNIT_EXPECT_EQ(test, pq_thresholds_untrip(thresholds), -1);
	expect_edge(test, 80, PQ_EVENT_WARN, 80);
	KUNIT_EXPECT_EQ(test, pq_thresholds_trip(thresholds), LONG_MAX);
	KUNIT_EXPECT_LE(test, pq_thresholds_untrip(thresholds), 72);
	KUNIT_EXPECT_GE(test, pq_thresholds_untrip(thresholds), 71);
}

static void thresholds_has_two_levels(struct kunit *test)
{
	pq_thresholds_set(test->priv, 100, 75, 90, LONG_MAX);
	expect_edge(test, 75, PQ_EVENT_WARN, 75);
	expect_quiet(test, 89);
	expect_edge(test, 90, PQ_EVENT_WARN, 90);
	expect_quiet(test, 100);
	expect_quiet(test, 82);
	expect_edge(test, 81, PQ_EVENT_CLEAR, 90);
	expect_quiet(test, 81);
	expect_edge(test, 91, PQ_EVENT_WARN, 90);
	expect_edge(test, 60, PQ_EVENT_CLEAR, 90);
	expect_edge(test, 60, PQ_EVENT_CLEAR, 75);
	expect_quiet(test, 60);
}

static void thresholds_jump_crosses_both_levels(struct kunit *test)
{
	pq_thresholds_set(test->priv, 100, 75, 90, LONG_MAX);
	expect_edge(test, 100, PQ_EVENT_WARN, 75);
	expect_edge(test, 100, PQ_EVENT_WARN, 90);
	expect_quiet(test, 100);
}

/* Small numbers: warn=80% of 1 is 0, and with nothing held there is never a warning. */
static void thresholds_of_small_numbers(struct kunit *test)
{
	pq_thresholds_set(test->priv, 1, 0, LONG_MAX, LONG_MAX);
	expect_quiet(test, 0);
	expect_edge(test, 1, PQ_EVENT_WARN, 1);
	expect_edge(test, 0, PQ_EVENT_CLEAR, 1);
	expect_quiet(test, 0);
}

static void thresholds_without_threshold_is_quiet(struct kunit *test)
{
	pq_thresholds_set(test->priv, LONG_MAX, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, pq_thresholds_trip(test->priv), LONG_MAX);
	expect_quiet(test, 0);
	expect_quiet(test, 1000000);
	KUNIT_EXPECT_EQ(test, pq_thresholds_left(test->priv, 1000000), -1);
}

static void thresholds_denies_once_a_run(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	int i;

	pq_thresholds_set(thresholds, 100, 80, LONG_MAX, LONG_MAX);
	expect_edge(test, 100, PQ_EVENT_WARN, 80);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), PQ_EVENT_DENY);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), PQ_EVENT_NONE);
	/* One comes free, one is taken, one is refused: still the same run. */
	expect_quiet(test, 99);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), PQ_EVENT_NONE);
	expect_edge(test, 70, PQ_EVENT_CLEAR, 80);
	expect_quiet(test, 70);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), PQ_EVENT_DENY);
}

/* Without any threshold a run of refusals ends 10 % below the limit. */
static void thresholds_clears_refusals_without_threshold(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;

	pq_thresholds_set(thresholds, 100, LONG_MAX, LONG_MAX, LONG_MAX);
	expect_quiet(test, 100);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), PQ_EVENT_DENY);
	expect_quiet(test, 100);
	expect_quiet(test, 92);
	expect_edge(test, 90, PQ_EVENT_CLEAR, 100);
	expect_quiet(test, 90);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), PQ_EVENT_DENY);
}

/* Where nothing is allowed nothing comes free: one run, however long. */
static void thresholds_of_limit_zero_denies_once(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	int i;

	pq_thresholds_set(thresholds, 0, 0, LONG_MAX, LONG_MAX);
	expect_quiet(test, 0);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), PQ_EVENT_DENY);
	for (i = 0; i < 10; i++) {
		expect_quiet(test, 0);
		KUNIT_EXPECT_EQ(test, (int)pq_thresholds_tick(thresholds, 0, 500), PQ_EVENT_NONE);
		KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), PQ_EVENT_NONE);
	}
}

static void thresholds_limit_lowered_below_usage(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;

	pq_thresholds_set(thresholds, 1000, 800, LONG_MAX, LONG_MAX);
	expect_quiet(test, 500);
	pq_thresholds_set(thresholds, 100, 80, LONG_MAX, LONG_MAX);
	expect_edge(test, 500, PQ_EVENT_WARN, 80);
	expect_quiet(test, 500);
	KUNIT_EXPECT_EQ(test, pq_thresholds_left(thresholds, 500), 0);
	/* Lowered again: it has been said. */
	pq_thresholds_set(thresholds, 50, 40, LONG_MAX, LONG_MAX);
	expect_quiet(test, 500);
}

static void thresholds_limit_raised_clears(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;

	pq_thresholds_set(thresholds, 100, 80, LONG_MAX, LONG_MAX);
	expect_edge(test, 100, PQ_EVENT_WARN, 80);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), PQ_EVENT_DENY);
	pq_thresholds_set(thresholds, 1000, 800, LONG_MAX, LONG_MAX);
	expect_edge(test, 100, PQ_EVENT_CLEAR, 800);
	expect_quiet(test, 100);
	KUNIT_EXPECT_FALSE(test, thresholds->denying);
}

/* What is not there any more is not cleared later. */
static void thresholds_threshold_removed(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;

	pq_thresholds_set(thresholds, 100, 75, 90, LONG_MAX);
	expect_edge(test, 95, PQ_EVENT_WARN, 75);
	expect_edge(test, 95, PQ_EVENT_WARN, 90);
	pq_thresholds_set(thresholds, LONG_MAX, LONG_MAX, LONG_MAX, LONG_MAX);
	expect_quiet(test, 0);
	expect_quiet(test, 95);
}

/* Ticks of a tenth of a second, with that growth a second. */
static enum pq_event_kind ramp(struct pq_thresholds *thresholds, long *held, long rate, int ticks)
{
	enum pq_event_kind kind = PQ_EVENT_NONE;

	while (ticks-- && kind == PQ_EVENT_NONE) {
		*held += rate / 10;
		kind = pq_thresholds_tick(thresholds, *held, 100);
	}
	return kind;
}

static void thresholds_forecasts(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	long held = 0;

	pq_thresholds_set(thresholds, 10000, 8000, LONG_MAX, LONG_MAX);
	pq_thresholds_tick(thresholds, 0, 100);
	/* 100 a second: 30 s before it is full there are 7000. */
	KUNIT_EXPECT_EQ(test, (int)ramp(thresholds, &held, 100, 1000), PQ_EVENT_FORECAST);
	KUNIT_EXPECT_GE(test, held, 6900);
	KUNIT_EXPECT_LE(test, held, 7100);
	KUNIT_EXPECT_GE(test, pq_thresholds_left(thresholds, held), 28);
	KUNIT_EXPECT_LE(test, pq_thresholds_left(thresholds, held), 30);
	/* Said once. */
	KUNIT_EXPECT_EQ(test, (int)ramp(thresholds, &held, 100, 280), PQ_EVENT_NONE);
}

/* What is counted is another number now, and the difference no growth. */
static void thresholds_forgets_what_is_moved(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	int i;

	pq_thresholds_set(thresholds, 500, LONG_MAX, LONG_MAX, LONG_MAX);
	pq_thresholds_tick(thresholds, 0, 500);
	pq_thresholds_forget(thresholds);
	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, (int)pq_thresholds_tick(thresholds, 400, 500),
				PQ_EVENT_NONE);
	KUNIT_EXPECT_EQ(test, thresholds->rate, 0);
	KUNIT_EXPECT_TRUE(test, pq_thresholds_steady(thresholds));
}

static void thresholds_forecasts_again_after_a_rest(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	long held = 0;

	pq_thresholds_set(thresholds, 10000, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, (int)ramp(thresholds, &held, 100, 1000), PQ_EVENT_FORECAST);
	/* As long a rest as a forecast looks ahead */
	KUNIT_EXPECT_EQ(test, (int)ramp(thresholds, &held, 0, 250), PQ_EVENT_NONE);
	KUNIT_EXPECT_TRUE(test, thresholds->forecast);
	KUNIT_EXPECT_EQ(test, (int)ramp(thresholds, &held, 0, 100), PQ_EVENT_NONE);
	KUNIT_EXPECT_FALSE(test, thresholds->forecast);
	KUNIT_EXPECT_EQ(test, (int)ramp(thresholds, &held, 100, 100), PQ_EVENT_FORECAST);
}

/* A growth that wavers about the horizon gives one forecast. */
static void thresholds_forecast_has_hysteresis(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	int i, said = 0;
	long held = 0;

	pq_thresholds_set(thresholds, 10000, LONG_MAX, LONG_MAX, LONG_MAX);
	for (i = 0; held < 9000 && i < 2000; i++) {
		held += i % 8 < 4 ? 8 : 12;
		said += pq_thresholds_tick(thresholds, held, 100) == PQ_EVENT_FORECAST;
	}
	KUNIT_EXPECT_EQ(test, said, 1);
}

/* What comes and goes about the same is at every other moment on its way to the limit. */
static void thresholds_forecast_is_no_noise(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	u32 noise = 1;
	int i, said = 0;

	pq_thresholds_set(thresholds, 1000, 800, LONG_MAX, LONG_MAX);
	for (i = 0; i < 1200; i++) {	/* ten minutes */
		noise = noise * 1664525 + 1013904223;
		said += pq_thresholds_tick(thresholds, 450 + (noise >> 16) % 101, 500) ==
			PQ_EVENT_FORECAST;
	}
	KUNIT_EXPECT_LE(test, said, 1);
	/* One there and back each second is none at all. */
	memset(thresholds, 0, sizeof(*thresholds));
	pq_thresholds_set(thresholds, 1000, 800, LONG_MAX, LONG_MAX);
	for (i = 0; i < 1200; i++)
		KUNIT_EXPECT_EQ(test, (int)pq_thresholds_tick(thresholds, 450 + i % 2 * 100, 500),
				PQ_EVENT_NONE);
}

static void thresholds_forecasts_for_another_limit(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	long held = 0;

	pq_thresholds_set(thresholds, 10000, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, (int)ramp(thresholds, &held, 100, 1000), PQ_EVENT_FORECAST);
	pq_thresholds_set(thresholds, 10500, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, (int)ramp(thresholds, &held, 100, 100), PQ_EVENT_FORECAST);
}

static void thresholds_no_forecast_when_steady_or_falling(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	long held = 90;

	pq_thresholds_set(thresholds, 100, 80, LONG_MAX, LONG_MAX);
	thresholds->last = held;
	KUNIT_EXPECT_EQ(test, (int)ramp(thresholds, &held, 0, 100), PQ_EVENT_NONE);
	KUNIT_EXPECT_EQ(test, pq_thresholds_left(thresholds, held), -1);
	KUNIT_EXPECT_EQ(test, (int)ramp(thresholds, &held, -10, 50), PQ_EVENT_NONE);
	KUNIT_EXPECT_EQ(test, pq_thresholds_left(thresholds, held), -1);
}

static void thresholds_no_forecast_when_full(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;

	pq_thresholds_set(thresholds, 100, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_tick(thresholds, 100, 500), PQ_EVENT_NONE);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_tick(thresholds, 120, 500), PQ_EVENT_NONE);
	KUNIT_EXPECT_EQ(test, pq_thresholds_left(thresholds, 120), 0);
}

/* A clock that stood still, or a guest that was stopped for an hour. */
static void thresholds_survives_odd_times(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;

	pq_thresholds_set(thresholds, LONG_MAX - 1, LONG_MAX, LONG_MAX, LONG_MAX);
	pq_thresholds_tick(thresholds, U32_MAX, 0);
	pq_thresholds_tick(thresholds, 0, 0);
	pq_thresholds_tick(thresholds, 5, U32_MAX);
	KUNIT_EXPECT_LE(test, thresholds->rate, (long)U32_MAX * 1000);
}

/* More milliseconds than an int has are no time that runs backwards: what grows still grows. */
static void thresholds_grows_after_a_long_stop(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;

	pq_thresholds_set(thresholds, LONG_MAX - 1, LONG_MAX, LONG_MAX, LONG_MAX);
	pq_thresholds_tick(thresholds, 0, 500);
	/* A thousand a second; half of what it was, half of what it is */
	pq_thresholds_tick(thresholds, 1U << 31, 1U << 31);
	KUNIT_EXPECT_EQ(test, thresholds->rate, 500);
	thresholds->rate = 1000;
	pq_thresholds_tick(thresholds, (1L << 31) + U32_MAX, U32_MAX);
	KUNIT_EXPECT_EQ(test, thresholds->rate, 1000);
}

static void thresholds_denies_anew_in_another_mode(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;

	pq_thresholds_set(thresholds, 100, 80, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), (int)PQ_EVENT_DENY);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), (int)PQ_EVENT_NONE);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, true), (int)PQ_EVENT_DENY);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, true), (int)PQ_EVENT_NONE);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_deny(thresholds, false), (int)PQ_EVENT_DENY);
}

static void thresholds_has_three_levels(struct kunit *test)
{
	pq_thresholds_set(test->priv, 100, 50, 75, 90);
	expect_edge(test, 50, PQ_EVENT_WARN, 50);
	expect_quiet(test, 74);
	expect_edge(test, 75, PQ_EVENT_WARN, 75);
	expect_edge(test, 95, PQ_EVENT_WARN, 90);
	expect_quiet(test, 100);
	expect_edge(test, 80, PQ_EVENT_CLEAR, 90);
	expect_edge(test, 60, PQ_EVENT_CLEAR, 75);
	expect_quiet(test, 46);
	expect_edge(test, 44, PQ_EVENT_CLEAR, 50);
}

/* Which of the thresholds it is, and what a clear takes back */
static void thresholds_names_its_edges(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	struct pq_edge edge;
	int step, kind;

	pq_thresholds_set(thresholds, 100, 50, 75, 90);
	for (step = 0; step < 3; step++) {
		kind = pq_thresholds_look(thresholds, 95, &edge);
		KUNIT_EXPECT_EQ(test, kind, PQ_EVENT_WARN);
		KUNIT_EXPECT_EQ(test, edge.step, step);
	}
	while (--step >= 0) {
		kind = pq_thresholds_look(thresholds, 0, &edge);
		KUNIT_EXPECT_EQ(test, kind, PQ_EVENT_CLEAR);
		KUNIT_EXPECT_EQ(test, edge.step, step);
		KUNIT_EXPECT_EQ(test, (int)edge.of, PQ_EVENT_WARN);
	}
	pq_thresholds_set(thresholds, 100, LONG_MAX, LONG_MAX, LONG_MAX);
	pq_thresholds_deny(thresholds, false);
	KUNIT_EXPECT_EQ(test, (int)pq_thresholds_look(thresholds, 0, &edge), PQ_EVENT_CLEAR);
	KUNIT_EXPECT_EQ(test, (int)edge.of, PQ_EVENT_DENY);
	KUNIT_EXPECT_EQ(test, edge.threshold, 100);
}

/* As long as it is not full, there is a second left. */
static void thresholds_left_is_rounded_up(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;

	pq_thresholds_set(thresholds, 1000, 900, LONG_MAX, LONG_MAX);
	thresholds->rate = 285;
	KUNIT_EXPECT_EQ(test, pq_thresholds_left(thresholds, 900), 1);
	KUNIT_EXPECT_EQ(test, pq_thresholds_left(thresholds, 999), 1);
	KUNIT_EXPECT_EQ(test, pq_thresholds_left(thresholds, 1000), 0);
	KUNIT_EXPECT_EQ(test, pq_thresholds_left(thresholds, 1000 - 285), 1);
	KUNIT_EXPECT_EQ(test, pq_thresholds_left(thresholds, 1000 - 286), 2);
	pq_thresholds_set(thresholds, LONG_MAX - 1, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_GT(test, pq_thresholds_left(thresholds, 0), 0);
}

/* A number that does not change needs no ticks, and one that moves needs them again. */
static void thresholds_rests(struct kunit *test)
{
	struct pq_thresholds *t = test->priv;
	unsigned int i;

	pq_thresholds_set(t, 1000, LONG_MAX, LONG_MAX, LONG_MAX);
	/* It begins at rest, with nothing held. */
	KUNIT_EXPECT_FALSE(test, pq_thresholds_moved(t, 0));
	KUNIT_EXPECT_EQ(test, pq_thresholds_rest_trip(t), 15);
	KUNIT_EXPECT_LT(test, pq_thresholds_rest_untrip(t), 0);
	KUNIT_EXPECT_FALSE(test, pq_thresholds_moved(t, 14));
	KUNIT_EXPECT_TRUE(test, pq_thresholds_moved(t, 15));
	/* One that grows does not rest, nor does one that has just ceased to. */
	for (i = 0; i < 10; i++) {
		pq_thresholds_tick(t, 100 + i, 500);
		KUNIT_EXPECT_FALSE(test, pq_thresholds_steady(t));
		KUNIT_EXPECT_FALSE(test, pq_thresholds_moved(t, 500));
	}
	for (i = 0; i < 10 && !pq_thresholds_steady(t); i++)
		pq_thresholds_tick(t, 109, 500);
	KUNIT_EXPECT_GE(test, i, 3);
	KUNIT_EXPECT_LT(test, i, 10);
	pq_thresholds_rest(t);
	KUNIT_EXPECT_FALSE(test, pq_thresholds_moved(t, 109));
	/* 1/64 of 891 */
	KUNIT_EXPECT_EQ(test, pq_thresholds_rest_trip(t), 109 + 13);
	KUNIT_EXPECT_EQ(test, pq_thresholds_rest_untrip(t), 109 - 13);
	KUNIT_EXPECT_TRUE(test, pq_thresholds_moved(t, 96));
	/* With next to nothing free, or too much held, each one counts. */
	pq_thresholds_set(t, 112, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, pq_thresholds_rest_trip(t), 110);
	pq_thresholds_set(t, 50, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, pq_thresholds_rest_trip(t), 110);
	pq_thresholds_set(t, LONG_MAX, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, pq_thresholds_rest_trip(t), 109 + PQ_REST_MAX);
}

/* What was said to be full soon is taken back before there is rest. */
static void thresholds_forecast_keeps_awake(struct kunit *test)
{
	struct pq_thresholds *t = test->priv;
	unsigned int i;

	pq_thresholds_set(t, 1000, LONG_MAX, LONG_MAX, LONG_MAX);
	for (i = 0; i < 10; i++)
		pq_thresholds_tick(t, 300 + 20 * i, 500);
	KUNIT_ASSERT_TRUE(test, t->forecast);
	for (i = 0; i < 20; i++) {
		pq_thresholds_tick(t, 480, 500);
		KUNIT_EXPECT_FALSE(test, pq_thresholds_steady(t));
	}
	for (i = 0; i < 2 * PQ_FORECAST_HORIZON; i++)
		pq_thresholds_tick(t, 480, 500);
	KUNIT_EXPECT_TRUE(test, pq_thresholds_steady(t));
}

/* Between two rests it moves by less than what would be forecast unseen. */
static void thresholds_growth_from_rest_is_forecast(struct kunit *test)
{
	struct pq_thresholds *t = test->priv;
	enum pq_event_kind kind = PQ_EVENT_NONE;
	long held;

	pq_thresholds_set(t, 400, LONG_MAX, LONG_MAX, LONG_MAX);
	for (held = 0; !pq_thresholds_moved(t, held); held++)
		;
	KUNIT_EXPECT_LE(test, held, 6);
	/* 20 a second: full in 20 s */
	for (; kind == PQ_EVENT_NONE && held < 400; held += 10)
		kind = pq_thresholds_tick(t, held, 500);
	KUNIT_EXPECT_EQ(test, (int)kind, (int)PQ_EVENT_FORECAST);
	KUNIT_EXPECT_LT(test, held, 60);
}

/* Up and down @times in a moment, as of a max of 1; returns how many events that were. */
static int flap(struct pq_thresholds *thresholds, int times)
{
	struct pq_edge edge;
	int i, told = 0;

	for (i = 0; i < times; i++) {
		while (pq_thresholds_look(thresholds, 1, &edge) != PQ_EVENT_NONE)
			told++;
		while (pq_thresholds_look(thresholds, 0, &edge) != PQ_EVENT_NONE)
			told++;
	}
	return told;
}

/* Nothing is in the way of 10 % of 1: the first few are told, then a warning stands. */
static void thresholds_of_one_do_not_flap(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;

	pq_thresholds_set(thresholds, 1, 1, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, flap(thresholds, 10000), 2 * PQ_FREE_FLAPS + 1);
	KUNIT_EXPECT_EQ(test, thresholds->raised, 1);
	/* Then nobody is called for it: only time can tell. */
	KUNIT_EXPECT_EQ(test, pq_thresholds_untrip(thresholds), -1);
	KUNIT_EXPECT_EQ(test, pq_thresholds_trip(thresholds), LONG_MAX);
}

/* What stays clear is said to be, after a while that doubles each time. */
static void thresholds_clear_waits_for_calm(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	unsigned int seconds, want = PQ_CALM_MIN;
	int i;

	pq_thresholds_set(thresholds, 1, 1, LONG_MAX, LONG_MAX);
	flap(thresholds, 100);
	for (i = 0; i < 12; i++) {
		for (seconds = 0; pq_thresholds_untrip(thresholds) < 0; seconds++)
			pq_thresholds_tick(thresholds, 0, MSEC_PER_SEC);
		KUNIT_EXPECT_EQ(test, seconds, want);
		expect_edge(test, 0, PQ_EVENT_CLEAR, 1);
		expect_edge(test, 1, PQ_EVENT_WARN, 1);
		expect_quiet(test, 0);
		want = min(2 * want, PQ_CALM_MAX);
	}
	/* A moment above it begins the wait anew. */
	for (i = 0; i < 2 * PQ_CALM_MAX; i++)
		pq_thresholds_tick(thresholds, i % 100 == 99, MSEC_PER_SEC);
	expect_quiet(test, 0);
}

/* Once it has been clear for ten minutes, it is told at once again. */
static void thresholds_calm_is_forgiven(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	unsigned int i;

	pq_thresholds_set(thresholds, 1, 1, LONG_MAX, LONG_MAX);
	flap(thresholds, 100);
	for (i = 0; i < PQ_CALM_MIN; i++)
		pq_thresholds_tick(thresholds, 0, MSEC_PER_SEC);
	expect_edge(test, 0, PQ_EVENT_CLEAR, 1);
	for (i = 0; i < PQ_FLAP_SOON; i++)
		pq_thresholds_tick(thresholds, 0, MSEC_PER_SEC);
	expect_edge(test, 1, PQ_EVENT_WARN, 1);
	expect_edge(test, 0, PQ_EVENT_CLEAR, 1);
}

/* A worse threshold is never late, whatever the one below it does. */
static void thresholds_worse_is_told_while_it_flaps(struct kunit *test)
{
	struct pq_thresholds *thresholds = test->priv;
	struct pq_edge edge;
	int i;

	pq_thresholds_set(thresholds, 100, 50, 75, 90);
	for (i = 0; i < 100; i++) {
		pq_thresholds_look(thresholds, 50, &edge);
		pq_thresholds_look(thresholds, 0, &edge);
	}
	KUNIT_EXPECT_EQ(test, thresholds->raised, 1);
	expect_edge(test, 75, PQ_EVENT_WARN, 75);
	expect_edge(test, 90, PQ_EVENT_WARN, 90);
}

/* Who flaps by so little that it rests meanwhile awakens where it is clear. */
static void thresholds_flaps_from_rest(struct kunit *test)
{
	struct pq_thresholds *t = test->priv;
	struct pq_edge edge;
	unsigned int i;

	pq_thresholds_set(t, LONG_MAX, 1, LONG_MAX, LONG_MAX);
	for (i = 0; i < 2 * PQ_FREE_FLAPS; i++) {
		pq_thresholds_look(t, 1, &edge);
		KUNIT_EXPECT_FALSE(test, pq_thresholds_moved(t, 1));
		KUNIT_EXPECT_EQ(test, pq_thresholds_rest_untrip(t), 0);
		KUNIT_EXPECT_TRUE(test, pq_thresholds_moved(t, 0));
		pq_thresholds_look(t, 0, &edge);
	}
	KUNIT_EXPECT_EQ(test, t->raised, 1);
	/* What is to be told is told before there is rest. */
	for (i = 0; i < 20; i++) {
		pq_thresholds_tick(t, 0, 500);
		KUNIT_EXPECT_FALSE(test, pq_thresholds_steady(t));
	}
	expect_edge(test, 0, PQ_EVENT_CLEAR, 1);
	KUNIT_EXPECT_TRUE(test, pq_thresholds_steady(t));
}

/* Who waits for calm does not rest, and who rests above the clear point awakens there. */
static void thresholds_wait_for_calm_is_no_rest(struct kunit *test)
{
	struct pq_thresholds *t = test->priv;
	struct pq_edge edge;
	unsigned int i;

	pq_thresholds_set(t, 1000, 500, LONG_MAX, LONG_MAX);
	for (i = 0; i < 100; i++) {
		pq_thresholds_look(t, 500, &edge);
		pq_thresholds_look(t, 0, &edge);
	}
	for (i = 0; i < 20; i++)
		pq_thresholds_tick(t, 451, 500);
	KUNIT_ASSERT_TRUE(test, pq_thresholds_steady(t));
	pq_thresholds_rest(t);
	/* It is clear at 450, 10 % below. */
	KUNIT_EXPECT_EQ(test, pq_thresholds_rest_untrip(t), 450);
	KUNIT_EXPECT_FALSE(test, pq_thresholds_moved(t, 451));
	KUNIT_EXPECT_TRUE(test, pq_thresholds_moved(t, 450));
	for (i = 0; i < 2 * PQ_CALM_MIN; i++) {
		pq_thresholds_tick(t, 449, 500);
		KUNIT_EXPECT_FALSE(test, pq_thresholds_steady(t) && pq_thresholds_untrip(t) < 0);
	}
	expect_edge(test, 449, PQ_EVENT_CLEAR, 500);
	/* Time goes on while it rests. */
	KUNIT_EXPECT_GE(test, t->flaps, PQ_FREE_FLAPS);
	pq_thresholds_rested(t, PQ_FLAP_SOON * MSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, t->flaps, 0);
}

static struct kunit_case thresholds_cases[] = {
	KUNIT_CASE(thresholds_flaps_from_rest),
	KUNIT_CASE(thresholds_wait_for_calm_is_no_rest),
	KUNIT_CASE(thresholds_of_one_do_not_flap),
	KUNIT_CASE(thresholds_clear_waits_for_calm),
	KUNIT_CASE(thresholds_calm_is_forgiven),
	KUNIT_CASE(thresholds_worse_is_told_while_it_flaps),
	KUNIT_CASE(thresholds_names_its_edges),
	KUNIT_CASE(thresholds_left_is_rounded_up),
	KUNIT_CASE(thresholds_rests),
	KUNIT_CASE(thresholds_forecast_keeps_awake),
	KUNIT_CASE(thresholds_growth_from_rest_is_forecast),
	KUNIT_CASE(thresholds_denies_anew_in_another_mode),
	KUNIT_CASE(thresholds_has_three_levels),
	KUNIT_CASE(thresholds_warns_once_on_the_way_up),
	KUNIT_CASE(thresholds_clears_ten_percent_below),
	KUNIT_CASE(thresholds_trembling_is_one_warning),
	KUNIT_CASE(thresholds_looks_only_at_its_points),
	KUNIT_CASE(thresholds_has_two_levels),
	KUNIT_CASE(thresholds_jump_crosses_both_levels),
	KUNIT_CASE(thresholds_of_small_numbers),
	KUNIT_CASE(thresholds_without_threshold_is_quiet),
	KUNIT_CASE(thresholds_denies_once_a_run),
	KUNIT_CASE(thresholds_clears_refusals_without_threshold),
	KUNIT_CASE(thresholds_of_limit_zero_denies_once),
	KUNIT_CASE(thresholds_limit_lowered_below_usage),
	KUNIT_CASE(thresholds_limit_raised_clears),
	KUNIT_CASE(thresholds_threshold_removed),
	KUNIT_CASE(thresholds_forecasts),
	KUNIT_CASE(thresholds_forecasts_again_after_a_rest),
	KUNIT_CASE(thresholds_forgets_what_is_moved),
	KUNIT_CASE(thresholds_forecast_has_hysteresis),
	KUNIT_CASE(thresholds_forecast_is_no_noise),
	KUNIT_CASE(thresholds_forecasts_for_another_limit),
	KUNIT_CASE(thresholds_no_forecast_when_steady_or_falling),
	KUNIT_CASE(thresholds_no_forecast_when_full),
	KUNIT_CASE(thresholds_survives_odd_times),
	KUNIT_CASE(thresholds_grows_after_a_long_stop),
	{}
};

static struct kunit_suite thresholds_suite = {
	.name = "portquota_threshold",
	.init = thresholds_init,
	.test_cases = thresholds_cases,
};

kunit_test_suite(thresholds_suite);
