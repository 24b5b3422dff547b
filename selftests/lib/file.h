/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole files and sysctls.  file_slurp() returns the text (NUL-terminated, the
 * caller frees it) or NULL with errno; file_write() and file_read_line() return
 * 0 or -errno.  The must_ calls die instead.
 */
#ifndef PQ_FILE_H
#define PQ_FILE_H

#include <stddef.h>

char *file_slurp(const char *path);
char *file_slurp_at(int dirfd, const char *path);
char *file_slurp_fd(int fd);
int file_write(const char *path, const char *text);
int file_read_line(const char *path, char *line, size_t size);

void must_write(const char *path, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *must_slurp(const char *path);

/* net.ipv4.NAME and any other below /proc/sys, dots as slashes. */
void sysctl_set(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
long sysctl_get(const char *name);

/* How many lines of @text contain @word. */
unsigned int lines_with(const char *text, const char *word);

#endif
