// SPDX-License-Identifier: GPL-2.0-only
/*
 * A destination's record: netns (with -A), source, destination, other, and the keys of the file.
 * In the last line, which sums up what did not fit in the kernel's table, other is true.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cli.h"
#include "model/destination.h"
#include "model/kfile.h"
#include "model/netns.h"

#define OTHER	"(others: the table is full)"

static void take_off(struct record *rec, const char *key, uint64_t n)
{
	uint64_t all = record_count(rec, key);

	record_set_number(rec, key, all > n ? all - n : 0);
}

/*
 * After the range has moved, connections keep ports that lie outside of it: they are none of it,
 * and take nothing from who connects now. An older module does not say how many they are. Where
 * there are more than the range has, it is certain that there are some. What is left is then what
 * the module says is free, which may be too many: strays says so.
 */
static void leave_out_strays(struct record *rec)
{
	uint64_t used = record_count(rec, "used"), usable = record_count(rec, "usable"), free;

	if (record_find(rec, "outside")) {
		take_off(rec, "used", record_count(rec, "outside"));
		take_off(rec, "timewait", record_count(rec, "outside.timewait"));
		return;
	}
	if (!record_find(rec, "reusable") || !record_number(rec, "free", &free) || free > usable ||
	    used <= usable)
		return;
	record_add_flag(rec, "strays", true);
	record_set_number(rec, "used", usable - free);
	if (record_count(rec, "timewait") > usable - free)
		record_set_number(rec, "timewait", usable - free);
	if (record_count(rec, "reusable") > usable - free)
		record_set_number(rec, "reusable", usable - free);
}

static bool parse(struct record *rec)
{
	static const char *const text_keys[] = { "range", NULL };
	char *rest = rec->buf, *source = record_cut_word(&rest), *destination = OTHER;
	bool other = source && !strcmp(source, "other");

	if (!other)
		destination = record_cut_word(&rest);
	if (!source || !destination || strchr(source, '=') || strchr(destination, '='))
		return false;
	record_unescape(source);
	record_add_text(rec, "source", other ? "*" : source);
	if (!other)
		record_unescape(destination);
	record_add_text(rec, "destination", destination);
	record_add_flag(rec, "other", other);
	record_parse_nested(rec, rest, text_keys);
	leave_out_strays(rec);
	return true;
}

/**
 * destination_each - visit the destinations of the namespace this process is in, largest first
 * @visit: called with each; returns whether to go on
 * @data: for @visit
 *
 * Return: 0, or -1.
 */
int destination_each(bool (*visit)(struct record *rec, void *data), void *data)
{
	return netns_each_line(KFILE_DESTINATIONS, parse, visit, data);
}

struct wanted {
	struct destination_list *list;
	size_t most;
	const struct endpoint *to;
};

/* Takes over the memory of the record, which netns_each_line() would use for the next line. */
static bool take(struct record *rec, void *data)
{
	struct wanted *wanted = data;
	struct destination_list *list = wanted->list;

	if (list->count >= wanted->most && !wanted->to)
		return false;
	if (record_flag(rec, "other") ||
	    (list->count >= wanted->most &&
	     !endpoint_matches(wanted->to, record_text(rec, "destination"))))
		return true;
	list->recs = xrealloc(list->recs, list->count + 1, sizeof(*list->recs));
	list->recs[list->count++] = *rec;
	*rec = (struct record){ 0 };
	return true;
}

/**
 * destination_list_read - read the largest destinations
 * @list: filled in; destination_list_free() is due whether this works or not
 * @most: how many at most
 * @to: read those that are this one too, however small; or NULL
 *
 * It is not a failure if the module is older and has no destinations.
 *
 * Return: 0, or -1.
 */
int destination_list_read(struct destination_list *list, size_t most, const struct endpoint *to)
{
	struct wanted wanted = { list, most, to };

	return destination_is_known() ? destination_each(take, &wanted) : 0;
}

/**
 * destination_list_free - give everything back
 * @list: the destinations
 */
void destination_list_free(struct destination_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		record_free(&list->recs[i]);
	free(list->recs);
	*list = (struct destination_list){ 0 };
}

/**
 * destination_is_known - whether the module has destinations; older ones do not
 */
bool destination_is_known(void)
{
	char *path = kfile_path(KFILE_DESTINATIONS);
	bool known = !access(path, F_OK);

	free(path);
	return known;
}
