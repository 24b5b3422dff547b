/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keys: the words and keys that the files are made of, in one place.
 *
 * Flat-keyed files have one `key value` per line, nested-keyed ones one
 * `NAME key=value key=value ...` per line, as Documentation/admin-guide/
 * cgroup-v2.rst has them. Nothing here takes a lock.
 */
#ifndef _PORTQUOTA_KEYS_H
#define _PORTQUOTA_KEYS_H

#include <linux/seq_file.h>

struct in6_addr;
struct pq_account;
struct pq_net;

enum pq_keys_form {
	PQ_KEYS_FLAT,		/* stat */
	PQ_KEYS_NAMESPACE,	/* one line per namespace */
	PQ_KEYS_ACCOUNT,	/* one line per account */
};

void pq_keys_show(struct seq_file *seq, struct pq_account *acct, enum pq_keys_form form);
void pq_show_address(struct seq_file *seq, u16 family, const struct in6_addr *address);
void pq_show_lifetimes(struct seq_file *seq, const struct pq_net *pn);
void pq_show_owners(struct seq_file *seq, struct pq_account *acct);
void pq_show_word(struct seq_file *seq, const char *word);

#endif
