// SPDX-License-Identifier: GPL-2.0-only
/* Suite of alarm: when it warns, and when it stops. */
#include <kunit/test.h>

#include "../module/lib/threshold.h"

static int alarm_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct pq_alarm), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

/* One edge at most is expected. */
static void expect_edge(struct kunit *test, long held, enum pq_edge edge, long threshold)
{
	struct pq_alarm *alarm = test->priv;
	long at = -1;

	KUNIT_EXPECT_EQ_MSG(test, (int)pq_alarm_look(alarm, held, &at), (int)edge, "at %ld", held);
	if (edge != PQ_EDGE_NONE)
		KUNIT_EXPECT_EQ(test, at, threshold);
}

static void expect_quiet(struct kunit *test, long held)
{
	expect_edge(test, held, PQ_EDGE_NONE, 0);
}

static void alarm_warns_once_on_the_way_up(struct kunit *test)
{
	long held;

	pq_alarm_set(test->priv, 100, 80, LONG_MAX, LONG_MAX);
	for (held = 0; held < 80; held++)
		expect_quiet(test, held);
	expect_edge(test, 80, PQ_EDGE_WARN, 80);
	for (held = 80; held <= 120; held++)
		expect_quiet(test, held);
}

/* 10 % of the threshold below it, and not a bit above that. */
static void alarm_clears_ten_percent_below(struct kunit *test)
{
	long held;

	pq_alarm_set(test->priv, 100, 80, LONG_MAX, LONG_MAX);
	expect_edge(test, 90, PQ_EDGE_WARN, 80);
	for (held = 90; held > 72; held--)
		expect_quiet(test, held);
	expect_edge(test, 72, PQ_EDGE_CLEAR, 80);
	for (held = 72; held >= 0; held--)
		expect_quiet(test, held);
}

static void alarm_trembling_is_one_warning(struct kunit *test)
{
	int i;

	pq_alarm_set(test->priv, 100, 80, LONG_MAX, LONG_MAX);
	expect_edge(test, 80, PQ_EDGE_WARN, 80);
	for (i = 0; i < 1000; i++)
		expect_quiet(test, 80 - i % 8);
}

static void alarm_looks_only_at_its_points(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;

	pq_alarm_set(alarm, 100, 80, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, pq_alarm_trip(alarm), 80);
	KUNIT_EXPECT_EQ(test, pq_alarm_untrip(alarm), -1);
	expect_edge(test, 80, PQ_EDGE_WARN, 80);
	KUNIT_EXPECT_EQ(test, pq_alarm_trip(alarm), LONG_MAX);
	KUNIT_EXPECT_LE(test, pq_alarm_untrip(alarm), 72);
	KUNIT_EXPECT_GE(test, pq_alarm_untrip(alarm), 71);
}

static void alarm_has_two_levels(struct kunit *test)
{
	pq_alarm_set(test->priv, 100, 75, 90, LONG_MAX);
	expect_edge(test, 75, PQ_EDGE_WARN, 75);
	expect_quiet(test, 89);
	expect_edge(test, 90, PQ_EDGE_WARN, 90);
	expect_quiet(test, 100);
	expect_quiet(test, 82);
	expect_edge(test, 81, PQ_EDGE_CLEAR, 90);
	expect_quiet(test, 81);
	expect_edge(test, 91, PQ_EDGE_WARN, 90);
	expect_edge(test, 60, PQ_EDGE_CLEAR, 90);
	expect_edge(test, 60, PQ_EDGE_CLEAR, 75);
	expect_quiet(test, 60);
}

static void alarm_jump_crosses_both_levels(struct kunit *test)
{
	pq_alarm_set(test->priv, 100, 75, 90, LONG_MAX);
	expect_edge(test, 100, PQ_EDGE_WARN, 75);
	expect_edge(test, 100, PQ_EDGE_WARN, 90);
	expect_quiet(test, 100);
}

/* Small numbers: warn=80% of 1 is 0, and nothing held is never an alarm. */
static void alarm_of_small_numbers(struct kunit *test)
{
	pq_alarm_set(test->priv, 1, 0, LONG_MAX, LONG_MAX);
	expect_quiet(test, 0);
	expect_edge(test, 1, PQ_EDGE_WARN, 1);
	expect_edge(test, 0, PQ_EDGE_CLEAR, 1);
	expect_quiet(test, 0);
}

