/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rhash: the entries of an rhashtable that several CPUs change at the same time.
 *
 * The lock of a bucket is a bit of the pointer to its first entry. Who has it reads
 * that pointer plainly, while another CPU that waits for it sets the bit that is set
 * already (include/linux/rhashtable.h, rht_lock() and rht_ptr()). Both are compiled
 * into the caller, so KCSAN sees them race; the value is the same before and after,
 * which is why it does not matter. What a table's compare function reads is still
 * looked at by KCSAN in each lookup.
 */
#ifndef _PORTQUOTA_RHASH_H
#define _PORTQUOTA_RHASH_H

#include <linux/compiler.h>
#include <linux/rhashtable.h>

/* rhashtable_lookup_get_insert_fast() and rhashtable_remove_fast(), with their arguments */
#define pq_rhash_insert(table, node, params) \
	data_race(rhashtable_lookup_get_insert_fast(table, node, params)) /* the bit */
#define pq_rhash_remove(table, node, params) \
	data_race(rhashtable_remove_fast(table, node, params)) /* the bit */

#endif
