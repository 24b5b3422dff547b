// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of network namespaces.
 *
 * The kernel knows a namespace by its inode, net:[4026531840]. People know it by its name under
 * /run/netns (ip netns add NAME, and what starts containers) or /run/docker/netns, or by a process
 * that lives in it. netns_load() looks at all of these once; the process named is the one with the
 * lowest pid, which is the oldest that still lives. The host's own namespace is called "host", as
 * it has no name else that is the same at each look. Where two would be called the same, which two
 * folders allow, one alone is: the host's, or that of the first folder, to which -n leads.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cli.h"
#include "model/kfile.h"
#include "model/netns_names.h"
#include "model/process.h"

/* A namespace that can be named or entered: name, or pid and comm, or neither; and path. */
struct netns {
	uint64_t inode;
	char *name;
	int pid;
	char *comm;
	char *path;
};

static struct {
	struct netns *list;
	size_t count;
	size_t room;
	size_t folder;	/* the entries before this are of other folders */
	uint64_t host;
} known;

/**
 * netns_names_dirs - the folders where namespaces have names, with colons between them
 */
const char *netns_names_dirs(void)
{
	const char *dirs = secure_getenv("PORTQUOTA_NETNS");

	return dirs && *dirs ? dirs : "/run/netns:/run/docker/netns";
}

/* Calls @visit with each of these folders until it returns something, which is returned. */
static char *each_dir(char *(*visit)(const char *dir, const char *name), const char *name)
{
	char *dirs = xstrdup(netns_names_dirs()), *rest = dirs, *dir, *found = NULL;

	while (!found && (dir = strsep(&rest, ":")))
		if (*dir)
			found = visit(dir, name);
	free(dirs);
	return found;
}

static char *path_in(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);

	if (!access(path, F_OK))
		return path;
	free(path);
	return NULL;
}

/**
 * netns_name_path - the file of a namespace that has a name
 * @name: its name
 *
 * Return: its path, for the caller to free(); NULL if nothing is called that.
 */
char *netns_name_path(const char *name)
{
	return *name ? each_dir(path_in, name) : NULL;
}

static bool inode_of(const char *netns, uint64_t *inode)
{
	char *end;

	if (strncmp(netns, "net:[", 5) || !isdigit(netns[5]))
		return false;
	*inode = strtoull(netns + 5, &end, 10);
	return *end == ']';
}

/* Named ones first, then by pid. */
static int compare(const void *a, const void *b)
{
	const struct netns *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (!x->name != !y->name)
		return x->name ? -1 : 1;
	return x->name ? strcmp(x->name, y->name) : x->pid - y->pid;
}

static struct netns *find(uint64_t inode)
{
	size_t low = 0, high = known.count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (known.list[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low < known.count && known.list[low].inode == inode ? &known.list[low] : NULL;
}

static struct netns *add(uint64_t inode)
{
	known.list = xgrow(known.list, known.count, &known.room, sizeof(*known.list));
	known.list[known.count] = (struct netns){ .inode = inode };
	return &known.list[known.count++];
}

static bool is_another_s(const char *name, uint64_t inode)
{
	if (!strcmp(name, NETNS_HOST) && known.host && inode != known.host)
		return true;
	for (size_t i = 0; i < known.folder; i++)
		if (known.list[i].inode != inode && known.list[i].name &&
		    !strcmp(known.list[i].name, name))
			return true;
	return false;
}

static void add_name(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct netns *ns;
	struct stat st;

	if (stat(path, &st)) {
		free(path);
		return;
	}
	ns = add(st.st_ino);
	ns->name = is_another_s(name, st.st_ino) ? NULL : xstrdup(name);
	ns->path = path;
}

static bool read_netns_link(const char *pid, char **path, char *link, size_t size)
{
	char *name = xasprintf("%s/ns/net", pid);
	ssize_t len;

	*path = kfile_path(name);
	free(name);
	len = readlink(*path, link, size - 1);
	link[len > 0 ? len : 0] = '\0';
	return len > 0;
}

static void add_pid(const char *dir, const char *pid)
{
	struct netns *ns;
	uint64_t inode;
	char link[32];
	char *path;

	(void)dir;
	if (!read_netns_link(pid, &path, link, sizeof(link)) || !inode_of(link, &inode)) {
		free(path);
		return;
	}
	ns = add(inode);
	ns->pid = atoi(pid);
	ns->path = path;
}

static void scan(const char *dir, void (*visit)(const char *dir, const char *name), bool numbers)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.' || (numbers && !isdigit(entry->d_name[0])))
			continue;
		visit(dir, entry->d_name);
	}
	closedir(d);
}

static char *scan_names(const char *dir, const char *name)
{
	(void)name;
	known.folder = known.count;
	scan(dir, add_name, false);
	return NULL;
}