static void alarm_without_threshold_is_quiet(struct kunit *test)
{
	pq_alarm_set(test->priv, LONG_MAX, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, pq_alarm_trip(test->priv), LONG_MAX);
	expect_quiet(test, 0);
	expect_quiet(test, 1000000);
	KUNIT_EXPECT_EQ(test, pq_alarm_left(test->priv, 1000000), -1);
}

static void alarm_denies_once_a_run(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;
	int i;

	pq_alarm_set(alarm, 100, 80, LONG_MAX, LONG_MAX);
	expect_edge(test, 100, PQ_EDGE_WARN, 80);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), PQ_EDGE_DENY);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), PQ_EDGE_NONE);
	/* One comes free, one is taken, one is refused: still the same run. */
	expect_quiet(test, 99);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), PQ_EDGE_NONE);
	expect_edge(test, 70, PQ_EDGE_CLEAR, 80);
	expect_quiet(test, 70);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), PQ_EDGE_DENY);
}

/* Without any threshold a run of refusals ends 10 % below the limit. */
static void alarm_clears_refusals_without_threshold(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;

	pq_alarm_set(alarm, 100, LONG_MAX, LONG_MAX, LONG_MAX);
	expect_quiet(test, 100);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), PQ_EDGE_DENY);
	expect_quiet(test, 100);
	expect_quiet(test, 92);
	expect_edge(test, 90, PQ_EDGE_CLEAR, 100);
	expect_quiet(test, 90);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), PQ_EDGE_DENY);
}

/* Where nothing is allowed nothing comes free: one run, however long. */
static void alarm_of_limit_zero_denies_once(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;
	int i;

	pq_alarm_set(alarm, 0, 0, LONG_MAX, LONG_MAX);
	expect_quiet(test, 0);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), PQ_EDGE_DENY);
	for (i = 0; i < 10; i++) {
		expect_quiet(test, 0);
		KUNIT_EXPECT_EQ(test, (int)pq_alarm_tick(alarm, 0, 500), PQ_EDGE_NONE);
		KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), PQ_EDGE_NONE);
	}
}

static void alarm_limit_lowered_below_usage(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;

	pq_alarm_set(alarm, 1000, 800, LONG_MAX, LONG_MAX);
	expect_quiet(test, 500);
	pq_alarm_set(alarm, 100, 80, LONG_MAX, LONG_MAX);
	expect_edge(test, 500, PQ_EDGE_WARN, 80);
	expect_quiet(test, 500);
	KUNIT_EXPECT_EQ(test, pq_alarm_left(alarm, 500), 0);
	/* Lowered again: it has been said. */
	pq_alarm_set(alarm, 50, 40, LONG_MAX, LONG_MAX);
	expect_quiet(test, 500);
}

static void alarm_limit_raised_clears(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;

	pq_alarm_set(alarm, 100, 80, LONG_MAX, LONG_MAX);
	expect_edge(test, 100, PQ_EDGE_WARN, 80);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), PQ_EDGE_DENY);
	pq_alarm_set(alarm, 1000, 800, LONG_MAX, LONG_MAX);
	expect_edge(test, 100, PQ_EDGE_CLEAR, 800);
	expect_quiet(test, 100);
	KUNIT_EXPECT_FALSE(test, alarm->denying);
}

/* What is not there any more is not cleared later. */
static void alarm_threshold_removed(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;

	pq_alarm_set(alarm, 100, 75, 90, LONG_MAX);
	expect_edge(test, 95, PQ_EDGE_WARN, 75);
	expect_edge(test, 95, PQ_EDGE_WARN, 90);
	pq_alarm_set(alarm, LONG_MAX, LONG_MAX, LONG_MAX, LONG_MAX);
	expect_quiet(test, 0);
	expect_quiet(test, 95);
}

/* Ticks of a tenth of a second, with that growth a second. */
static enum pq_edge ramp(struct pq_alarm *alarm, long *held, long rate, int ticks)
{
	enum pq_edge edge = PQ_EDGE_NONE;

