// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "rule.h"
#include "say.h"

static bool host_written, mode_changed;

int rule_write_bytes(const char *file, const char *text, size_t len)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int ret;

	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	ret = n < 0 ? -errno : 0;
	close(fd);
	if (n >= 0 && (size_t)n != len)
		die("%s: wrote %zd of %zu bytes", file, n, len);
	return ret;
}

static int write_va(const char *file, const char *fmt, va_list ap)
{
	char text[4096];

	vsnprintf(text, sizeof(text), fmt, ap);
	return rule_write_bytes(file, text, strlen(text));
}

int rule_write(const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = write_va(PQ_RULES, fmt, ap);
	va_end(ap);
	return ret;
}

int host_rule_write(const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = write_va(PQ_HOST_RULES, fmt, ap);
	va_end(ap);
	host_written |= !ret;
	return ret;
}

static void must(const char *file, const char *fmt, int ret)
{
	if (!ret)
		return;
	errno = -ret;
	die("cannot write a rule '%s' to %s", fmt, file);
}

void rule_set(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	must(PQ_RULES, fmt, write_va(PQ_RULES, fmt, ap));
	va_end(ap);
}

void host_rule_set(const char *fmt, ...)
{
	va_list ap;

	host_written = true;
	va_start(ap, fmt);
	must(PQ_HOST_RULES, fmt, write_va(PQ_HOST_RULES, fmt, ap));
	va_end(ap);
}

bool rule_listed(const char *file, const char *line)
{
	char *text = must_slurp(file), *at, *rest = text;
	bool found = false;

	while ((at = strsep(&rest, "\n")) && *at)
		found |= !strcmp(at, line);
	free(text);
	return found;
}

unsigned int rules_listed(const char *file)
{
	char *text = must_slurp(file);
	unsigned int n = lines_with(text, "/");

	free(text);
	return n;
}

void mode_set(const char *mode)
{
	must_write(PQ_PARAMETERS "/mode", "%s", mode);
	mode_changed = strcmp(mode, "enforce");
}

static void remove_all(const char *file)
{
	char *text = must_slurp(file), *at, *rest = text;
	char line[4200];

	while ((at = strsep(&rest, "\n")) && *at) {
		snprintf(line, sizeof(line), "-%.*s", (int)strcspn(at, " "), at);
		rule_write_bytes(file, line, strlen(line));
	}
	free(text);
}

void rules_end(void)
{
	if (host_written)
		remove_all(PQ_HOST_RULES);
	if (mode_changed)
		mode_set("enforce");
	host_written = false;
}
