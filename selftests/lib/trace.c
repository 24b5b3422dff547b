// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"
#include "netns.h"
#include "say.h"
#include "trace.h"

#define SWITCH TRACING "events/portquota/enable"

/* To open it so is what empties it; a write does nothing. */
void trace_clear(void)
{
	int fd = open(TRACING "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		die("cannot empty the trace");
	close(fd);
}

bool trace_on(void)
{
	if (access(SWITCH, W_OK))
		return false;
	trace_clear();
	must_write(SWITCH, "1");
	return true;
}

void trace_off(void)
{
	file_write(SWITCH, "0");
}

/* Is @word one of those in @line, and not a part of one? */
static bool has_word(const char *line, const char *word)
{
	size_t n = strlen(word);

	while ((line = strstr(line, word))) {
		if (line[-1] == ' ' && (!line[n] || line[n] == ' '))
			return true;
		line += n;
	}
	return false;
}

static bool has_words(const char *line, const char *words)
{
	char copy[512], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", words);
	while ((word = strsep(&rest, " ")))
		if (*word && !has_word(line, word))
			return false;
	return true;
}

unsigned int trace_count(const char *name, const char *fmt, ...)
{
	char words[512], event[64], *text = must_slurp(TRACING "trace"), *line, *rest = text;
	unsigned int n = 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	snprintf(event, sizeof(event), " portquota_%s: ", name);
	while ((line = strsep(&rest, "\n"))) {
		char *at = strstr(line, event);

		n += at && has_words(at + strlen(event) - 1, words);
	}
	free(text);
	return n;
}

unsigned int trace_netns(void)
{
	unsigned int inum = 0;
	char name[64];

	netns_name(name, sizeof(name));
	if (sscanf(name, "net:[%u]", &inum) != 1)
		die("'%s' is no name of a namespace", name);
	return inum;
}

unsigned long long trace_cgroup(const char *path)
{
	char full[512];
	struct stat st;

	snprintf(full, sizeof(full), CGROUP_ROOT "%s", path);
	if (stat(full, &st))
		die("no cgroup %s", full);
	return st.st_ino;
}

unsigned int hooked_functions(void)
{
	char *text = must_slurp(TRACING "enabled_functions");
	unsigned int n = 0;
	const char *c;

	for (c = text; *c; c++)
		n += *c == '\n';
	free(text);
	return n;
}
