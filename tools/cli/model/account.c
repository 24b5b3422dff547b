// SPDX-License-Identifier: GPL-2.0-only
/*
 * An account's record: netns (with -A), path, deleted, the keys of the file, range.usable, and
 * denied, which is the sum of all refusals for TCP and UDP.
 *
 * path is unescaped. It is the path of a cgroup, or "(before load)".
 */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "lib/module.h"
#include "model/account.h"
#include "model/kfile.h"
#include "model/netns.h"

static bool cut_prefix(char **rest, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*rest, prefix, len) || ((*rest)[len] && (*rest)[len] != ' '))
		return false;
	*rest += len;
	return true;
}

/**
 * account_parse - parse the line in a record's buf
 * @rec: the record
 *
 * Return: 1 if there is an account, 0 if the line is none.
 */
int account_parse(struct record *rec)
{
	static const char *const text_keys[] = { "owner.comm", NULL };
	char *rest = rec->buf;
	char *path = PORTQUOTA_BEFORE_LOAD;

	if (!cut_prefix(&rest, PORTQUOTA_BEFORE_LOAD)) {
		path = record_cut_word(&rest);
		if (!path || (*path != '/' && *path != '('))
			return 0;
		record_unescape(path);
	}
	record_add_text(rec, "path", path);
	rest += strspn(rest, " ");
	record_add_flag(rec, "deleted", cut_prefix(&rest, PORTQUOTA_DELETED));
	record_parse_nested(rec, rest, text_keys);
	return 1;
}

/**
 * account_path_cmp - order of a tree: a parent, then its children, then what is beside it
 * @a: a path
 * @b: another
 *
 * Text that is not a path comes last.
 */
int account_path_cmp(const char *a, const char *b)
{
	if (*a != *b && (*a == '/' || *b == '/'))
		return *a == '/' ? -1 : 1;
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (!*a || !*b)
		return !!*a - !!*b;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a - (unsigned char)*b;
}

/**
 * account_cmp - the order of the tree, for account_list_sort()
 * @a: an account
 * @b: another
 * @data: not used
 */
int account_cmp(const void *a, const void *b, void *data)
{
	(void)data;
	return account_path_cmp(record_text(a, "path"), record_text(b, "path")) ?:
	       record_flag(a, "deleted") - record_flag(b, "deleted");
}

/**
 * account_is_below - whether a path is another or lies below it
 * @path: the path
 * @top: the other; "/" has every path below it
 */
bool account_is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	while (len && top[len - 1] == '/')
		len--;
	if (!len && *top)
		return *path == '/';
	return !strncmp(path, top, len) && (!path[len] || path[len] == '/');
}

/**
 * account_is_empty - whether an account holds nothing now
 * @rec: the account
 */
bool account_is_empty(const struct record *rec)
{
	return !record_count(rec, "tcp.current") && !record_count(rec, "udp.current") &&
	       !record_count(rec, "timewait.current");
}

/**
 * account_is_shown - whether an account is worth a line
 * @rec: the account
 *
 * The root always is, so that the table is never empty. An empty account is, if refusals or a want
 * of ports are what keeps it empty.
 */
bool account_is_shown(const struct record *rec)
{
	return !account_is_empty(rec) || record_count(rec, "denied") || account_failed(rec) ||
	       !strcmp(record_text(rec, "path"), "/");
}

/**
 * account_usable - how many ports an account, or a namespace, has to choose from
 * @rec: the account, or stat
 * @proto: tcp or udp
 *
 * Return: the size of the range that holds for it, less the reserved ports; 0 if not known.
 */
uint64_t account_usable(const struct record *rec, const char *proto)
{
	const char *key = strcmp(proto, "udp") ? "tcp.usable" : "udp.usable";
	uint64_t usable;

	return record_number(rec, key, &usable) ? usable : record_count(rec, "range.usable");
}

/**
 * account_add_denied - add all that was refused, TCP and UDP, as denied
 * @rec: an account, or a namespace
 */
void account_add_denied(struct record *rec)
{
	if (record_find(rec, "tcp.denied"))
		record_add_number(rec, "denied", record_count(rec, "tcp.denied") +
				  record_count(rec, "udp.denied"));
}

/**
 * account_failed - how many calls found no port, TCP and UDP
 * @rec: an account, or a namespace
 */
uint64_t account_failed(const struct record *rec)
{
	return record_count(rec, "tcp.exhausted") + record_count(rec, "udp.exhausted");
}

/**
 * account_udp_is_fuller - whether UDP is nearer to its end than TCP
 * @tcp: what is in use of TCP
 * @tcp_whole: of how much; 0 if that is not known
 * @udp: what is in use of UDP
 * @udp_whole: of how much; 0 if that is not known
 *
 * Return: false as well where neither is known.
 */
bool account_udp_is_fuller(uint64_t tcp, uint64_t tcp_whole, uint64_t udp, uint64_t udp_whole)
{
	return udp_whole && (!tcp_whole || (double)udp * tcp_whole > (double)tcp * udp_whole);
}

/**
 * account_in_range - how many of an account's reservations are of the range that holds for it
 * @rec: the account
 * @proto: tcp or udp
 * @local: of those that it holds itself
 * @in_range: set to the number
 *
 * When a range is moved, reservations stay where they are: they are none of the new one. An older
 * module does not say how many these are.
 *
 * Return: false where that says nothing of how full the range is: there are more than it has ports,
 * so that some share one, or are outside.
 */
bool account_in_range(const struct record *rec, const char *proto, bool local, uint64_t *in_range)
{
	char *told = xasprintf(local ? "%s.in_range_local" : "%s.in_range", proto);
	char *held = xasprintf(local ? "%s.local" : "%s.current", proto);

	if (!record_number(rec, told, in_range))
		*in_range = record_count(rec, held);
	free(held);
	free(told);
	return *in_range <= account_usable(rec, proto);
}

