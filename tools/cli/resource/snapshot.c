// SPDX-License-Identifier: GPL-2.0-only
/* Snapshots: see snapshot.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/row.h"
#include "resource/snapshot.h"

/* Sums and differences of others, made anew from these, and what only a histogram is made of */
static bool is_derived(const char *key)
{
	static const char *const keys[] = {
		"denied", "range.usable", "tcp.ended", "udp.ended", "tcp.shareable",
		"owners", "other",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i], key))
			return true;
	return !strncmp(key, "timewait.lifetime.", strlen("timewait.lifetime."));
}

static bool says_nothing(const struct field *field)
{
	switch (field->kind) {
	case FIELD_NUMBER:
	case FIELD_FLAG:
		return !field->number;
	case FIELD_TEXT:
	case FIELD_DECIMAL:
	case FIELD_SIGNED:
		break;
	}
	return false;
}

/* What is told of the host's namespace, and of no other and no cgroup: it is not worth the room */
static bool is_of_whole(const char *key)
{
	static const char *const keys[] = {
		"tcp.peak", "udp.peak", "timewait.peak", "udp.begun", "timewait.fin_wait2",
		"timewait.expired", "timewait.reused", "timewait.recycled", "timewait.killed",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

/* The ranges of TCP and UDP, their sizes and the delay where these are as they are for all */
static bool is_usual(const struct field *field, const struct record *stat)
{
	static const struct {
		const char *key;
		const char *of_stat;
	} usual[] = {
		{ "tcp.range", "range" }, { "udp.range", "range" },
		{ "tcp.usable", "range.usable" }, { "udp.usable", "range.usable" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (!strcmp(field->key, usual[i].key))
			return !strcmp(field_text(field), record_text(stat, usual[i].of_stat));
	return !strcmp(field->key, "timewait.delay") && field->number == 60;
}

static bool is_of_netns(const char *key)
{
	return !strncmp(key, "netns", strlen("netns"));
}

/* @keeps: whether a field is to be kept that says something, and is not as it is without a rule */
static json_t *shortened(const struct record *rec, const struct record *stat,
			 bool (*keeps)(const char *key))
{
	struct record kept = { 0 };
	const struct field *field;
	json_t *object;

	for (size_t i = 0; i < rec->count; i++) {
		field = &rec->fields[i];
		if (says_nothing(field) || is_usual(field, stat) || !keeps(field->key))
			continue;
		kept.fields = xgrow(kept.fields, kept.count, &kept.room, sizeof(*kept.fields));
		kept.fields[kept.count] = *field;
		kept.count++;
	}
	object = row_of_record(&kept);
	record_free(&kept);
	return object;
}

static bool keeps_all(const char *key)
{
	return !is_derived(key) || !strcmp(key, "range.usable");
}

static bool keeps_some(const char *key)
{
	return keeps_all(key) && !is_of_whole(key);
}

static bool keeps_of_part(const char *key)
{
	return !is_derived(key) && !is_of_whole(key) && !is_of_netns(key);
}

/**
 * snapshot_of_totals - the totals of a namespace as an object of a row
 * @rec: the totals
 * @all: with peaks, and how TIME_WAITs have ended
 *
 * Return: a new reference.
 */
json_t *snapshot_of_totals(const struct record *rec, bool all)
{
	return shortened(rec, rec, all ? keeps_all : keeps_some);
}

static json_t *list_of(const struct largest *largest, const struct record *recs, size_t count,
		       const struct record *stat)
{
	json_t *list = json_array();

	for (size_t i = 0; i < largest->count; i++)
		if (largest->recs[i] >= recs && largest->recs[i] < recs + count)
			json_array_append_new(list, shortened(largest->recs[i], stat,
							      keeps_of_part));
	return list;
}

/* The rule of a limit is what says how to change it. */
static void add_rules(json_t *cgroups, const struct rules *rules)
{
	const struct rule *rule;
	const char *path;
	json_t *cgroup;
	size_t i;

	json_array_foreach(cgroups, i, cgroup) {
		path = json_string_value(json_object_get(cgroup, "cgroup"));
		rule = path ? rules_match(rules, path) : NULL;
		if (rule && rule->text)
			json_object_set_new(cgroup, "rule", json_text(rule->text));
	}
}

static const struct {
	const char *name;
	size_t at;
} settings[] = {
	{ "tcp_tw_reuse", offsetof(struct sysctls, tcp_tw_reuse) },
	{ "tcp_timestamps", offsetof(struct sysctls, tcp_timestamps) },
	{ "tcp_max_tw_buckets", offsetof(struct sysctls, tcp_max_tw_buckets) },
	{ "ip_autobind_reuse", offsetof(struct sysctls, ip_autobind_reuse) },
	{ "ip_unprivileged_port_start", offsetof(struct sysctls, unprivileged_start) },
};

static json_t *of_sysctls(const struct sysctls *sysctls)
{
	json_t *object = json_object();
	long value;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		value = *(const long *)((const char *)sysctls + settings[i].at);
		if (value != SYSCTL_UNKNOWN)
			json_object_set_new(object, settings[i].name, json_integer(value));
	}
	if (sysctls->reserved && *sysctls->reserved)
		json_object_set_new(object, "ip_local_reserved_ports",
				    json_text(sysctls->reserved));
	return object;
}

/**
 * snapshot_make - a survey as an object of a row
 * @survey: the survey; with its rules
 * @cgroups: those of its accounts that are in here are told
 * @destinations: the same of its destinations
 * @all: tell all totals, as of the host's namespace
 *
 * Return: a new reference.
 */
json_t *snapshot_make(const struct survey *survey, const struct largest *cgroups,
		      const struct largest *destinations, bool all)
{
	json_t *object = snapshot_of_totals(&survey->stat, all), *list;

	json_object_set_new(object, "mode", json_text(survey->mode));
	json_object_set_new(object, "sysctls", of_sysctls(&survey->sysctls));
	list = list_of(cgroups, survey->accounts.recs, survey->accounts.count, &survey->stat);
	add_rules(list, &survey->rules);
	json_object_set_new(object, "cgroups", list);
	if (!survey->destinations_known)
		return object;
	list = list_of(destinations, survey->destinations.recs, survey->destinations.count,
		       &survey->stat);
	json_object_set_new(object, "destinations", list);
	return object;
}

static void restore_sysctls(struct sysctls *sysctls, json_t *object)
{
	const char *reserved;
	json_t *value;

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		value = json_object_get(object, settings[i].name);
		*(long *)((char *)sysctls + settings[i].at) =
			json_is_integer(value) ? json_integer_value(value) : SYSCTL_UNKNOWN;
	}
	sysctls->low = SYSCTL_UNKNOWN;
	sysctls->high = SYSCTL_UNKNOWN;
	reserved = json_string_value(json_object_get(object, "ip_local_reserved_ports"));
	sysctls->reserved = xstrdup(reserved ?: "");
}

static void restore_account(struct survey *survey, json_t *object)
{
	const char *rule = json_string_value(json_object_get(object, "rule"));
	struct record *rec = account_list_add(&survey->accounts);

	row_to_record(object, rec);
	record_add_flag(rec, "deleted", false);
	record_add_number(rec, "range.usable", account_usable(rec, "tcp") ?:
			  record_count(&survey->stat, "range.usable"));
	account_add_denied(rec);
	if (rule)
		rules_put_line(&survey->rules, rule);
}

static void restore_destinations(struct destination_list *list, json_t *array)
{
	json_t *object;
	size_t i;

	list->recs = xrealloc(NULL, json_array_size(array), sizeof(*list->recs));
	json_array_foreach(array, i, object) {
		list->recs[list->count] = (struct record){ 0 };
		row_to_record(object, &list->recs[list->count++]);
	}
}

/**
 * snapshot_restore - a survey from an object of a row
 * @survey: filled in, but for its history and when it was; survey_free() is due
 * @object: the object; must live as long as the survey
 */
void snapshot_restore(struct survey *survey, json_t *object)
{
	json_t *list = json_object_get(object, "destinations"), *value;
	const char *mode = json_string_value(json_object_get(object, "mode"));
	size_t i;

	*survey = (struct survey){ .destinations_known = json_is_array(list) };
	snprintf(survey->mode, sizeof(survey->mode), "%s", mode ?: "enforce");
	row_to_record(object, &survey->stat);
	json_array_foreach(json_object_get(object, "cgroups"), i, value)
		restore_account(survey, value);
	account_list_sort(&survey->accounts, account_cmp, NULL);
	restore_destinations(&survey->destinations, list);
	restore_sysctls(&survey->sysctls, json_object_get(object, "sysctls"));
}

static void copy_fields(struct record *to, const struct record *from)
{
	to->fields = xrealloc(NULL, from->count, sizeof(*to->fields));
	memcpy(to->fields, from->fields, from->count * sizeof(*to->fields));
	to->count = from->count;
	to->room = from->count;
}

/* Whether an account is among the first of a survey. */
static bool has_among(const struct survey *survey, size_t count, const struct record *like)
{
	struct survey first = { .accounts = { .recs = survey->accounts.recs, .count = count } };

	return survey_account(&first, like);
}

/**
 * snapshot_pair - make two surveys from rows comparable
 * @now: the later one; must live as long as the other
 * @before: the earlier one: a cgroup that it does not have may have been there without being among
 *	the largest. It is taken to have been as it is now, so that nothing is told to have happened
 *	to it meanwhile that was not seen.
 */
void snapshot_pair(const struct survey *now, struct survey *before)
{
	size_t had = before->accounts.count;

	for (size_t i = 0; i < now->accounts.count; i++)
		if (!has_among(before, had, &now->accounts.recs[i]))
			copy_fields(account_list_add(&before->accounts), &now->accounts.recs[i]);
	account_list_sort(&before->accounts, account_cmp, NULL);
}
