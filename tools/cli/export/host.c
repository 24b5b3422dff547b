// SPDX-License-Identifier: GPL-2.0-only
/* Metrics of the whole host, and of the export itself: see families.h. */
#include <stdio.h>
#include <string.h>

#include "export/families.h"
#include "lib/cli.h"
#include "lib/module.h"
#include "model/kfile.h"
#include "model/totals.h"
#include "show/exposition.h"

static const struct metric build_info = {
	"portquota_build_info", GAUGE, NULL,
	"Always 1; the version of the command, and of the module that is loaded.",
};

static const struct metric mode_metric = {
	"portquota_mode", GAUGE, NULL, "1 for the mode that limits are in, on the whole host.",
};

static const struct metric hooks_live = {
	"portquota_hooks_live", GAUGE, NULL,
	"1 while the module counts, 0 if the kernel has shut its hooks down.",
};

static const struct metric namespaces = {
	"portquota_namespaces", GAUGE, NULL, "Network namespaces that were looked at.",
};

static const struct metric duration = {
	"portquota_scrape_duration_seconds", GAUGE, "seconds", "How long this export took.",
};

static void put_build_info(void)
{
	char version[32];

	exposition_sample(&build_info);
	exposition_label("version", PORTQUOTA_VERSION);
	if (kfile_peek(KFILE_VERSION, version, sizeof(version)))
		exposition_label("module_version", version);
	exposition_value(1);
}

static void put_mode(void)
{
	static const char *const modes[] = { "enforce", "audit", "off" };
	char mode[16];

	if (!kfile_peek(KFILE_MODE, mode, sizeof(mode)))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		exposition_sample(&mode_metric);
		exposition_label("mode", modes[i]);
		exposition_value(!strcmp(mode, modes[i]));
	}
}

/* Hooks are there for all namespaces, or for none. */
static void put_hooks(const struct round *round)
{
	const struct record *stat;

	for (size_t i = 0; i < round->count; i++) {
		stat = &round->looks[i].now.stat;
		if (!record_find(stat, "hooks"))
			continue;
		exposition_sample(&hooks_live);
		exposition_value(!totals_are_dead(stat));
		return;
	}
}

/**
 * families_put_host - print what is of the host
 * @round: the round
 * @seconds: how long it took
 */
void families_put_host(const struct round *round, double seconds)
{
	put_build_info();
	put_mode();
	put_hooks(round);
	exposition_sample(&namespaces);
	exposition_value(round->count);
	exposition_sample(&duration);
	exposition_seconds(seconds);
}