/**
 * account_add_share - add how much of the range is in use, as share.part of share.whole
 * @rec: a namespace
 * @tcp_key: what is in use of TCP
 * @udp_key: of UDP; the fuller of the two is taken
 */
void account_add_share(struct record *rec, const char *tcp_key, const char *udp_key)
{
	uint64_t tcp = record_count(rec, tcp_key), udp = record_count(rec, udp_key);
	uint64_t tcp_whole = account_usable(rec, "tcp"), udp_whole = account_usable(rec, "udp");
	bool is_udp = account_udp_is_fuller(tcp, tcp_whole, udp, udp_whole);

	record_add_number(rec, "share.part", is_udp ? udp : tcp);
	if (is_udp ? udp_whole : tcp_whole)
		record_add_number(rec, "share.whole", is_udp ? udp_whole : tcp_whole);
}

/**
 * account_add_own_share - the same of an account
 * @rec: the account; it gets none where that is not known
 * @local: what it holds itself
 *
 * Return: false if there are ports of which it is not known.
 */
bool account_add_own_share(struct record *rec, bool local)
{
	uint64_t tcp_whole = account_usable(rec, "tcp"), udp_whole = account_usable(rec, "udp");
	uint64_t tcp, udp;
	bool is_udp;

	if (!tcp_whole && !udp_whole)
		return true;
	if (!account_in_range(rec, "tcp", local, &tcp) ||
	    !account_in_range(rec, "udp", local, &udp))
		return false;
	is_udp = account_udp_is_fuller(tcp, tcp_whole, udp, udp_whole);
	record_add_number(rec, "share.part", is_udp ? udp : tcp);
	record_add_number(rec, "share.whole", is_udp ? udp_whole : tcp_whole);
	return true;
}

/**
 * account_own_use - how many reservations a cgroup itself holds
 * @rec: the account
 *
 * What the cgroups below it hold does not count.
 */
uint64_t account_own_use(const struct record *rec)
{
	return record_count(rec, "tcp.local") + record_count(rec, "udp.local");
}

/**
 * account_cmp_own_use - order by own use, the largest first, for account_list_sort()
 * @a: an account
 * @b: another
 * @data: not used
 */
int account_cmp_own_use(const void *a, const void *b, void *data)
{
	uint64_t x = account_own_use(a), y = account_own_use(b);

	(void)data;
	if (x != y)
		return x > y ? -1 : 1;
	x = record_count(a, "timewait.local");
	y = record_count(b, "timewait.local");
	if (x != y)
		return x > y ? -1 : 1;
	return account_path_cmp(record_text(a, "path"), record_text(b, "path"));
}

static struct record *list_slot(struct account_list *list)
{
	list->recs = xgrow(list->recs, list->count, &list->room, sizeof(*list->recs));
	list->recs[list->count] = (struct record){ 0 };
	return &list->recs[list->count];
}

/**
 * account_find - the account of a cgroup that is not removed
 * @list: the accounts
 * @path: the cgroup
 *
 * Return: the account; NULL if there is none.
 */
const struct record *account_find(const struct account_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(record_text(&list->recs[i], "path"), path) &&
		    !record_flag(&list->recs[i], "deleted"))
			return &list->recs[i];
	return NULL;
}

/**
 * account_list_add - one account more
 * @list: the accounts
 *
 * Return: its record, to be filled in; lives there until the next one is added.
 */
struct record *account_list_add(struct account_list *list)
{
	struct record *rec = list_slot(list);

	list->count++;
	return rec;
}

/**
 * account_list_read - read the accounts of the namespace this process is in
 * @list: filled in; account_list_free() is due whether this works or not
 * @usable: size of the namespace's range, put into each record for the bars unless a range of its
 *	own holds for it; 0 if not known
 *
 * Return: 0, or -1.
 */
int account_list_read(struct account_list *list, uint64_t usable)
{
	struct record *rec = list_slot(list);
	struct kfile k;
	uint64_t own;
	int more = -1;

	if (!kfile_open(&k, KFILE_ACCOUNTS)) {
		while ((more = kfile_next(&k, rec)) > 0) {
			netns_tag(rec);
			if (!account_parse(rec))
				continue;
			own = account_usable(rec, "tcp") ?: usable;
			if (own)
				record_add_number(rec, "range.usable", own);
			account_add_denied(rec);
			list->count++;
			rec = list_slot(list);
		}
	}
	record_free(rec);
	kfile_close(&k);
	return more;
}

/**
 * account_list_sort - put the accounts in order
 * @list: the accounts
 * @cmp: as of qsort_r(), given two records
 * @data: for @cmp
 */
void account_list_sort(struct account_list *list,
		       int (*cmp)(const void *a, const void *b, void *data), void *data)
{
	if (list->count)
		qsort_r(list->recs, list->count, sizeof(*list->recs), cmp, data);
}

/**
 * account_list_owner - the account of the program that holds most of all
 * @accounts: the accounts
 *
 * Return: the account; NULL where programs are not told.
 */
const struct record *account_list_owner(const struct account_list *accounts)
{
	const struct record *best = NULL, *rec;

	for (size_t i = 0; i < accounts->count; i++) {
		rec = &accounts->recs[i];
		if (record_find(rec, "owner.comm") &&
		    (!best || record_count(rec, "owner.held") > record_count(best, "owner.held")))
			best = rec;
	}
	return best;
}

/**
 * account_list_free - give everything back
 * @list: the accounts
 */
void account_list_free(struct account_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		record_free(&list->recs[i]);
	free(list->recs);
	*list = (struct account_list){ 0 };
}
