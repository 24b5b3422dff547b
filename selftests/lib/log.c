// SPDX-License-Identifier: GPL-2.0-only
/* log: see log.h for what it promises. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "file.h"
#include "log.h"
#include "say.h"

static char mark[64];

void log_begin(void)
{
	static unsigned int marks;

	snprintf(mark, sizeof(mark), "a test looks from here on: %d, %u", getpid(), ++marks);
	must_write("/dev/kmsg", "%s\n", mark);
}

/* All of the log as the console has it: /dev/kmsg would escape it. */
static char *log_text(void)
{
	static char log[1 << 20];
	int n = klogctl(3, log, sizeof(log) - 1);
	char *begin;

	if (n < 0)
		die("cannot read the kernel's log");
	log[n] = '\0';
	begin = *mark ? strstr(log, mark) : NULL;
	return begin ?: log;
}

/* The next line of the module in *@rest; NULL if there is none. */
static char *next_line(char **rest)
{
	char *line;

	while ((line = strsep(rest, "\n")))
		if (strstr(line, "portquota: "))
			return line;
	return NULL;
}

unsigned int log_lines(const char *path, const char *word)
{
	char *line, *rest = log_text();
	unsigned int lines = 0;

	while ((line = next_line(&rest)))
		lines += strstr(line, path) && strstr(line, word);
	return lines;
}

static bool has_control(const char *line)
{
	for (; *line; line++)
		if (iscntrl((unsigned char)*line))
			return true;
	return false;
}

unsigned int log_raw_lines(void)
{
	char *line, *rest = log_text();
	unsigned int lines = 0;

	while ((line = next_line(&rest)))
		lines += has_control(line);
	return lines;
}
