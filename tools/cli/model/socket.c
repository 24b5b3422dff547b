// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets: see socket.h. The tables /proc/net/tcp and so on have the inode of each socket, and a
 * process has its sockets as links to inodes in /proc/PID/fd.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cli.h"
#include "model/kfile.h"
#include "model/process.h"
#include "model/socket.h"

#define LISTEN		0x0A
#define ADDRESS_TEXT	(INET6_ADDRSTRLEN + 16)

/* A socket of the kernel's tables, called "proto local remote". */
struct socket_row {
	char *name;
	uint64_t inode;
};

/* A socket that a process has open; @comm is read when it is asked for. */
struct open_socket {
	uint64_t inode;
	int pid;
	char *comm;
};

static struct {
	bool loaded;
	void *entries;
	struct open_socket *open;
	size_t count;
	size_t room;
} known;

/* A line of such a table: the addresses as the module writes them, IPv4-mapped as IPv4. */
struct line {
	char local[ADDRESS_TEXT];
	char remote[ADDRESS_TEXT];
	unsigned int port;
	unsigned int state;
	uint64_t inode;
};

static void put_port(char *text, size_t size, unsigned int port)
{
	size_t len = strlen(text);

	if (port)
		snprintf(text + len, size - len, ":%u", port);
	else
		snprintf(text + len, size - len, ":*");
}

static bool is_mapped(const uint32_t *words)
{
	return !words[0] && !words[1] && words[2] == htonl(0xffff);
}

/* HEX:PORT, where each 8 digits are a word in the order of this machine. */
static bool parse_address(const char *hex, char *text, size_t size, unsigned int *port)
{
	size_t digits = strspn(hex, "0123456789ABCDEFabcdef");
	char ip[INET6_ADDRSTRLEN];
	uint32_t words[4] = { 0 };
	bool v4 = digits == 8;

	if ((!v4 && digits != 32) || sscanf(hex + digits, ":%x", port) != 1)
		return false;
	for (size_t i = 0; i < digits / 8; i++)
		if (sscanf(hex + 8 * i, "%8x", &words[i]) != 1)
			return false;
	if (!v4 && is_mapped(words)) {
		words[0] = words[3];
		v4 = true;
	}
	if (!inet_ntop(v4 ? AF_INET : AF_INET6, words, ip, sizeof(ip)))
		return false;
	snprintf(text, size, v4 ? "%s" : "[%s]", ip);
	put_port(text, size, *port);
	return true;
}

static bool parse_line(const char *text, struct line *line)
{
	char local[64], remote[64];
	unsigned int far_port;
	uintmax_t inode;

	if (sscanf(text, " %*[^:]: %63s %63s %x %*s %*s %*s %*s %*s %ju", local, remote,
		   &line->state, &inode) != 4)
		return false;
	line->inode = inode;
	return parse_address(local, line->local, sizeof(line->local), &line->port) &&
	       parse_address(remote, line->remote, sizeof(line->remote), &far_port);
}

static void each_line(const char *table, void (*visit)(const struct line *line, const char *proto,
						       void *data), void *data)
{
	char *name = xasprintf("net/%s", table), *path = kfile_path(name), *text = NULL;
	FILE *f = fopen(path, "re");
	struct line line;
	size_t room = 0;
	char proto[4];

	snprintf(proto, sizeof(proto), "%.3s", table);
	while (f && getline(&text, &room, f) > 0)
		if (parse_line(text, &line))
			visit(&line, proto, data);
	if (f)
		fclose(f);
	free(text);
	free(path);
	free(name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct socket_row *)a)->name, ((const struct socket_row *)b)->name);
}

static void free_entry(void *node)
{
	free(((struct socket_row *)node)->name);
	free(node);
}

static void keep(const struct line *line, const char *proto, void *data)
{
	struct socket_row *entry, **found;

	(void)data;
	if (!line->inode)
		return;
	entry = xrealloc(NULL, 1, sizeof(*entry));
	entry->name = xasprintf("%s %s %s", proto, line->local, line->remote);
	entry->inode = line->inode;
	found = tsearch(entry, &known.entries, by_name);
	if (!found) {
		say_error("out of memory");
		exit(CLI_FAILED);
	}
	if (*found != entry)
		free_entry(entry);
}

static void keep_link(int pid, const char *dir, const char *fd)
{
	char *path = xasprintf("%s/%s", dir, fd), link[64];
	ssize_t len = readlink(path, link, sizeof(link) - 1);
	uintmax_t inode;

	free(path);
	link[len > 0 ? len : 0] = '\0';
	if (sscanf(link, "socket:[%ju]", &inode) != 1)
		return;
	known.open = xgrow(known.open, known.count, &known.room, sizeof(*known.open));
	known.open[known.count++] = (struct open_socket){ .inode = inode, .pid = pid };
}

