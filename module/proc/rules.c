// SPDX-License-Identifier: GPL-2.0-only
/*
 * rules: /proc/net/portquota/rules and /proc/portquota/rules.
 *
 * One rule per write and per line, in the language of rule.h. Paths are as
 * the writer and the reader see them: below the root of their own cgroup
 * namespace. The book has them from the root of the hierarchy.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/proc_fs.h>
#include <linux/seq_file_net.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/ip.h>
#include <uapi/linux/portquota.h>

#include "account/apply.h"
#include "account/netns.h"
#include "files.h"
#include "hook/functions.h"
#include "keys.h"
#include "rule/rulebook.h"
#include "view.h"

#define REFUSED_CHARS	64	/* of the word that is wrong, for the log */

/*
 * The path of the root of the caller's cgroup namespace; "" for the whole
 * hierarchy. The caller frees it.
 */
static char *view_root(void)
{
	struct cgroup *root;
	char *path;
	int len;

	root = pq_view_root();
	if (IS_ERR(root))
		return ERR_CAST(root);
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (path) {
		len = cgroup_path(root, path, PATH_MAX);
		if (len < 0 || len >= PATH_MAX) {
			kfree(path);
			path = ERR_PTR(-ENAMETOOLONG);
		} else if (len == 1) {
			path[0] = '\0';
		}
	}
	cgroup_put(root);
	return path ?: ERR_PTR(-ENOMEM);
}

/* In a glob, the part that the writer does not see means only itself. */
static size_t put_literally(char *to, const char *path, bool glob)
{
	char *begin = to;

	for (; *path; path++) {
		if (glob && strchr("*?[]\\", *path))
			*to++ = '\\';
		*to++ = *path;
	}
	return to - begin;
}

static char *host_path(const struct pq_rule_line *line)
{
	char *root = view_root(), *path;
	const char *below = line->path;
	size_t len;

	if (IS_ERR(root))
		return root;
	path = kmalloc(2 * strlen(root) + strlen(below) + 1, GFP_KERNEL);
	if (path) {
		len = put_literally(path, root, line->glob);
		if (*root && !strcmp(below, "/"))
			below = "";
		memcpy(path + len, below, strlen(below) + 1);
	}
	kfree(root);
	return path ?: ERR_PTR(-ENOMEM);
}

/* @pn: whose rule it is; NULL: the host's. The log is not for foreign ones: see logger.h. */
static void tell_refused(const struct pq_net *pn, const char *word, const char *why)
{
	if (pn && pn->foreign)
		return;
	pr_info_ratelimited("rule refused: '%*pE' %s\n", (int)strnlen(word, REFUSED_CHARS), word,
			    why);
}

static const char *why_refused(int err)
{
	switch (err) {
	case -ENOENT:
		return "has no rule to remove";
	case -ENOSPC:
		return "is more than there is room for";
	case -EBUSY:
		return "needs a hook that something else has";
	case -EPERM:
		return "needs a hook that only the host's administrator may set";
	case -ENOMEM:
		return "finds no memory";
	default:
		return "cannot be set now";
	}
}

/* A net.ipv4.ip_local_port_range that begins below what needs no privilege is refused as well. */
static bool gives_privileged(const struct pq_rule *rule, struct net *net)
{
	unsigned int i;

	for (i = 0; i < PQ_RULE_RANGES; i++)
		if (rule->range[i].low && inet_port_requires_bind_service(net, rule->range[i].low))
			return true;
	return false;
}

static void rules_changed(void)
{
	atomic_inc(&pq_rules_generation);
	/* Before the accounts are walked. Pairs with the one in account_create(). */
	smp_mb__after_atomic();
}

static int rule_set(struct pq_rulebook *book, const char *path, bool glob,
		    const struct pq_rule *rule)
{
	int err = pq_rulebook_set(book, path, glob, rule);

	if (!err)
		rules_changed();
	return err;
}

