// SPDX-License-Identifier: GPL-2.0-only
/* Samples: see sample.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/interval.h"
#include "model/account.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/sample.h"

#define LEFT_MAX	86400	/* a forecast of more than a day is none */
#define RANK_ZERO	((double)(1ULL << 52))

struct past {
	char *name;
	uint64_t tcp;
	uint64_t begun;
	uint64_t denied;
};

/**
 * sample_free - give everything back
 * @sample: the sample
 */
void sample_free(struct sample *sample)
{
	for (size_t i = 0; i < sample->past_count; i++)
		free(sample->past[i].name);
	for (size_t i = 0; i < sample->tag_count; i++)
		free(sample->tags[i]);
	free(sample->tags);
	free(sample->past);
	account_list_free(&sample->accounts);
	record_free(&sample->stat);
	*sample = (struct sample){ 0 };
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct past *)a)->name, ((const struct past *)b)->name);
}

/* A removed cgroup and its successor have the same path, and must not be taken for each other. */
static char *name_of(const struct record *rec)
{
	return xasprintf("%s %d %s", record_text(rec, "netns"), record_flag(rec, "deleted"),
			 record_text(rec, "path"));
}

static void keep_past(struct sample *sample)
{
	size_t count = sample->accounts.count;

	sample->past = xrealloc(NULL, count, sizeof(*sample->past));
	sample->past_count = count;
	for (size_t i = 0; i < count; i++) {
		const struct record *rec = &sample->accounts.recs[i];

		sample->past[i] = (struct past){
			.name = name_of(rec),
			.tcp = record_count(rec, "tcp.current"),
			.begun = record_count(rec, "tcp.begun"),
			.denied = record_count(rec, "denied"),
		};
	}
	qsort(sample->past, count, sizeof(*sample->past), by_name);
}

static const struct past *find_past(const struct sample *sample, const struct record *rec)
{
	struct past key = { .name = name_of(rec) }, *found = NULL;

	if (sample->past_count)
		found = bsearch(&key, sample->past, sample->past_count, sizeof(key), by_name);
	free(key.name);
	return found;
}

static void take_over(struct account_list *to, struct account_list *from)
{
	to->recs = xrealloc(to->recs, to->count + from->count, sizeof(*to->recs));
	memcpy(to->recs + to->count, from->recs, from->count * sizeof(*from->recs));
	to->count += from->count;
	to->room = to->count;
	free(from->recs);
}

/* netns_tag() gives texts that live only until netns_each() returns, so they are copied. */
static void own_tags(struct sample *sample, struct record *rec)
{
	static const char *const tags[] = { "netns", "netns.name", "netns.comm" };
	const struct field *field;
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		field = record_find(rec, tags[i]);
		if (!field)
			continue;
		text = xstrdup(field_text(field));
		record_set_text(rec, tags[i], text);
		sample->tags = xrealloc(sample->tags, sample->tag_count + 1, sizeof(char *));
		sample->tags[sample->tag_count++] = text;
	}
}

static int read_one(void *data)
{
	struct account_list accounts = { 0 };
	struct sample *sample = data;
	struct record *stat = &sample->stat;
	int err;

	record_free(stat);
	err = kfile_read_flat(KFILE_STAT, stat) ?:
	      account_list_read(&accounts, record_count(stat, "range.usable"));
	for (size_t i = 0; i < accounts.count; i++)
		own_tags(sample, &accounts.recs[i]);
	take_over(&sample->accounts, &accounts);
	return err;
}

/**
 * sample_take - read the accounts of the namespace this process is in, or with -A of all
 * @sample: filled in; all zero before. sample_free() is due whether this works or not
 *
 * Return: 0; or -1 if any namespace could not be read, those that could are there.
 */
int sample_take(struct sample *sample)
{
	int err = cli.all ? netns_each(read_one, sample) : read_one(sample);

	sample->when = interval_clock();
	keep_past(sample);
	return err;
}

/* Nothing can be refused any more where the cgroup is gone. */
static bool is_limited(const struct record *rec, const char *proto, uint64_t *max)
{
	char *key = xasprintf("%s.max", proto);
	bool limited = !record_flag(rec, "deleted") && record_number(rec, key, max);

	free(key);
	return limited;
}

/* What an account may hold: its limit; where it has none, the ports that it chooses from. */
static uint64_t whole_of(const struct record *rec, const char *proto)
{
	uint64_t max;

	return is_limited(rec, proto, &max) ? max : account_usable(rec, proto);
}

/* What it has of that; what is outside of a range counts against a limit alone. */
static bool part_of(const struct record *rec, const char *proto, uint64_t *part)
{
	char *key;
	uint64_t max;

	if (!is_limited(rec, proto, &max))
		return account_in_range(rec, proto, false, part);
	key = xasprintf("%s.current", proto);
	*part = record_count(rec, key);
	free(key);
	return true;
}

static void add_rates(struct record *rec, const struct past *past, double elapsed)
{
	uint64_t tcp = record_count(rec, "tcp.current"), whole = record_count(rec, "tcp.whole");
	uint64_t max, of_whole;
	double growth, left;

	if (!past || elapsed <= 0)
		return;
	growth = ((double)tcp - (double)past->tcp) / elapsed;
	record_add_signed(rec, "tcp.growth", growth + (growth < 0 ? -0.5 : 0.5));
	record_add_number(rec, "tcp.begun.rate",
			  interval_rate(record_count(rec, "tcp.begun"), past->begun, elapsed));
	record_add_number(rec, "denied.rate",
			  interval_rate(record_count(rec, "denied"), past->denied, elapsed));
	/* An unsigned number for sorting: the fastest growing is the largest. */
	record_add_number(rec, "rank", RANK_ZERO + growth * 1000);
	part_of(rec, "tcp", &of_whole);
	left = growth > 0 && whole > of_whole ? (whole - of_whole) / growth : LEFT_MAX;
	/* Without a limit they may share ports, and as many as there are ports are not all of them. */
	if (tcp >= whole && is_limited(rec, "tcp", &max))
		record_add_number(rec, "tcp.left", 0);
	else if (left < LEFT_MAX)
		record_add_number(rec, "tcp.left", left);
}

/* The fuller of TCP and UDP is what is short first. */
static void add_full(struct record *rec)
{
	uint64_t tcp_whole = whole_of(rec, "tcp"), udp_whole = whole_of(rec, "udp"), tcp, udp;
	bool known = part_of(rec, "tcp", &tcp), is_udp;

	known &= part_of(rec, "udp", &udp);
	if (tcp_whole)
		record_add_number(rec, "tcp.whole", tcp_whole);
	is_udp = account_udp_is_fuller(tcp, tcp_whole, udp, udp_whole);
	if (!known || !(is_udp ? udp_whole : tcp_whole))
		return;
	record_add_number(rec, "full.part", is_udp ? udp : tcp);
	record_add_number(rec, "full.whole", is_udp ? udp_whole : tcp_whole);
}

/**
 * sample_compare - add to each account how it has changed since the sample before
 * @now: the sample; its accounts get tcp.whole, full.part of full.whole, tcp.growth, tcp.begun.rate,
 *	 denied.rate, rank, tcp.left
 * @before: the sample before; all zero if there is none
 */
void sample_compare(struct sample *now, const struct sample *before)
{
	double elapsed = now->when - before->when;
	struct record *rec;

	for (size_t i = 0; i < now->accounts.count; i++) {
		rec = &now->accounts.recs[i];
		add_full(rec);
		add_rates(rec, find_past(before, rec), elapsed);
	}
}
