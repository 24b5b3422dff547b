// SPDX-License-Identifier: GPL-2.0-only
/* Neighbours: see neighbours.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/kfile.h"
#include "model/neighbours.h"
#include "model/netns_names.h"

static char *called(const char *netns)
{
	struct record rec = { 0 };
	char *name;

	netns_describe(&rec, netns);
	if (record_find(&rec, "netns.name"))
		name = xstrdup(record_text(&rec, "netns.name"));
	else if (record_find(&rec, "netns.pid"))
		name = xasprintf("pid %s (%s)", record_text(&rec, "netns.pid"),
				 record_text(&rec, "netns.comm"));
	else
		name = xstrdup(netns);
	record_free(&rec);
	return name;
}

static void take(struct neighbours *neighbours, char *line, const char *here)
{
	struct record rec = { 0 };
	char *netns = record_cut_word(&line);
	uint64_t failed;

	if (!netns || strchr(netns, '=') || !strcmp(netns, here))
		return;
	record_parse_nested(&rec, line, NULL);
	failed = record_count(&rec, "tcp.exhausted") + record_count(&rec, "udp.exhausted");
	neighbours->count++;
	neighbours->failing += !!failed;
	neighbours->failed += failed;
	if (failed > neighbours->worst_failed) {
		neighbours->worst_failed = failed;
		free(neighbours->worst);
		neighbours->worst = xstrdup(netns);
	}
	record_free(&rec);
}

/**
 * neighbours_read - look at the other namespaces
 * @neighbours: filled in, with zeroes where the caller may not look; neighbours_free() is due
 */
void neighbours_read(struct neighbours *neighbours)
{
	char *path = kfile_path(KFILE_NAMESPACES), *line = NULL, here[32], *name;
	FILE *f = fopen(path, "re");
	size_t room = 0;

	*neighbours = (struct neighbours){ 0 };
	while (f && netns_here(here, sizeof(here)) && getline(&line, &room, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		take(neighbours, line, here);
	}
	if (f)
		fclose(f);
	if (neighbours->worst) {
		netns_load(true);
		name = called(neighbours->worst);
		netns_unload();
		free(neighbours->worst);
		neighbours->worst = name;
	}
	free(line);
	free(path);
}

/**
 * neighbours_free - give everything back
 * @neighbours: the neighbours
 */
void neighbours_free(struct neighbours *neighbours)
{
	free(neighbours->worst);
	*neighbours = (struct neighbours){ 0 };
}
