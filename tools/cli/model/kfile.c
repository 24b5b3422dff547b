// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only file that opens what the module offers, and the only one that knows where that is.
 *
 * Names (KFILE_...) are relative to /proc, or to $PORTQUOTA_PROC, with which the tests put a
 * folder in its place; those of the module's parameters to /sys, or to $PORTQUOTA_SYS. By the time
 * a function here returns -1 it has reported why, with the path.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cli.h"
#include "model/kfile.h"

#define STREAM_CHUNK	65536

/* In a folder that stands for /proc: the process whose namespace was entered, and a slash */
static char entered[32];

static const char *root(void)
{
	const char *dir = secure_getenv("PORTQUOTA_PROC");

	return dir && *dir ? dir : "/proc";
}

static const char *sys_root(void)
{
	const char *dir = secure_getenv("PORTQUOTA_SYS");

	return dir && *dir ? dir : "/sys";
}

static bool is_parameter(const char *name)
{
	return !strncmp(name, "module/", strlen("module/"));
}

/**
 * kfile_is_fixture - whether files come from $PORTQUOTA_PROC and not from the kernel
 */
bool kfile_is_fixture(void)
{
	return strcmp(root(), "/proc");
}

/**
 * kfile_path - the full path of a file below /proc, or of a parameter below /sys
 * @name: the file
 *
 * Return: the path, for the caller to free().
 */
char *kfile_path(const char *name)
{
	return xasprintf("%s/%s%s", is_parameter(name) ? sys_root() : root(),
			 strncmp(name, "net/", strlen("net/")) ? "" : entered, name);
}

/**
 * kfile_sys_path - the full path of a file below /sys
 * @name: the file
 *
 * Return: the path, for the caller to free().
 */
char *kfile_sys_path(const char *name)
{
	return xasprintf("%s/%s", sys_root(), name);
}

static bool module_is_loaded(void)
{
	char *dir = kfile_path(KFILE_NET_DIR);
	bool loaded = !access(dir, F_OK);

	free(dir);
	return loaded;
}

static bool is_rules(const char *name)
{
	return !strcmp(name, KFILE_RULES) || !strcmp(name, KFILE_HOST_RULES);
}

static bool is_of_host(const char *name)
{
	return !strncmp(name, KFILE_HOST_DIR "/", strlen(KFILE_HOST_DIR "/"));
}

/**
 * kfile_reason - what an errno means for a file; strerror() if nothing more is known
 * @name: the file
 * @error: the errno
 */
const char *kfile_reason(const char *name, int error)
{
	if (error == ENOENT && !module_is_loaded())
		return "the portquota module is not loaded; load it with: modprobe portquota";
	if (error == ENOENT)
		return "this portquota module does not have it: module and tool differ in version";
	if (error == ENOSPC && is_rules(name))
		return "there is no room: there can be " MODULE_NUMBER(PORTQUOTA_RULES_MAX)
		       " rules, and " MODULE_NUMBER(PORTQUOTA_GLOB_CHARS_MAX)
		       " characters in globs, " MODULE_NUMBER(PORTQUOTA_GLOB_CHARS_FOREIGN_MAX)
		       " in a user namespace";
	if (error == ENAMETOOLONG && is_rules(name))
		return "the path has more than " MODULE_NUMBER(PORTQUOTA_LEVELS_MAX)
		       " levels: cgroups so far down are counted as their ancestor on that level";
	if (error != EPERM && error != EACCES)
		return strerror(error);
	if (!strcmp(name, KFILE_RESERVATIONS))
		return "not permitted: needs CAP_NET_ADMIN over this namespace; try as root";
	if (!strcmp(name, KFILE_RULES))
		return "not permitted: needs CAP_NET_ADMIN over this namespace, and for a range or a "
		       "delay over the host, unless rules of others have them already; try as root";
	if (is_of_host(name))
		return "not permitted: needs CAP_NET_ADMIN over the host; try as root of the host "
		       "itself, not of a container";
	if (is_parameter(name))
		return "not permitted; try as root";
	return strerror(error);
}

static int fail(const struct kfile *k, int error)
{
	say_error("%s: %s", k->path, kfile_reason(k->name, error));
	return -1;
}

static int fail_stream(const struct kstream *s, int error)
{
	say_error("%s: %s", s->path, kfile_reason(s->name, error));
	return -1;
}

/**
 * kfile_open - open a file for reading
 * @k: filled in; kfile_close() is due whether this works or not
 * @name: which file
 *
 * Return: 0, or -1.
 */
int kfile_open(struct kfile *k, const char *name)
{
	k->name = name;
	k->path = kfile_path(name);
	k->stream = fopen(k->path, "re");
	return k->stream ? 0 : fail(k, errno);
}

/**
 * kfile_next - read the next line
 * @k: the file
 * @rec: emptied; its buf is the line without the newline, for the caller to parse
 *
 * Return: 1 with a line, 0 at the end, or -1.
 */
int kfile_next(struct kfile *k, struct record *rec)
{
	ssize_t len;

	record_reset(rec);
	errno = 0;
	len = getline(&rec->buf, &rec->buf_room, k->stream);
	if (len < 0) {
		if (ferror(k->stream) || errno)
			return fail(k, errno ? errno : EIO);
		return 0;
	}
	if (len && rec->buf[len - 1] == '\n')
		rec->buf[len - 1] = '\0';
	return 1;
}

/**
 * kfile_close - close a file
 * @k: the file
 */
void kfile_close(struct kfile *k)
{
	if (k->stream)
		fclose(k->stream);
	free(k->path);
	*k = (struct kfile){ 0 };
}

/**
 * kfile_read_flat - read a whole flat-keyed file
 * @name: which file
 * @rec: its fields are added to those that are there
 *
 * Return: 0, or -1.
 */
