// SPDX-License-Identifier: GPL-2.0-only
/* log: see log.h for what it promises. */
#include <string.h>
#include <sys/klog.h>

#include "log.h"
#include "say.h"

unsigned int log_lines(const char *path, const char *word)
{
	static char log[1 << 20];
	int n = klogctl(3, log, sizeof(log) - 1);
	char *line, *rest = log;
	unsigned int lines = 0;

	if (n < 0)
		die("cannot read the kernel's log");
	log[n] = '\0';
	while ((line = strsep(&rest, "\n")))
		lines += strstr(line, "portquota: ") && strstr(line, path) && strstr(line, word);
	return lines;
}
