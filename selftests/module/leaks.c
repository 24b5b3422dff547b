// SPDX-License-Identifier: GPL-2.0-only
/*
 * After the module is removed, kmemleak finds nothing that it left (debug
 * kernels), and its slabs are gone.
 *
 * run-all: end
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

/*
 * Takes out what the kernel itself lost where failnth made it fail: when
 * kobject_init_and_add() does, sysfs_slab_add() does not put the kobject
 * (mm/slub.c of 6.12), and a slab's name is gone. Returns how many those are.
 */
static unsigned int without_known(char *reports)
{
	char *report = reports, *next, *known;
	unsigned int n = 0;

	while (report && *report) {
		next = strstr(report + 1, "\nunreferenced object");
		next = next ? next + 1 : strchr(report, '\0');
		known = strstr(report, "comm \"failnth\"");
		if (known && known < next)
			known = strstr(report, " sysfs_slab_add+");
		if (known && known < next) {
			memmove(report, next, strlen(next) + 1);
			n++;
		} else {
			report = next;
		}
	}
	return n;
}

/*
 * kmemleak has told of them on the console, which tools/qemu/lib/guest.sh reads:
 * they are no complaint.
 */
static void tell_known(unsigned int n)
{
	char line[64];

	snprintf(line, sizeof(line), "<6>leaks: %u of the kernel's own\n", n);
	must_write("/dev/kmsg", line);
}

/* Objects younger than 5 s do not count for it, and one scan can be mistaken: two, 6 s apart. */
static char *scan(void)
{
	unsigned int i;
	char *text;

	for (i = 0; i < 2; i++) {
		sleep_ms(6000);
		must_write(KMEMLEAK, "scan");
	}
	text = must_slurp(KMEMLEAK);
	tell_known(without_known(text));
	return text;
}

TEST_F_TIMEOUT(kmemleak, finds_nothing, 240)
{
	char *text;
	int i;

	if (access(KMEMLEAK, W_OK))
		SKIP(return, "no kmemleak in this kernel");
	/* It refuses all but "clear" when it is off; stacks are scanned anyhow. */
	if (file_write(KMEMLEAK, "stack=on"))
		SKIP(return, "kmemleak is off in this guest");
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
