/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every test program includes: the kernel's harness, the library, and the
 * fixture "world" that gives each test a namespace and a cgroup of its own and
 * checks the invariants when it ends.
 */
#ifndef PQ_TEST_H
#define PQ_TEST_H

#include <kselftest_harness.h>

#include "addr.h"
#include "answer.h"
#include "cgroup.h"
#include "child.h"
#include "conn.h"
#include "counters.h"
#include "destination.h"
#include "diag.h"
#include "event.h"
#include "file.h"
#include "endpoint.h"
#include "invariants.h"
#include "lane.h"
#include "log.h"
#include "memcg.h"
#include "module.h"
#include "netns.h"
#include "paths.h"
#include "privilege.h"
#include "refusal.h"
#include "rule.h"
#include "say.h"
#include "settle.h"
#include "trace.h"
#include "world.h"

/* To be written once, before the tests, in a program that uses the fixture. */
#define WORLD_FIXTURE								\
	FIXTURE(world) {							\
		struct world w;							\
	};									\
	FIXTURE_SETUP(world)							\
	{									\
		if (!world_open(&self->w))					\
			SKIP(return, "portquota is not loaded");		\
	}									\
	FIXTURE_TEARDOWN(world)							\
	{									\
		EXPECT_EQ(0U, world_close(&self->w));				\
	}

/* The same for each address family; tests take variant->family. */
#define WORLD_FIXTURE_FAMILIES							\
	FIXTURE(world) {							\
		struct world w;							\
	};									\
	FIXTURE_VARIANT(world) {						\
		enum family family;						\
	};									\
	FIXTURE_VARIANT_ADD(world, v4) { .family = V4 };			\
	FIXTURE_VARIANT_ADD(world, v6) { .family = V6 };			\
	FIXTURE_VARIANT_ADD(world, mapped) { .family = MAPPED };		\
	FIXTURE_SETUP(world)							\
	{									\
		(void)variant;							\
		if (!world_open(&self->w))					\
			SKIP(return, "portquota is not loaded");		\
	}									\
	FIXTURE_TEARDOWN(world)							\
	{									\
		(void)variant;							\
		EXPECT_EQ(0U, world_close(&self->w));				\
	}

#define WORLD_TEST(name)	TEST_F_TIMEOUT(world, name, lane_timeout(30))
#define WORLD_TEST_LONG(name, seconds)	TEST_F_TIMEOUT(world, name, lane_timeout(seconds))

/* Ends the program as skipped if portquota is not there; a test of the life of the module has its own. */
#define WORLD_MAIN								\
	int main(int argc, char **argv)						\
	{									\
		if (!portquota_loaded())					\
			ksft_exit_skip("portquota is not loaded\n");		\
		return test_harness_run(argc, argv);				\
	}

#endif
