// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of network namespaces.
 *
 * The kernel knows a namespace by its inode, net:[4026531840]. People know it by its name under
 * /run/netns (ip netns add NAME) or by a process that lives in it. netns_load() looks at both
 * once; the process named is the one with the lowest pid, which is the oldest that still lives.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cli.h"
#include "model/kfile.h"
#include "model/netns.h"

/* A namespace that can be named or entered: name and path, or pid and comm and path. */
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
	/* While netns_each() visits: where we are. */
	bool tagging;
	char here[32];
} known;

static const char *names_dir(void)
{
	const char *dir = secure_getenv("PORTQUOTA_NETNS");

	return dir && *dir ? dir : "/run/netns";
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
	if (known.count == known.room) {
		known.room = known.room ? 2 * known.room : 64;
		known.list = need_realloc(known.list, known.room, sizeof(*known.list));
	}
	known.list[known.count] = (struct netns){ .inode = inode };
	return &known.list[known.count++];
}

static void add_name(const char *name)
{
	char *path = need_printf("%s/%s", names_dir(), name);
	struct netns *ns;
	struct stat st;

	if (stat(path, &st)) {
		free(path);
		return;
	}
	ns = add(st.st_ino);
	ns->name = need_strdup(name);
	ns->path = path;
}

static char *comm_of(int pid)
{
	char *name = need_printf("%d/comm", pid);
	char *path = kfile_path(name);
	FILE *f = fopen(path, "re");
	char *comm = NULL;
	size_t room = 0;

	if (f && getline(&comm, &room, f) > 0) {
		comm[strcspn(comm, "\n")] = '\0';
	} else {
		free(comm);
		comm = need_strdup("?");
	}
	if (f)
		fclose(f);
	free(name);
	free(path);
	return comm;
}

static bool read_netns_link(const char *pid, char **path, char *link, size_t size)
{
	char *name = need_printf("%s/ns/net", pid);
	ssize_t len;

	*path = kfile_path(name);
	free(name);
	len = readlink(*path, link, size - 1);
	link[len > 0 ? len : 0] = '\0';
	return len > 0;
}

static void add_pid(const char *pid)
{
	struct netns *ns;
	uint64_t inode;
	char link[32];
	char *path;

	if (!read_netns_link(pid, &path, link, sizeof(link)) || !inode_of(link, &inode)) {
		free(path);
		return;
	}
	ns = add(inode);
	ns->pid = atoi(pid);
	ns->path = path;
}

static void scan(const char *dir, void (*visit)(const char *name), bool numbers)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.' || (numbers && !isdigit(entry->d_name[0])))
			continue;
		visit(entry->d_name);
	}
	closedir(d);
}

/**
 * netns_load - learn the names of all namespaces
 * @processes: those that only a process can be named for, too; takes a look at every process
 *
 * What cannot be looked at just has no name. netns_unload() is due afterwards.
 */
void netns_load(bool processes)
{
	char *proc = kfile_path("");

	scan(names_dir(), add_name, false);
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
}

/**
 * netns_is_known - whether a namespace has a name, or a process in it
 * @netns: net:[inode]
 */
bool netns_is_known(const char *netns)
{
	uint64_t inode;

	return inode_of(netns, &inode) && find(inode);
}

/**
 * netns_describe - add which namespace a record is about
 * @rec: the record: netns, and netns.name, or netns.pid and netns.comm, as far as known
 * @netns: net:[inode]; must live as long as the record's fields
 */
void netns_describe(struct record *rec, const char *netns)
{
	struct netns *ns = NULL;
	uint64_t inode;

	record_add_text(rec, "netns", netns);
	if (inode_of(netns, &inode))
		ns = find(inode);
	if (ns && ns->name)
		record_add_text(rec, "netns.name", ns->name);
	if (ns && !ns->name) {
		/* Not asked of each process while scanning: there are too many. */
		if (!ns->comm)
			ns->comm = comm_of(ns->pid);
		record_add_number(rec, "netns.pid", ns->pid);
		record_add_text(rec, "netns.comm", ns->comm);
	}
}

/**
 * netns_tag - add the namespace being visited to a record, where several are
 * @rec: the record
 */
void netns_tag(struct record *rec)
{
	if (known.tagging)
		netns_describe(rec, known.here);
}