/* The module lists namespaces in the order in which they were made, and the host's never goes. */
static uint64_t find_host(void)
{
	uint64_t inode = 0;
	char netns[32];

	if (kfile_peek(KFILE_NAMESPACES, netns, sizeof(netns)) && !inode_of(netns, &inode))
		inode = 0;
	return inode;
}

/**
 * netns_load - learn the names of all namespaces
 * @processes: those that only a process can be named for, too; takes a look at every process
 *
 * A namespace that cannot be looked at has no name. netns_unload() is due afterwards.
 */
void netns_load(bool processes)
{
	char *proc = kfile_path("");

	known.host = find_host();
	each_dir(scan_names, NULL);
	if (processes)
		scan(proc, add_pid, true);
	free(proc);
	if (known.count)
		qsort(known.list, known.count, sizeof(*known.list), compare);
}

/**
 * netns_unload - forget them again
 */
void netns_unload(void)
{
	for (size_t i = 0; i < known.count; i++) {
		free(known.list[i].name);
		free(known.list[i].comm);
		free(known.list[i].path);
	}
	free(known.list);
	known.list = NULL;
	known.count = 0;
	known.room = 0;
	known.host = 0;
}

/**
 * netns_host_path - a file by which the host's own namespace can be entered
 *
 * Return: its path, for the caller to free(); NULL if there is none to be seen.
 */
char *netns_host_path(void)
{
	char *path = NULL;
	struct netns *ns;

	netns_load(true);
	ns = known.host ? find(known.host) : NULL;
	if (ns)
		path = xstrdup(ns->path);
	netns_unload();
	return path;
}

/**
 * netns_is_known - whether a namespace has a name, or a process in it
 * @netns: net:[inode]
 */
bool netns_is_known(const char *netns)
{
	uint64_t inode;

	return inode_of(netns, &inode) && (inode == known.host || find(inode));
}

/**
 * netns_file_nth - one of the files by which a namespace can be entered
 * @netns: net:[inode]
 * @number: which, from 0 on; a process may have ended since, and another still be there
 *
 * Return: its path, which lives until netns_unload(); NULL if there are no more.
 */
const char *netns_file_nth(const char *netns, size_t number)
{
	struct netns *ns = NULL;
	uint64_t inode;

	if (inode_of(netns, &inode))
		ns = find(inode);
	if (!ns)
		return NULL;
	ns += number;
	return ns < known.list + known.count && ns->inode == inode ? ns->path : NULL;
}

/**
 * netns_file - the file by which a namespace can be entered
 * @netns: net:[inode]
 *
 * Return: its path, which lives until netns_unload(); NULL if it has no name and no process.
 */
const char *netns_file(const char *netns)
{
	return netns_file_nth(netns, 0);
}

/* What says most of it: an entry with a name, or else with a process. */
static struct netns *find_called(uint64_t inode)
{
	struct netns *ns = find(inode);

	while (ns && !ns->name && !ns->pid)
		ns = ns + 1 < known.list + known.count && ns[1].inode == inode ? ns + 1 : NULL;
	return ns;
}

/**
 * netns_describe - add which namespace a record is about
 * @rec: the record: netns, and netns.name, or netns.pid and netns.comm, as far as known
 * @netns: net:[inode]; must live as long as the record's fields
 */
void netns_describe(struct record *rec, const char *netns)
{
	struct netns *ns = NULL;
	uint64_t inode = 0;

	record_add_text(rec, "netns", netns);
	if (inode_of(netns, &inode))
		ns = find_called(inode);
	if (inode && inode == known.host) {
		record_add_text(rec, "netns.name", NETNS_HOST);
		return;
	}
	if (ns && ns->name)
		record_add_text(rec, "netns.name", ns->name);
	if (ns && !ns->name) {
		/* Read only here: scanning reads one link per process, which is slow enough. */
		if (!ns->comm)
			ns->comm = process_comm(ns->pid) ?: xstrdup("?");
		record_add_number(rec, "netns.pid", ns->pid);
		record_add_text(rec, "netns.comm", ns->comm);
	}
}

/**
 * netns_of - the namespace that a process is in
 * @pid: the process
 * @netns: net:[inode]
 * @size: room there
 *
 * Return: whether it can be told.
 */
bool netns_of(const char *pid, char *netns, size_t size)
{
	bool told;
	char *path;

	told = read_netns_link(pid, &path, netns, size);
	free(path);
	return told;
}

/**
 * netns_here - the namespace this process is in
 * @netns: net:[inode]
 * @size: room there
 *
 * Return: whether it can be told.
 */
bool netns_here(char *netns, size_t size)
{
	return netns_of("self", netns, size);
}