int kfile_read_flat(const char *name, struct record *rec)
{
	struct kfile k;
	int err;

	err = kfile_open(&k, name);
	if (!err) {
		errno = 0;
		/* These files never contain a NUL, so this reads to the end. */
		if (getdelim(&rec->buf, &rec->buf_room, '\0', k.stream) > 0)
			record_parse_flat(rec, rec->buf);
		else if (ferror(k.stream) || errno)
			err = fail(&k, errno ? errno : EIO);
	}
	kfile_close(&k);
	return err;
}

/**
 * kstream_open - open a file that is to be followed
 * @s: filled in; kstream_close() is due whether this works or not
 * @name: which file
 *
 * Return: 0, or -1.
 */
int kstream_open(struct kstream *s, const char *name)
{
	*s = (struct kstream){ .name = name, .path = kfile_path(name) };
	s->fd = open(s->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return s->fd >= 0 ? 0 : fail_stream(s, errno);
}

static void cut_lines(struct kstream *s, void (*line)(void *data, char *line), void *data)
{
	char *at = s->buf, *end;

	while ((end = memchr(at, '\n', s->buf + s->len - at))) {
		*end = '\0';
		line(data, at);
		at = end + 1;
	}
	s->len -= at - s->buf;
	memmove(s->buf, at, s->len);
}

/**
 * kstream_read - read what there is, as much as comes at once
 * @s: the file
 * @line: called with each line, without its newline
 * @data: for @line
 *
 * Return: 1 if something came, KSTREAM_EMPTY if there is nothing for now, 0 at the end, or -1.
 */
int kstream_read(struct kstream *s, void (*line)(void *data, char *line), void *data)
{
	ssize_t len;

	if (s->room - s->len < STREAM_CHUNK) {
		s->room = s->len + 2 * STREAM_CHUNK;
		s->buf = xrealloc(s->buf, s->room, 1);
	}
	len = read(s->fd, s->buf + s->len, s->room - s->len);
	if (len < 0 && errno == EIO)
		len = 0;	/* how procfs says that the file has been removed */
	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? KSTREAM_EMPTY : fail_stream(s, errno);
	s->len += len;
	cut_lines(s, line, data);
	return !!len;
}

/**
 * kstream_close - close it
 * @s: the file
 */
void kstream_close(struct kstream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->path);
	free(s->buf);
	*s = (struct kstream){ .fd = -1 };
}

/**
 * kfile_peek - read a file of one word that need not be there
 * @name: which file
 * @word: the word, cut off to fit
 * @size: room there
 *
 * Return: whether there is one. If not, nothing is reported.
 */
bool kfile_peek(const char *name, char *word, size_t size)
{
	char *path = kfile_path(name);
	FILE *f = fopen(path, "re");
	bool there = f && fgets(word, size, f);

	if (f)
		fclose(f);
	free(path);
	if (there)
		word[strcspn(word, " \n")] = '\0';
	return there && *word;
}

/* A parameter is replaced as a whole; a write to any other file adds a line. */
static int open_to_write(const char *path, const char *name)
{
	return open(path, O_WRONLY | O_CLOEXEC | (is_parameter(name) ? O_TRUNC : O_APPEND));
}

/**
 * kfile_put - write a line to a file, in one write
 * @name: which file
 * @text: the line and its newline
 *
 * Return: 0; -1; or the errno if the kernel refuses the line. That is not reported: the caller
 * knows whose line it is, and kfile_reason() what the errno means.
 */
int kfile_put(const char *name, const char *text)
{
	struct kfile k = { .name = name, .path = kfile_path(name) };
	int fd = open_to_write(k.path, name);
	int error = 0;

	if (fd < 0) {
		error = fail(&k, errno);
	} else {
		errno = 0;
		if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
			error = errno ? errno : EIO;
		close(fd);
	}
	kfile_close(&k);
	return error;
}

/*
 * In a folder that stands for /proc, each process has a folder net as it has there, which is that
 * of its namespace.
 */
static int enter_fixture(const char *ns_path, const char *label)
{
	size_t len = strlen(root());
	char *dir, pid[16] = "";

	if (!strncmp(ns_path, root(), len) && sscanf(ns_path + len, "/%15[0-9]/", pid) != 1)
		pid[0] = '\0';
	dir = xasprintf("%s/%s/" KFILE_NET_DIR, root(), pid);
	if (*pid && !access(dir, F_OK)) {
		snprintf(entered, sizeof(entered), "%s/", pid);
		free(dir);
		return 0;
	}
	free(dir);
	if (faccessat(AT_FDCWD, ns_path, F_OK, AT_SYMLINK_NOFOLLOW))
		return KFILE_GONE;
	say_error("%s: cannot enter namespaces with PORTQUOTA_PROC", label);
	return -1;
}

/**
 * kfile_enter - move this process into a network namespace, whose files are then read
 * @ns_path: a file that stands for the namespace
 * @label: what the user calls it
 *
 * Return: 0; KFILE_GONE, not reported, if there is no such file or process any more; or -1.
 */
int kfile_enter(const char *ns_path, const char *label)
{
	int fd, error = 0;

	if (kfile_is_fixture())
		return enter_fixture(ns_path, label);
	fd = open(ns_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		error = errno;
	if (fd >= 0)
		close(fd);
	if (!error)
		return 0;
	if (error == ENOENT || error == ESRCH)
		return KFILE_GONE;
	if (error == EINVAL)
		say_error("%s: %s is not a network namespace", label, ns_path);
	else if (error == EPERM || error == EACCES)
		say_error("%s: not permitted to enter %s; try as root", label, ns_path);
	else
		say_error("%s: %s: %s", label, ns_path, strerror(error));
	return -1;
}
