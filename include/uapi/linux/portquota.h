/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Names that the portquota module and its readers share.
 *
 * Keys may be added, never renamed or reordered: readers must pass over those
 * they do not know.
 */
#ifndef _UAPI_LINUX_PORTQUOTA_H
#define _UAPI_LINUX_PORTQUOTA_H

/* Of the module and of the command; dkms.conf and tools/cli/Makefile read it here. */
#define PORTQUOTA_VERSION		"0.2"

/* Below /proc/net: the reader's network namespace. Below /proc: the host. */
#define PORTQUOTA_DIR			"portquota"

#define PORTQUOTA_STAT			"stat"
#define PORTQUOTA_ACCOUNTS		"accounts"
#define PORTQUOTA_RESERVATIONS		"reservations"
#define PORTQUOTA_DESTINATIONS		"destinations"
#define PORTQUOTA_RULES			"rules"
#define PORTQUOTA_EVENTS		"events"
#define PORTQUOTA_NAMESPACES		"namespaces"

/* Words in the place of a path, or after it. Escaped like a path in a value. */
#define PORTQUOTA_BEFORE_LOAD		"(before load)"
#define PORTQUOTA_DELETED		"(deleted)"
/* All cgroups outside of the reader's cgroup namespace */
#define PORTQUOTA_OUTSIDE		"(outside)"
/* The last name of a path that is too long; the cgroup's id and ) follow */
#define PORTQUOTA_ID			"(id:"

/*
 * A cgroup further below the root of the hierarchy is counted as its ancestor on this
 * level, and has no rule.
 */
#define PORTQUOTA_LEVELS_MAX		64

/*
 * A rules file takes so many rules, and so many characters in all of its globs,
 * that of a network namespace which another user namespace than the host's owns
 * fewer.
 */
#define PORTQUOTA_RULES_MAX		16384
#define PORTQUOTA_GLOB_CHARS_MAX	32768
#define PORTQUOTA_GLOB_CHARS_FOREIGN_MAX 2048

#endif
