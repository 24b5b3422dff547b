// SPDX-License-Identifier: GPL-2.0-only
/* Visits to network namespaces: see netns.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cli.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/netns_names.h"

/* While netns_each() visits several namespaces: the one that this process is in. */
static struct {
	bool tagging;
	char here[32];
} visited;

/**
 * netns_tag - add the namespace being visited to a record, where several are
 * @rec: the record
 */
void netns_tag(struct record *rec)
{
	if (visited.tagging)
		netns_describe(rec, visited.here);
}

/**
 * netns_visited - the namespace being visited, as net:[inode]; "" where there is only one
 */
const char *netns_visited(void)
{
	return visited.tagging ? visited.here : "";
}

/**
 * netns_each_line - visit the lines of a file of the namespace being visited
 * @name: one of KFILE_
 * @parse: makes a record of a line; returns false if it cannot, and the line is passed over
 * @visit: called with each; returns whether to go on
 * @data: for @visit
 *
 * Return: 0, or -1.
 */
int netns_each_line(const char *name, bool (*parse)(struct record *rec),
		    bool (*visit)(struct record *rec, void *data), void *data)
{
	struct record rec = { 0 };
	struct kfile k;
	int more = -1;

	if (!kfile_open(&k, name)) {
		while ((more = kfile_next(&k, &rec)) > 0) {
			netns_tag(&rec);
			if (parse(&rec) && !visit(&rec, data))
				break;
		}
	}
	kfile_close(&k);
	record_free(&rec);
	return more < 0 ? -1 : 0;
}

/**
 * netns_called - what the namespace being visited is called, where several are
 *
 * Return: its name or net:[inode], for the caller to free(); NULL where there is only one.
 */
char *netns_called(void)
{
	struct record rec = { 0 };
	char *name = NULL;

	netns_tag(&rec);
	if (record_find(&rec, "netns.name"))
		name = xstrdup(record_text(&rec, "netns.name"));
	else if (record_find(&rec, "netns"))
		name = xstrdup(record_text(&rec, "netns"));
	record_free(&rec);
	return name;
}

/**
 * netns_title - what people call the namespace being visited, where several are
 *
 * Return: its name, or a process that lives in it, or net:[inode], for the caller to free(); NULL
 * where there is only one.
 */
char *netns_title(void)
{
	struct record rec = { 0 };
	char *name = NULL;

	netns_tag(&rec);
	if (record_find(&rec, "netns.name"))
		name = xstrdup(record_text(&rec, "netns.name"));
	else if (record_find(&rec, "netns.pid"))
		name = xasprintf("pid %s (%s)", record_text(&rec, "netns.pid"),
				 record_text(&rec, "netns.comm"));
	else if (record_find(&rec, "netns"))
		name = xstrdup(record_text(&rec, "netns"));
	record_free(&rec);
	return name;
}

/**
 * netns_label - what a monitor calls the namespace that this process is in
 *
 * Return: the same at each look as far as that can be: "host", its name, or net:[inode]; for the
 * caller to free(). NULL if it is not known.
 */
char *netns_label(void)
{
	bool only = !visited.tagging;
	char *label;

	if (only) {
		if (!netns_here(visited.here, sizeof(visited.here)))
			return NULL;
		netns_load(false);
		visited.tagging = true;
	}
	label = netns_called();
	if (only) {
		visited.tagging = false;
		netns_unload();
	}
	return label;
}

/* A name can be all digits: only if there is no such name is it taken for a pid. */
static char *path_asked(const char *spec)
{
	char *path;

	if (strchr(spec, '/'))
		return xstrdup(spec);
	path = netns_name_path(spec);
	if (!path && !strcmp(spec, NETNS_HOST))
		path = netns_host_path();
	if (path)
		return path;
	if (!*spec || spec[strspn(spec, "0123456789")]) {
		say_error("-n %s: no network namespace of that name in %s", spec,
			  netns_names_dirs());
		return NULL;
	}
	path = xasprintf("/proc/%s", spec);
	if (access(path, F_OK)) {
		say_error("-n %s: neither a process nor a network namespace in %s is called that",
			  spec, netns_names_dirs());
		free(path);
		return NULL;
	}
	free(path);
	return xasprintf("/proc/%s/ns/net", spec);
}

