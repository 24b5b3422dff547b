// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "say.h"

char *file_slurp_fd(int fd)
{
	size_t have = 0, room = 65536;
	char *text = malloc(room);
	ssize_t n;

	while (text && (n = read(fd, text + have, room - have - 1)) != 0) {
		if (n < 0) {
			int err = errno;

			if (err == EINTR)
				continue;
			free(text);
			errno = err;
			return NULL;
		}
		have += (size_t)n;
		if (room - have < 32768) {
			room *= 2;
			text = realloc(text, room);
		}
	}
	if (text)
		text[have] = '\0';
	return text;
}

char *file_slurp_at(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	char *text;
	int err;

	if (fd < 0)
		return NULL;
	text = file_slurp_fd(fd);
	err = errno;
	close(fd);
	errno = err;
	return text;
}

char *file_slurp(const char *path)
{
	return file_slurp_at(AT_FDCWD, path);
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int file_read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	int ret = 0;

	if (!file)
		return -errno;
	if (fgets(line, (int)size, file))
		line[strcspn(line, "\n")] = '\0';
	else
		ret = -ENODATA;
	fclose(file);
	return ret;
}

void must_write(const char *path, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int ret;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ret = file_write(path, text);
	if (ret) {
		errno = -ret;
		die("cannot write '%s' to %s", text, path);
	}
}

char *must_slurp(const char *path)
{
	char *text = file_slurp(path);

	if (!text)
		die("cannot read %s", path);
	return text;
}

static void sysctl_path(char *path, size_t size, const char *name)
{
	char *c;

	snprintf(path, size, "/proc/sys/%s", name);
	for (c = path; *c; c++)
		if (*c == '.')
			*c = '/';
}

void sysctl_set(const char *name, const char *fmt, ...)
{
	char path[256], text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sysctl_path(path, sizeof(path), name);
	must_write(path, "%s", text);
}

long sysctl_get(const char *name)
{
	char path[256], line[256];
	int ret;

	sysctl_path(path, sizeof(path), name);
	ret = file_read_line(path, line, sizeof(line));
	if (ret) {
		errno = -ret;
		die("cannot read %s", path);
	}
	return strtol(line, NULL, 10);
}

unsigned int lines_with(const char *text, const char *word)
{
	unsigned int n = 0;

	while ((text = strstr(text, word))) {
		n++;
		text += strcspn(text, "\n");
	}
	return n;
}
