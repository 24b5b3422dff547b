// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be run last: after the module is removed, kmemleak finds nothing that it
 * left (debug kernels), and its slabs are gone.
 */
#include "test.h"

#define KMEMLEAK "/sys/kernel/debug/kmemleak"

TEST_SIGNAL(nothing_is_left, -1)
{
	bool was_loaded = portquota_loaded();
	char *text;

	if (was_loaded)
		portquota_unload();
	text = must_slurp("/proc/slabinfo");
	EXPECT_EQ(NULL, strstr(text, "portquota"));
	free(text);
	if (was_loaded)
		portquota_load();
}

FIXTURE(kmemleak) {
	bool was_loaded;
};

FIXTURE_SETUP(kmemleak)
{
	self->was_loaded = portquota_loaded();
}

FIXTURE_TEARDOWN(kmemleak)
{
	if (self->was_loaded && !portquota_loaded())
		portquota_load();
}

/* Objects younger than 5 s do not count for it, and one scan can be mistaken: two, 6 s apart. */
static char *scan(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		sleep_ms(6000);
		must_write(KMEMLEAK, "scan");
	}
	return must_slurp(KMEMLEAK);
}

TEST_F_TIMEOUT(kmemleak, finds_nothing, 240)
{
	char *text;
	int i;

	if (access(KMEMLEAK, W_OK))
		SKIP(return, "no kmemleak in this kernel");
	if (self->was_loaded) {
		text = scan();
		EXPECT_STREQ("", text);
		free(text);
		portquota_unload();
	}
	/* A few more lives, of which nothing must stay either. */
	for (i = 0; module_have("portquota") && i < 5; i++) {
		portquota_load();
		portquota_unload();
	}
	text = scan();
	EXPECT_STREQ("", text);
	free(text);
}

TEST_HARNESS_MAIN
