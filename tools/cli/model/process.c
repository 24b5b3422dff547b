// SPDX-License-Identifier: GPL-2.0-only
/* Processes: see process.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cli.h"
#include "model/kfile.h"
#include "model/process.h"

static char *path_of(int pid, const char *file)
{
	char *name = xasprintf("%d%s%s", pid, *file ? "/" : "", file), *path = kfile_path(name);

	free(name);
	return path;
}

/**
 * process_comm - the command of a process, as the kernel has it
 * @pid: the process
 *
 * Return: the command, for the caller to free(); NULL if there is none.
 */
char *process_comm(int pid)
{
	char *path = path_of(pid, "comm"), *comm = NULL;
	FILE *f = fopen(path, "re");
	size_t room = 0;

	if (f && getline(&comm, &room, f) > 0) {
		comm[strcspn(comm, "\n")] = '\0';
	} else {
		free(comm);
		comm = NULL;
	}
	if (f)
		fclose(f);
	free(path);
	return comm;
}

/**
 * process_command_line - what a process was called with
 * @pid: the process
 *
 * Return: its words with blanks between them, for the caller to free(); NULL if there are none.
 */
char *process_command_line(int pid)
{
	char *path = path_of(pid, "cmdline"), words[256];
	FILE *f = fopen(path, "re");
	size_t len = f ? fread(words, 1, sizeof(words) - 1, f) : 0;

	if (f)
		fclose(f);
	free(path);
	while (len && !words[len - 1])
		len--;
	for (size_t i = 0; i < len; i++)
		if (!words[i])
			words[i] = ' ';
	words[len] = '\0';
	return len ? xstrdup(words) : NULL;
}

/**
 * process_is_gone - whether a process has ended
 * @pid: the process
 *
 * False if that cannot be told, as no process at all is to be seen.
 */
bool process_is_gone(int pid)
{
	char *path = path_of(pid, ""), *self = kfile_path("self/stat");
	bool gone = access(path, F_OK) && !access(self, F_OK);

	free(self);
	free(path);
	return gone;
}

/**
 * process_is_known - whether a name is one of a program, and not the module's word for none
 * @comm: the name
 */
bool process_is_known(const char *comm)
{
	return strcmp(comm, "-") && *comm;
}
