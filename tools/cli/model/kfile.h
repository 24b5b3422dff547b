/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of the module, and the network namespace in which they are read. */
#ifndef PORTQUOTA_KFILE_H
#define PORTQUOTA_KFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/module.h"
#include "lib/record.h"

/* The folders of the namespace that this process is in, and of the host */
#define KFILE_NET_DIR		"net/" PORTQUOTA_DIR
#define KFILE_HOST_DIR		PORTQUOTA_DIR

#define KFILE_STAT		KFILE_NET_DIR "/" PORTQUOTA_STAT
#define KFILE_ACCOUNTS		KFILE_NET_DIR "/" PORTQUOTA_ACCOUNTS
#define KFILE_RESERVATIONS	KFILE_NET_DIR "/" PORTQUOTA_RESERVATIONS
#define KFILE_DESTINATIONS	KFILE_NET_DIR "/" PORTQUOTA_DESTINATIONS
#define KFILE_RULES		KFILE_NET_DIR "/" PORTQUOTA_RULES
#define KFILE_EVENTS		KFILE_NET_DIR "/" PORTQUOTA_EVENTS
#define KFILE_NAMESPACES	KFILE_HOST_DIR "/" PORTQUOTA_NAMESPACES
#define KFILE_HOST_RULES	KFILE_HOST_DIR "/" PORTQUOTA_RULES
#define KFILE_HOST_EVENTS	KFILE_HOST_DIR "/" PORTQUOTA_EVENTS
#define KFILE_MODE		"module/portquota/parameters/mode"	/* below /sys */
#define KFILE_COUNTED		"module/portquota/parameters/destinations"
#define KFILE_VERSION		"module/portquota/version"

/**
 * struct kfile - a file being read line by line
 * @stream: the open file
 * @path: its full path, for messages
 * @name: its KFILE_ name
 */
struct kfile {
	FILE *stream;
	char *path;
	const char *name;
};

/**
 * struct kstream - a file to which lines are added while it is read
 * @fd: the open file, which never waits
 * @path: its full path, for messages
 * @name: its KFILE_ name
 * @buf: what was read and is no whole line yet
 * @len: how much that is
 * @room: how much fits
 */
struct kstream {
	int fd;
	char *path;
	const char *name;
	char *buf;
	size_t len;
	size_t room;
};

#define KSTREAM_EMPTY	2	/* there is nothing more for now */
#define KFILE_GONE	2	/* a namespace cannot be entered, as it is there no more */

bool kfile_is_fixture(void);
char *kfile_path(const char *name);
char *kfile_sys_path(const char *name);
int kfile_open(struct kfile *k, const char *name);
int kfile_next(struct kfile *k, struct record *rec);
void kfile_close(struct kfile *k);
int kfile_read_flat(const char *name, struct record *rec);
int kstream_open(struct kstream *s, const char *name);
int kstream_read(struct kstream *s, void (*line)(void *data, char *line), void *data);
void kstream_close(struct kstream *s);
bool kfile_peek(const char *name, char *word, size_t size);
int kfile_put(const char *name, const char *text);
const char *kfile_reason(const char *name, int error);
int kfile_enter(const char *ns_path, const char *label);

#endif
