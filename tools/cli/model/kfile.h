/* SPDX-License-Identifier: GPL-2.0-only */
/* All that is asked of the kernel: the module's files, and which namespace they are read in. */
#ifndef PORTQUOTA_KFILE_H
#define PORTQUOTA_KFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/record.h"

#define KFILE_STAT		"net/portquota/stat"
#define KFILE_ACCOUNTS		"net/portquota/accounts"
#define KFILE_RESERVATIONS	"net/portquota/reservations"
#define KFILE_DESTINATIONS	"net/portquota/destinations"
#define KFILE_RULES		"net/portquota/rules"
#define KFILE_EVENTS		"net/portquota/events"
#define KFILE_NAMESPACES	"portquota/namespaces"
#define KFILE_HOST_RULES	"portquota/rules"
#define KFILE_HOST_EVENTS	"portquota/events"
#define KFILE_MODE		"module/portquota/parameters/mode"	/* below /sys */

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
 * struct kstream - a file that says more as time goes
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

bool kfile_is_fixture(void);
char *kfile_path(const char *name);
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