	while (ticks-- && edge == PQ_EDGE_NONE) {
		*held += rate / 10;
		edge = pq_alarm_tick(alarm, *held, 100);
	}
	return edge;
}

static void alarm_forecasts(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;
	long held = 0;

	pq_alarm_set(alarm, 10000, 8000, LONG_MAX, LONG_MAX);
	pq_alarm_tick(alarm, 0, 100);
	/* 100 a second: 30 s before it is full there are 7000. */
	KUNIT_EXPECT_EQ(test, (int)ramp(alarm, &held, 100, 1000), PQ_EDGE_FORECAST);
	KUNIT_EXPECT_GE(test, held, 6900);
	KUNIT_EXPECT_LE(test, held, 7100);
	KUNIT_EXPECT_GE(test, pq_alarm_left(alarm, held), 28);
	KUNIT_EXPECT_LE(test, pq_alarm_left(alarm, held), 30);
	/* Said once. */
	KUNIT_EXPECT_EQ(test, (int)ramp(alarm, &held, 100, 280), PQ_EDGE_NONE);
}

static void alarm_forecasts_again_after_a_rest(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;
	long held = 0;

	pq_alarm_set(alarm, 10000, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, (int)ramp(alarm, &held, 100, 1000), PQ_EDGE_FORECAST);
	/* As long a rest as a forecast looks ahead */
	KUNIT_EXPECT_EQ(test, (int)ramp(alarm, &held, 0, 250), PQ_EDGE_NONE);
	KUNIT_EXPECT_TRUE(test, alarm->forecast);
	KUNIT_EXPECT_EQ(test, (int)ramp(alarm, &held, 0, 100), PQ_EDGE_NONE);
	KUNIT_EXPECT_FALSE(test, alarm->forecast);
	KUNIT_EXPECT_EQ(test, (int)ramp(alarm, &held, 100, 100), PQ_EDGE_FORECAST);
}

/* A growth that wavers about the horizon gives one forecast. */
static void alarm_forecast_has_hysteresis(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;
	int i, said = 0;
	long held = 0;

	pq_alarm_set(alarm, 10000, LONG_MAX, LONG_MAX, LONG_MAX);
	for (i = 0; held < 9000 && i < 2000; i++) {
		held += i % 8 < 4 ? 8 : 12;
		said += pq_alarm_tick(alarm, held, 100) == PQ_EDGE_FORECAST;
	}
	KUNIT_EXPECT_EQ(test, said, 1);
}

/* What comes and goes about the same is at every other moment on its way to the limit. */
static void alarm_forecast_is_no_noise(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;
	u32 noise = 1;
	int i, said = 0;

	pq_alarm_set(alarm, 1000, 800, LONG_MAX, LONG_MAX);
	for (i = 0; i < 1200; i++) {	/* ten minutes */
		noise = noise * 1664525 + 1013904223;
		said += pq_alarm_tick(alarm, 450 + (noise >> 16) % 101, 500) == PQ_EDGE_FORECAST;
	}
	KUNIT_EXPECT_LE(test, said, 1);
	/* One there and back each second is none at all. */
	memset(alarm, 0, sizeof(*alarm));
	pq_alarm_set(alarm, 1000, 800, LONG_MAX, LONG_MAX);
	for (i = 0; i < 1200; i++)
		KUNIT_EXPECT_EQ(test, (int)pq_alarm_tick(alarm, 450 + i % 2 * 100, 500),
				PQ_EDGE_NONE);
}

static void alarm_forecasts_for_another_limit(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;
	long held = 0;

	pq_alarm_set(alarm, 10000, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, (int)ramp(alarm, &held, 100, 1000), PQ_EDGE_FORECAST);
	pq_alarm_set(alarm, 10500, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, (int)ramp(alarm, &held, 100, 100), PQ_EDGE_FORECAST);
}

static void alarm_no_forecast_when_steady_or_falling(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;
	long held = 90;

	pq_alarm_set(alarm, 100, 80, LONG_MAX, LONG_MAX);
	alarm->last = held;
	KUNIT_EXPECT_EQ(test, (int)ramp(alarm, &held, 0, 100), PQ_EDGE_NONE);
	KUNIT_EXPECT_EQ(test, pq_alarm_left(alarm, held), -1);
	KUNIT_EXPECT_EQ(test, (int)ramp(alarm, &held, -10, 50), PQ_EDGE_NONE);
	KUNIT_EXPECT_EQ(test, pq_alarm_left(alarm, held), -1);
}