/* All that can be said against a rule is said before the kernel is hooked for it. */
static int rule_set_hooked(struct pq_rulebook *book, const char *path, bool glob,
			   const struct pq_rule *rule, bool may_hook)
{
	int err = pq_rulebook_check_room(book, path, glob);

	if (err)
		return err;
	mutex_lock(&pq_functions_mutex);
	err = pq_functions_demand(rule, may_hook);
	if (!err)
		err = rule_set(book, path, glob, rule);
	mutex_unlock(&pq_functions_mutex);
	return err;
}

static int rule_remove(struct pq_rulebook *book, const char *path, bool glob)
{
	int err = pq_rulebook_remove(book, path, glob);

	if (!err)
		rules_changed();
	return err;
}

/* A rule that means something: under the name of its path in the whole hierarchy */
static int rules_change(struct pq_rulebook *book, const struct pq_rule_line *line, bool may_hook)
{
	char *path = host_path(line);
	int err;

	if (IS_ERR(path))
		return PTR_ERR(path);
	mutex_lock(&book->mutex);
	if (line->remove)
		err = rule_remove(book, path, line->glob);
	else if (pq_functions_needed(&line->rule))
		err = rule_set_hooked(book, path, line->glob, &line->rule, may_hook);
	else
		err = rule_set(book, path, line->glob, &line->rule);
	mutex_unlock(&book->mutex);
	kfree(path);
	return err;
}

static int rules_write(struct file *file, struct pq_rulebook *book, struct pq_net *pn, char *buf,
		       size_t size)
{
	/* Hooks are in the way of all the host's sockets, whoever owns the namespace. */
	bool may_hook = file_ns_capable(file, &init_user_ns, CAP_NET_ADMIN);
	struct pq_rule_line line;
	int err;

	err = pq_rule_parse(buf, size, &line);
	if (err) {
		tell_refused(pn, line.bad, line.why);
		return err;
	}
	if (gives_privileged(&line.rule, pn ? pn->net : &init_net)) {
		tell_refused(pn, line.path,
			     "has a range below net.ipv4.ip_unprivileged_port_start");
		return -ERANGE;
	}
	err = rules_change(book, &line, may_hook);
	if (err) {
		tell_refused(pn, line.path, why_refused(err));
		return err;
	}
	if (line.glob)
		pq_apply_glob(pn);
	else
		pq_apply_path(pn, line.path);
	return 0;
}

/**
 * pq_rules_write_net() - a write to a namespace's rules
 * @file: the file
 * @buf: what was written, and a NUL
 * @size: how much
 *
 * Return: 0; -EPERM without CAP_NET_ADMIN over the namespace, or over the host
 * if the kernel must be hooked for the rule; -ERANGE for a range of privileged
 * ports; the errors of pq_rule_parse(), pq_rulebook_set(), pq_rulebook_remove()
 * and pq_functions_demand().
 */
