/* SPDX-License-Identifier: GPL-2.0-only */
/* Accounts: the lines of the accounts file as records, and their orders. */
#ifndef PORTQUOTA_ACCOUNT_H
#define PORTQUOTA_ACCOUNT_H

#include "lib/record.h"

/* All accounts of a namespace; starts as all zero. */
struct account_list {
	struct record *recs;
	size_t count;
	size_t room;
};

/* Why there is no share of the range: see account_in_range() */
#define ACCOUNT_NO_SHARE "OF RANGE is - where some connections share a port: more are held than it has."

int account_parse(struct record *rec);
void account_add_denied(struct record *rec);
uint64_t account_failed(const struct record *rec);
bool account_udp_is_fuller(uint64_t tcp, uint64_t tcp_whole, uint64_t udp, uint64_t udp_whole);
void account_add_share(struct record *rec, const char *tcp_key, const char *udp_key);
bool account_in_range(const struct record *rec, const char *proto, bool local, uint64_t *in_range);
bool account_add_own_share(struct record *rec, bool local);
int account_path_cmp(const char *a, const char *b);
bool account_is_below(const char *path, const char *top);
int account_cmp(const void *a, const void *b, void *data);
uint64_t account_own_use(const struct record *rec);
int account_cmp_own_use(const void *a, const void *b, void *data);
bool account_is_empty(const struct record *rec);
bool account_is_shown(const struct record *rec);
uint64_t account_usable(const struct record *rec, const char *proto);

const struct record *account_find(const struct account_list *list, const char *path);
struct record *account_list_add(struct account_list *list);
int account_list_read(struct account_list *list, uint64_t usable);
void account_list_sort(struct account_list *list,
		       int (*cmp)(const void *a, const void *b, void *data), void *data);
const struct record *account_list_owner(const struct account_list *accounts);
void account_list_free(struct account_list *list);

#endif
