// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reservation's record: netns (with -A), proto, local, remote, state, the keys of the file,
 * and deleted. Reservations are read one by one, as there may be a million.
 */
#include <string.h>

#include "lib/cli.h"
#include "model/kfile.h"
#include "model/netns.h"
#include "model/reservation.h"

/* One flow is written one way: an IPv4-mapped address as IPv4. */
static void unmap(char *address)
{
	static const char prefix[] = "[::ffff:";
	size_t len = strlen(prefix);
	char *end;

	if (strncmp(address, prefix, len) || !strchr(address + len, '.'))
		return;
	end = strchr(address, ']');
	if (!end)
		return;
	memmove(end, end + 1, strlen(end + 1) + 1);
	memmove(address, address + len, strlen(address + len) + 1);
}

/* Four words, then key=value. */
static bool parse(struct record *rec)
{
	static const char *const words[] = { "proto", "local", "remote", "state" };
	static const char *const text_keys[] = { "account", "comm", "kind", NULL };
	char *rest = rec->buf;
	char *word;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		word = record_cut_word(&rest);
		if (!word || strchr(word, '='))
			return false;
		unmap(word);
		record_add_text(rec, words[i], word);
	}
	record_parse_nested(rec, rest, text_keys);
	record_make_flag(rec, "deleted");
	return true;
}

/**
 * reservation_each - visit the reservations of the namespace this process is in
 * @visit: called with each; returns whether to go on
 * @data: for @visit
 *
 * Return: 0, or -1.
 */
int reservation_each(bool (*visit)(struct record *rec, void *data), void *data)
{
	return netns_each_line(KFILE_RESERVATIONS, parse, visit, data);
}

/**
 * reservation_add_local - add the local address without its port, as local.address
 * @rec: the reservation; its text is cut off there, so local is the same afterwards
 */
void reservation_add_local(struct record *rec)
{
	char *local = (char *)record_text(rec, "local");
	char *colon = strrchr(local, ':');

	if (colon)
		*colon = '\0';
	record_add_text(rec, "local.address", local);
}