int pq_rules_write_net(struct file *file, char *buf, size_t size)
{
	struct net *net = seq_file_net(file->private_data);
	struct pq_net *pn = pq_net_of(net);

	if (!file_ns_capable(file, net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	return rules_write(file, &pn->rules, pn, buf, size);
}

static ssize_t host_rules_write(struct file *file, const char __user *ubuf, size_t size,
				loff_t *pos)
{
	char *buf;
	int err;

	if (!file_ns_capable(file, &init_user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (!size || size > PAGE_SIZE - 1)
		return -EINVAL;
	buf = memdup_user_nul(ubuf, size);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	err = rules_write(file, &pq_host_rules, NULL, buf, size);
	kfree(buf);
	return err ?: size;
}

/*
 * A read that is under way
 * @root: as view_root() returns it
 * @literal: room for it as the beginning of a glob
 */
struct rules_state {
	struct seq_net_private net;	/* must be first; the host's file has no use for it */
	char *root;
	char *literal;
};

const size_t pq_rules_state_size = sizeof(struct rules_state);

/* The position is the serial number of the last one printed: some may have gone. */
static void *rules_start(struct seq_file *seq, struct pq_rulebook *book, loff_t *pos)
{
	struct rules_state *state = seq->private;
	struct pq_rule_entry *entry;

	state->literal = NULL;
	state->root = view_root();
	if (!IS_ERR(state->root))
		state->literal = kmalloc(2 * strlen(state->root) + 1, GFP_KERNEL);
	mutex_lock(&book->mutex);
	if (IS_ERR(state->root))
		return state->root;
	if (!state->literal)
		return ERR_PTR(-ENOMEM);
	list_for_each_entry(entry, &book->rules, link)
		if (entry->serial > *pos)
			return entry;
	return NULL;
}

static void *rules_next(struct pq_rulebook *book, void *v, loff_t *pos)
{
	struct pq_rule_entry *entry = v;

	*pos = entry->serial;
	return list_is_last(&entry->link, &book->rules) ? NULL : list_next_entry(entry, link);
}

static void rules_stop(struct seq_file *seq, struct pq_rulebook *book)
{
	struct rules_state *state = seq->private;

	mutex_unlock(&book->mutex);
	kfree(state->literal);
	if (!IS_ERR(state->root))
		kfree(state->root);
}

static struct pq_rulebook *net_rules(struct seq_file *seq)
{
	return &pq_net_of(seq_file_net(seq))->rules;
}

static void *net_rules_start(struct seq_file *seq, loff_t *pos)
{
	return rules_start(seq, net_rules(seq), pos);
}

static void *net_rules_next(struct seq_file *seq, void *v, loff_t *pos)
{
	return rules_next(net_rules(seq), v, pos);
}

static void net_rules_stop(struct seq_file *seq, void *v)
{
	rules_stop(seq, net_rules(seq));
}

static void *host_rules_start(struct seq_file *seq, loff_t *pos)
{
	return rules_start(seq, &pq_host_rules, pos);
}

static void *host_rules_next(struct seq_file *seq, void *v, loff_t *pos)
{
	return rules_next(&pq_host_rules, v, pos);
}

static void host_rules_stop(struct seq_file *seq, void *v)
{
	rules_stop(seq, &pq_host_rules);
}

/* What is left of a rule's path below the reader's root; NULL: out of view */
static const char *below_root(const struct pq_rule_entry *entry, const struct rules_state *state)
{
	size_t len = put_literally(state->literal, state->root, entry->glob);

	if (strncmp(entry->path, state->literal, len))
		return NULL;
	if (!entry->path[len])
		return "/";
	return entry->path[len] == '/' ? entry->path + len : NULL;
}

/* Printed in place: where there is no room for it, seq_file makes some and asks again. */
static int rules_show(struct seq_file *seq, void *v)
{
	const struct pq_rule_entry *entry = v;
	const char *path = below_root(entry, seq->private);
	size_t path_room, len;
	char *text;

	if (!path)
		return SEQ_SKIP;
	path_room = 4 * strlen(path) + 1;
	if (seq_get_buf(seq, &text) < path_room + PQ_RULE_TEXT) {
		seq_commit(seq, -1);
		return 0;
	}
	len = pq_rule_format_path(text, path_room, path, entry->glob);
	pq_rule_format(text + len, PQ_RULE_TEXT, &entry->rule);
	len += strlen(text + len);
	text[len] = '\n';	/* in place of the NUL */
	seq_commit(seq, len + 1);
	return 0;
}

const struct seq_operations pq_net_rules_seq_ops = {
	.start = net_rules_start,
	.next = net_rules_next,
	.stop = net_rules_stop,
	.show = rules_show,
};

static const struct seq_operations host_rules_seq_ops = {
	.start = host_rules_start,
	.next = host_rules_next,
	.stop = host_rules_stop,
	.show = rules_show,
};

static int host_rules_open(struct inode *inode, struct file *file)
{
	/* To read them too: they name cgroups of all containers. */
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	return seq_open_private(file, &host_rules_seq_ops, sizeof(struct rules_state));
}

const struct proc_ops pq_host_rules_proc_ops = {
	.proc_open = host_rules_open,
	.proc_read = seq_read,
	.proc_write = host_rules_write,
	.proc_lseek = seq_lseek,
	.proc_release = seq_release_private,
};
