// SPDX-License-Identifier: GPL-2.0-only
/* Files of rules: see rules_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cli.h"
#include "model/rules_file.h"

/* No part of a rule begins with #, so a comment begins there. */
static size_t without_comment(const char *line, size_t len)
{
	bool blank = true;

	for (size_t i = 0; i < len; i++) {
		if (blank && line[i] == '#')
			return i;
		blank = line[i] == ' ' || line[i] == '\t';
	}
	return len;
}

static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", line[i]) || !line[i])
			return false;
	return true;
}

static int load_line(struct rules *want, const char *line, size_t len, const char *label,
		     size_t number)
{
	struct rule *twice, rule;
	char *where;
	int err;

	len = without_comment(line, len);
	if (is_blank(line, len))
		return 0;
	where = xasprintf("%s:%zu", label, number);
	err = rule_parse(&rule, line, len, where);
	twice = err ? NULL : rules_find(want, rule.path);
	if (twice) {
		say_error("%s: '%s' is there twice: line %zu has it too", where, rule.path,
			  twice->line);
		rule_clear(&rule);
		err = -1;
	} else if (!err) {
		rule.line = number;
		rules_put(want, &rule);
	}
	free(where);
	return err;
}

static int load_lines(struct rules *want, FILE *f, const char *label)
{
	size_t room = 0, number = 0, bad = 0;
	char *line = NULL;
	ssize_t len;

	errno = 0;
	while ((len = getline(&line, &room, f)) >= 0)
		if (load_line(want, line, len, label, ++number))
			bad++;
	free(line);
	if (ferror(f)) {
		say_error("%s: %s", label, strerror(errno ? errno : EIO));
		return -1;
	}
	if (bad)
		say_error("%s: %zu bad line%s; no rule has changed", label, bad,
			  bad == 1 ? "" : "s");
	return bad ? -1 : 0;
}

/**
 * rules_load - read a file of rules, with comments and empty lines
 * @want: the rules and removals in it are added; rules_free() is due whether this works or not
 * @path: the file, or - for standard input
 *
 * Every bad line is reported.
 *
 * Return: 0, or -1.
 */
int rules_load(struct rules *want, const char *path)
{
	FILE *f;
	int err;

	if (!strcmp(path, "-"))
		return load_lines(want, stdin, "standard input");
	f = fopen(path, "re");
	if (!f) {
		say_error("%s: %s", path, strerror(errno));
		return -1;
	}
	err = load_lines(want, f, path);
	fclose(f);
	return err;
}

static void put_rules(const struct rules *have, FILE *f)
{
	fputs("# portquota rules; restore them with: portquota rule load --replace FILE\n", f);
	for (size_t i = 0; i < have->count; i++)
		if (have->list[i]->text)
			fprintf(f, "%s\n", have->list[i]->text);
}

/* The new file gets the mode of the old one; a link stays, and what it points to is replaced. */
static int open_beside(const char *path, char **target, char **temp)
{
	struct stat st;
	mode_t mask;
	int fd;

	*target = realpath(path, NULL) ?: xstrdup(path);
	*temp = xasprintf("%s.XXXXXX", *target);
	fd = mkostemp(*temp, O_CLOEXEC);
	if (fd < 0)
		return -1;
	mask = umask(0);
	umask(mask);
	if (fchmod(fd, stat(*target, &st) ? 0644 & ~mask : st.st_mode & 07777)) {
		close(fd);
		unlink(*temp);
		return -1;
	}
	return fd;
}

/* The file is renamed when it is complete, so that it is never seen half written. */
static int save_file(const struct rules *have, const char *path)
{
	char *target, *temp;
	FILE *f = NULL;
	int fd, err = -1;

	fd = open_beside(path, &target, &temp);
	if (fd >= 0)
		f = fdopen(fd, "w");
	if (f) {
		put_rules(have, f);
		err = fflush(f) || fsync(fd) ? -1 : 0;
		if (fclose(f) || err || rename(temp, target))
			err = -1;
	}
	if (err) {
		say_error("%s: %s", path, strerror(errno));
		if (fd >= 0)
			unlink(temp);
	}
	free(target);
	free(temp);
	return err;
}

/* A pipe or a device is written directly, as it cannot be replaced. */
static int save_stream(const struct rules *have, const char *path)
{
	FILE *f = fopen(path, "we");
	int err = f ? 0 : -1;

	if (f)
		put_rules(have, f);
	if (f && fclose(f))
		err = -1;
	if (err)
		say_error("%s: %s", path, strerror(errno));
	return err;
}

/**
 * rules_save - write rules so that rules_load() takes them back
 * @have: the rules
 * @path: the file, or - for standard output
 *
 * Return: 0, or -1.
 */
int rules_save(const struct rules *have, const char *path)
{
	struct stat st;

	if (!strcmp(path, "-"))
		put_rules(have, stdout);
	else if (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return save_stream(have, path);
	else
		return save_file(have, path);
	return 0;
}