/**
 * netns_each_line - visit the lines of a file of the namespace being visited
 * @name: one of KFILE_
 * @parse: makes a record of a line; returns false if it cannot, and the line is passed over
 * @visit: called with each; returns whether to go on
 * @data: for @visit
 *
 * Return: 0, or -1.
 */
int netns_each_line(const char *name, bool (*parse)(struct record *rec),
		    bool (*visit)(struct record *rec, void *data), void *data)
{
	struct record rec = { 0 };
	struct kfile k;
	int more = -1;

	if (!kfile_open(&k, name)) {
		while ((more = kfile_next(&k, &rec)) > 0) {
			netns_tag(&rec);
			if (parse(&rec) && !visit(&rec, data))
				break;
		}
	}
	kfile_close(&k);
	record_free(&rec);
	return more < 0 ? -1 : 0;
}

/**
 * netns_called - what the namespace being visited is called, where several are
 *
 * Return: its name or net:[inode], for the caller to free(); NULL where there is only one.
 */
char *netns_called(void)
{
	struct record rec = { 0 };
	char *name = NULL;

	netns_tag(&rec);
	if (record_find(&rec, "netns.name"))
		name = need_strdup(record_text(&rec, "netns.name"));
	else if (record_find(&rec, "netns"))
		name = need_strdup(record_text(&rec, "netns"));
	record_free(&rec);
	return name;
}

/* A name is a name even if it is all digits; only what has no file is taken for a pid. */
static char *path_asked(const char *spec)
{
	char *path;

	if (strchr(spec, '/'))
		return need_strdup(spec);
	path = need_printf("%s/%s", names_dir(), spec);
	if (!access(path, F_OK))
		return path;
	free(path);
	if (!*spec || spec[strspn(spec, "0123456789")]) {
		say_error("-n %s: no network namespace of that name in %s", spec, names_dir());
		return NULL;
	}
	path = need_printf("/proc/%s", spec);
	if (access(path, F_OK)) {
		say_error("-n %s: neither a process nor a network namespace in %s is called that",
			  spec, names_dir());
		free(path);
		return NULL;
	}
	free(path);
	return need_printf("/proc/%s/ns/net", spec);
}

/**
 * netns_enter - go to the namespace asked for with -n, if one was
 *
 * Return: 0, or -1.
 */
int netns_enter(void)
{
	char *label, *path;
	int err;

	if (!cli.netns)
		return 0;
	path = path_asked(cli.netns);
	if (!path)
		return -1;
	label = need_printf("-n %s", cli.netns);
	err = kfile_enter(path, label);
	free(label);
	free(path);
	return err;
}

static int visit_one(const char *netns, int (*visit)(void *data), void *data)
{
	struct netns *ns = NULL;
	uint64_t inode;

	if (inode_of(netns, &inode))
		ns = find(inode);
	snprintf(known.here, sizeof(known.here), "%s", netns);
	if (!ns) {
		say_error("%s: left out: it has no name and no process to enter it by", netns);
		return -1;
	}
	return kfile_enter(ns->path, netns) ?: visit(data);
}

static int visit_all(int (*visit)(void *data), void *data)
{
	struct record rec = { 0 };
	struct kfile k;
	char *rest, *netns;
	int more = -1, err = 0;

	if (!kfile_open(&k, KFILE_NAMESPACES)) {
		while ((more = kfile_next(&k, &rec)) > 0) {
			rest = rec.buf;
			netns = record_cut_word(&rest);
			if (netns && visit_one(netns, visit, data))
				err = -1;
		}
	}
	kfile_close(&k);
	record_free(&rec);
	return more ?: err;
}

/**
 * netns_each - visit the namespace asked for, or with -A every one
 * @visit: called inside each; returns 0 or -1
 * @data: for @visit
 *
 * One that fails does not keep the others from being visited.
 *
 * Return: 0, or -1 if any failed.
 */
int netns_each(int (*visit)(void *data), void *data)
{
	int err;

	if (!cli.all)
		return netns_enter() ?: visit(data);
	if (kfile_is_fixture()) {
		say_error("-A: cannot enter namespaces with PORTQUOTA_PROC");
		return -1;
	}
	netns_load(true);
	known.tagging = true;
	err = visit_all(visit, data);
	known.tagging = false;
	netns_unload();
	return err;
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
	bool told;
	char *path;

	told = read_netns_link("self", &path, netns, size);
	free(path);
	return told;
}