/* Calls @visit with the names in a folder that begin with a digit. */
static void each_number(const char *dir, void (*visit)(const char *name, void *data), void *data)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (isdigit((unsigned char)entry->d_name[0]))
			visit(entry->d_name, data);
	if (d)
		closedir(d);
}

struct process {
	int pid;
	const char *dir;
};

static void visit_fd(const char *fd, void *data)
{
	const struct process *process = data;

	keep_link(process->pid, process->dir, fd);
}

static void visit_process(const char *pid, void *data)
{
	char *name = xasprintf("%s/fd", pid), *dir = kfile_path(name);
	struct process process = { atoi(pid), dir };

	(void)data;
	each_number(dir, visit_fd, &process);
	free(dir);
	free(name);
}

/* Of several processes that have a socket open the oldest comes first. */
static int by_inode(const void *a, const void *b)
{
	const struct open_socket *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->pid - y->pid;
}

static void load(void)
{
	static const char *const tables[] = { "tcp", "tcp6", "udp", "udp6" };
	char *proc;

	if (known.loaded)
		return;
	known.loaded = true;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		each_line(tables[i], keep, NULL);
	proc = kfile_path("");
	each_number(proc, visit_process, NULL);
	free(proc);
	if (known.count)
		qsort(known.open, known.count, sizeof(*known.open), by_inode);
}

static struct open_socket *find_open(uint64_t inode)
{
	size_t low = 0, high = known.count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (known.open[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low < known.count && known.open[low].inode == inode ? &known.open[low] : NULL;
}

static const char *comm_of(struct open_socket *open)
{
	if (!open->comm)
		open->comm = process_comm(open->pid) ?: xstrdup("");
	return open->comm;
}

/**
 * socket_owner - the process that has a socket open
 * @proto: tcp or udp
 * @local: its local address and port, as the module writes it
 * @remote: the other one
 * @pid: written if one is found
 * @comm: written if one is found; lives until socket_forget()
 *
 * The tables and all processes are looked at once, so that this is for when it is needed.
 *
 * Return: whether one is found.
 */
bool socket_owner(const char *proto, const char *local, const char *remote, int *pid,
		  const char **comm)
{
	struct socket_row key, **found;
	struct open_socket *open;

	load();
	key.name = xasprintf("%s %s %s", proto, local, remote);
	found = tfind(&key, &known.entries, by_name);
	free(key.name);
	open = found ? find_open((*found)->inode) : NULL;
	if (!open)
		return false;
	*pid = open->pid;
	*comm = comm_of(open);
	return **comm;
}

/**
 * socket_forget - forget what was looked at, so that it is looked at anew; of another namespace
 */
void socket_forget(void)
{
	tdestroy(known.entries, free_entry);
	for (size_t i = 0; i < known.count; i++)
		free(known.open[i].comm);
	free(known.open);
	memset(&known, 0, sizeof(known));
}

/* What listeners_read() is asked for. */
struct wanted {
	struct listeners *listeners;
	unsigned int low;
	unsigned int high;
};

static void take_listener(const struct line *line, const char *proto, void *data)
{
	struct wanted *wanted = data;
	struct listeners *to = wanted->listeners;
	struct open_socket *open;

	(void)proto;
	if (line->state != LISTEN || line->port < wanted->low || line->port > wanted->high)
		return;
	for (size_t i = 0; i < to->count; i++)
		if (to->list[i].port == line->port)
			return;
	open = find_open(line->inode);
	to->list = xgrow(to->list, to->count, &to->room, sizeof(*to->list));
	to->list[to->count++] = (struct listener){
		.port = line->port,
		.pid = open ? open->pid : 0,
		.comm = open && *comm_of(open) ? xstrdup(open->comm) : NULL,
	};
}

static int by_port(const void *a, const void *b)
{
	return ((const struct listener *)a)->port - ((const struct listener *)b)->port;
}

/**
 * listeners_read - find the TCP ports of a range that somebody listens on
 * @listeners: filled in; listeners_free() is due
 * @low: the first port
 * @high: the last port
 */
void listeners_read(struct listeners *listeners, unsigned int low, unsigned int high)
{
	struct wanted wanted = { listeners, low, high };

	*listeners = (struct listeners){ 0 };
	load();
	each_line("tcp", take_listener, &wanted);
	each_line("tcp6", take_listener, &wanted);
	if (listeners->count)
		qsort(listeners->list, listeners->count, sizeof(*listeners->list), by_port);
}

/**
 * listeners_free - give everything back
 * @listeners: the listeners
 */
void listeners_free(struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->count; i++)
		free(listeners->list[i].comm);
	free(listeners->list);
	*listeners = (struct listeners){ 0 };
}
