// SPDX-License-Identifier: GPL-2.0-only
/* Answers of the command: see answer.h. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "answer.h"
#include "file.h"
#include "say.h"
#include "settle.h"

#define BLANKS	" \t\n"

void range_set(const char *range, unsigned int size)
{
	sysctl_set("net.ipv4.ip_local_port_range", "%s", range);
	stat_settled(offsetof(struct counters, range_usable), size);
}

static char *run(const char *command, int *status)
{
	FILE *f = popen(command, "re");
	char *text = f ? file_slurp_fd(fileno(f)) : NULL;

	*status = f ? pclose(f) : -1;
	return text;
}

char *answer_why(void)
{
	int status;
	char *text = run("portquota why -j 2>/tmp/why.err", &status);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		free(text);
		return NULL;
	}
	if (!text || status)
		die("portquota why ends with %d: %s", status, must_slurp("/tmp/why.err"));
	return text;
}

bool answer_says(const char *text, const char *key, const char *value)
{
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	while ((text = strstr(text, quoted))) {
		text += strlen(quoted);
		text += strspn(text, BLANKS);
		if (*text == '"' && !strncmp(text + 1, value, strlen(value)) &&
		    text[1 + strlen(value)] == '"')
			return true;
	}
	return false;
}

int answer_check(const char *words, char **line)
{
	char command[128];
	int status;

	snprintf(command, sizeof(command), "portquota check %s", words);
	*line = run(command, &status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
