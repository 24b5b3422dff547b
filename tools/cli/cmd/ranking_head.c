// SPDX-License-Identifier: GPL-2.0-only
/* What top shows above its accounts: how full the ranges are, and what is short. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/ranking.h"
#include "lib/cli.h"
#include "lib/term.h"
#include "model/totals.h"
#include "resource/resources.h"
#include "resource/sentence.h"

#define BAR_CELLS	16
#define FIRST_PAUSE	0.5
#define DELAY_MIN	0.1
#define DELAY_MAX	3600

static void put_clock(FILE *f)
{
	time_t now = time(NULL);
	char text[16] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	fprintf(f, "%s%s%s", term_on(TONE_HEAD), text, term_off(TONE_HEAD));
}

static void put_range(FILE *f, const struct record *stat, const struct resource *res,
		      const char *label)
{
	char *key = xasprintf("%s.ports", res->name), *bar, *percent;
	bool known = res->capacity && record_find(stat, key);
	enum tone tone;

	free(key);
	if (!known)
		return;
	bar = term_bar(res->used, res->capacity, BAR_CELLS);
	percent = term_percent(res->used, res->capacity);
	tone = res->used ? term_level(res->used, res->capacity) : TONE_FAINT;
	fprintf(f, "%s  %s%s %5s%s  %ju of %ju ports\n", label, term_on(tone), bar, percent,
		term_off(tone), (uintmax_t)res->used, (uintmax_t)res->capacity);
	free(bar);
	free(percent);
}

/* More ports than there are: some are held outside of the range, since it has moved. */
static bool has_strays(const struct resources *resources)
{
	return resources->list[0].used > resources->list[0].capacity ||
	       resources->list[1].used > resources->list[1].capacity;
}

/* How full the ranges are; and of what is short, as status and check judge, the worst. */
static void put_ports(FILE *f)
{
	struct resources resources = { 0 };
	const struct resource *res, *worst = NULL;
	struct survey survey = { 0 };
	char *text, *clean, *cut;

	if (!survey_take(&survey, SURVEY_DESTINATIONS)) {
		resources_fill(&resources, &survey, NULL);
		resources_judge(&resources, &resource_thresholds);
		if (has_strays(&resources)) {
			resources_look_closer(&resources, NULL);
			resources_judge(&resources, &resource_thresholds);
		} else {
			resources_look_at_accounts(&resources);
		}
		put_range(f, &survey.stat, &resources.list[0], "TCP");
		put_range(f, &survey.stat, &resources.list[1], "UDP");
	}
	for (size_t i = 0; i < resources.count; i++) {
		res = &resources.list[i];
		if (res->level >= LEVEL_WARNING && (!worst || res->level > worst->level))
			worst = res;
	}
	if (worst) {
		text = resource_sentence(worst);
		clean = term_clean(text);
		cut = term_width() ? term_shorten(clean, term_width()) : xstrdup(clean);
		fprintf(f, "%s%s%s\n", term_on(worst->level >= LEVEL_CRITICAL ? TONE_BAD :
						TONE_WARN), cut, term_off(TONE_BAD));
		free(cut);
		free(clean);
		free(text);
	}
	resources_free(&resources);
	survey_free(&survey);
}

/**
 * ranking_put_head - print what stands above the accounts
 * @f: where to
 * @ranking: what is shown
 * @live: whether it is on a screen, where keys do something
 */
void ranking_put_head(FILE *f, const struct ranking *ranking, bool live)
{
	const struct record *stat = &ranking->now.stat;

	if (cli.no_header)
		return;
	put_clock(f);
	if (*ranking->mode)
		fprintf(f, "  mode %s", ranking->mode);
	if (totals_are_dead(stat))
		fprintf(f, "  %shooks %s: nothing is counted any more%s", term_on(TONE_BAD),
			record_text(stat, "hooks"), term_off(TONE_BAD));
	fprintf(f, "  by %s", ranking->order->name);
	if (live && ranking->delay != 1)
		fprintf(f, "  each %gs", ranking->delay);
	if (live)
		fprintf(f, "  %st w r d c: order, h: help, q: quit%s", term_on(TONE_FAINT),
			term_off(TONE_FAINT));
	putc('\n', f);
	if (cli.all)
		return;
	put_ports(f);
}