/**
 * netns_is_no_other - whether -n was given a number that stands for no other namespace
 *
 * Then another program's -n, a count, may have been meant.
 */
bool netns_is_no_other(void)
{
	char here[32], there[32], *path;
	bool no_other;

	if (!cli.netns || !*cli.netns || cli.netns[strspn(cli.netns, "0123456789")])
		return false;
	path = netns_name_path(cli.netns);
	no_other = !path &&
		   (!netns_of(cli.netns, there, sizeof(there)) ||
		    (netns_here(here, sizeof(here)) && !strcmp(here, there)));
	free(path);
	return no_other;
}

/**
 * netns_enter - go to the namespace asked for with -n, if one was
 *
 * Return: 0, or -1.
 */
int netns_enter(void)
{
	char *label, *path;
	int err;

	if (!cli.netns)
		return 0;
	path = path_asked(cli.netns);
	if (!path)
		return -1;
	label = xasprintf("-n %s", cli.netns);
	err = kfile_enter(path, label);
	if (err == KFILE_GONE)
		say_error("%s: %s is gone", label, path);
	free(label);
	free(path);
	return err ? -1 : 0;
}

/* A namespace that is visited, and what is called if it cannot be. */
struct visit {
	int (*visit)(void *data);
	int (*missed)(struct record *totals, void *data);
	void *data;
};

/* Processes end and names are removed meanwhile, so that another file may still do. */
static int enter_by_any(const char *netns)
{
	const char *file = netns_file(netns);
	int err = KFILE_GONE;

	if (!file)
		return -1;
	for (size_t i = 0; file && err == KFILE_GONE; i++) {
		err = kfile_enter(file, netns);
		file = netns_file_nth(netns, i + 1);
	}
	return err;
}

/* @totals: the line of the host's list, behind the name */
static int visit_one(const struct visit *visit, struct record *rec, const char *netns, char *totals)
{
	int err;

	snprintf(visited.here, sizeof(visited.here), "%s", netns);
	err = enter_by_any(visited.here);
	if (!err)
		return visit->visit(visit->data);
	if (visit->missed) {
		record_parse_nested(rec, totals, NULL);
		return visit->missed(rec, visit->data);
	}
	if (err == KFILE_GONE)
		return 0;
	if (!netns_file(visited.here))
		say_error("%s: skipped: it has no name and no process to enter it by", netns);
	return -1;
}

static int visit_all(const struct visit *visit)
{
	struct record rec = { 0 };
	struct kfile k;
	char *rest, *netns;
	int more = -1, err = 0;

	if (!kfile_open(&k, KFILE_NAMESPACES)) {
		while ((more = kfile_next(&k, &rec)) > 0) {
			rest = rec.buf;
			netns = record_cut_word(&rest);
			if (netns && visit_one(visit, &rec, netns, rest))
				err = -1;
		}
	}
	kfile_close(&k);
	record_free(&rec);
	return more ?: err;
}

/**
 * netns_each_or - visit the namespace asked for, or with -A every one
 * @visit: called inside each; returns 0 or -1
 * @missed: called instead where one cannot be entered, with what the host's list says of it, which
 *	    it may take over; returns 0 or -1. NULL if that is to be complained of, and a failure
 * @data: for both
 *
 * If one fails, the others are still visited.
 *
 * Return: 0, or -1 if any failed.
 */
int netns_each_or(int (*visit)(void *data), int (*missed)(struct record *totals, void *data),
		  void *data)
{
	struct visit what = { visit, missed, data };
	int err;

	if (!cli.all)
		return netns_enter() ?: visit(data);
	netns_load(true);
	visited.tagging = true;
	err = visit_all(&what);
	visited.tagging = false;
	netns_unload();
	return err;
}

/**
 * netns_each - visit the namespace asked for, or with -A every one
 * @visit: called inside each; returns 0 or -1
 * @data: for @visit
 *
 * If one fails, the others are still visited.
 *
 * Return: 0, or -1 if any failed.
 */
int netns_each(int (*visit)(void *data), void *data)
{
	return netns_each_or(visit, NULL, data);
}