static void alarm_no_forecast_when_full(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;

	pq_alarm_set(alarm, 100, LONG_MAX, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_tick(alarm, 100, 500), PQ_EDGE_NONE);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_tick(alarm, 120, 500), PQ_EDGE_NONE);
	KUNIT_EXPECT_EQ(test, pq_alarm_left(alarm, 120), 0);
}

/* A clock that stood still, or a guest that was stopped for an hour. */
static void alarm_survives_odd_times(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;

	pq_alarm_set(alarm, LONG_MAX - 1, LONG_MAX, LONG_MAX, LONG_MAX);
	pq_alarm_tick(alarm, U32_MAX, 0);
	pq_alarm_tick(alarm, 0, 0);
	pq_alarm_tick(alarm, 5, U32_MAX);
	KUNIT_EXPECT_LE(test, alarm->rate, (long)U32_MAX * 1000);
}

static void alarm_denies_anew_in_another_mode(struct kunit *test)
{
	struct pq_alarm *alarm = test->priv;

	pq_alarm_set(alarm, 100, 80, LONG_MAX, LONG_MAX);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), (int)PQ_EDGE_DENY);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), (int)PQ_EDGE_NONE);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, true), (int)PQ_EDGE_DENY);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, true), (int)PQ_EDGE_NONE);
	KUNIT_EXPECT_EQ(test, (int)pq_alarm_deny(alarm, false), (int)PQ_EDGE_DENY);
}

static void alarm_has_three_levels(struct kunit *test)
{
	pq_alarm_set(test->priv, 100, 50, 75, 90);
	expect_edge(test, 50, PQ_EDGE_WARN, 50);
	expect_quiet(test, 74);
	expect_edge(test, 75, PQ_EDGE_WARN, 75);
	expect_edge(test, 95, PQ_EDGE_WARN, 90);
	expect_quiet(test, 100);
	expect_edge(test, 80, PQ_EDGE_CLEAR, 90);
	expect_edge(test, 60, PQ_EDGE_CLEAR, 75);
	expect_quiet(test, 46);
	expect_edge(test, 44, PQ_EDGE_CLEAR, 50);
}

static struct kunit_case alarm_cases[] = {
	KUNIT_CASE(alarm_denies_anew_in_another_mode),
	KUNIT_CASE(alarm_has_three_levels),
	KUNIT_CASE(alarm_warns_once_on_the_way_up),
	KUNIT_CASE(alarm_clears_ten_percent_below),
	KUNIT_CASE(alarm_trembling_is_one_warning),
	KUNIT_CASE(alarm_looks_only_at_its_points),
	KUNIT_CASE(alarm_has_two_levels),
	KUNIT_CASE(alarm_jump_crosses_both_levels),
	KUNIT_CASE(alarm_of_small_numbers),
	KUNIT_CASE(alarm_without_threshold_is_quiet),
	KUNIT_CASE(alarm_denies_once_a_run),
	KUNIT_CASE(alarm_clears_refusals_without_threshold),
	KUNIT_CASE(alarm_of_limit_zero_denies_once),
	KUNIT_CASE(alarm_limit_lowered_below_usage),
	KUNIT_CASE(alarm_limit_raised_clears),
	KUNIT_CASE(alarm_threshold_removed),
	KUNIT_CASE(alarm_forecasts),
	KUNIT_CASE(alarm_forecasts_again_after_a_rest),
	KUNIT_CASE(alarm_forecast_has_hysteresis),
	KUNIT_CASE(alarm_forecast_is_no_noise),
	KUNIT_CASE(alarm_forecasts_for_another_limit),
	KUNIT_CASE(alarm_no_forecast_when_steady_or_falling),
	KUNIT_CASE(alarm_no_forecast_when_full),
	KUNIT_CASE(alarm_survives_odd_times),
	{}
};

static struct kunit_suite alarm_suite = {
	.name = "portquota_alarm",
	.init = alarm_init,
	.test_cases = alarm_cases,
};

kunit_test_suite(alarm_suite);
