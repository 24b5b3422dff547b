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

/* All that can be said against a rule is said before the kernel is hooked for it. */
static int rule_set(struct pq_rulebook *book, const char *path, bool glob,
		    const struct pq_rule *rule, bool may_hook)
{
	int err;

	lockdep_assert_held(&pq_rules_mutex);
	err = pq_rulebook_check_room(book, path, glob);
	if (!err)
		err = pq_functions_demand(rule, may_hook);
	if (!err)
		err = pq_rulebook_set(book, path, glob, rule);
	return err;
}

/* A rule that means something: under the name of its path in the whole hierarchy */
static int rules_change(struct pq_rulebook *book, const struct pq_rule_line *line, bool may_hook)
{
	char *path = host_path(line);
	int err;

	if (IS_ERR(path))
		return PTR_ERR(path);
	mutex_lock(&pq_rules_mutex);
	if (line->remove)
		err = pq_rulebook_remove(book, path, line->glob);
	else
		err = rule_set(book, path, line->glob, &line->rule, may_hook);
	if (!err) {
		atomic_inc(&pq_rules_generation);
		/* Before the accounts are walked. Pairs with the one in account_create(). */
		smp_mb__after_atomic();
	}
	mutex_unlock(&pq_rules_mutex);
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

static void *rules_start(struct pq_rulebook *book, loff_t *pos)
{
	mutex_lock(&pq_rules_mutex);
	return seq_list_start(&book->rules, *pos);
}

static void *net_rules_start(struct seq_file *seq, loff_t *pos)
{
	return rules_start(&pq_net_of(seq_file_net(seq))->rules, pos);
}

static void *net_rules_next(struct seq_file *seq, void *v, loff_t *pos)
{
	return seq_list_next(v, &pq_net_of(seq_file_net(seq))->rules.rules, pos);
}

static void *host_rules_start(struct seq_file *seq, loff_t *pos)
{
	return rules_start(&pq_host_rules, pos);
}

static void *host_rules_next(struct seq_file *seq, void *v, loff_t *pos)
{
	return seq_list_next(v, &pq_host_rules.rules, pos);
}

static void rules_stop(struct seq_file *seq, void *v)
{
	mutex_unlock(&pq_rules_mutex);
}

/* What is left of a rule's path below the reader's root; NULL: out of view */
static const char *below_root(const struct pq_rule_entry *entry, const char *root, char *literal)
{
	size_t len = put_literally(literal, root, entry->glob);

	if (strncmp(entry->path, literal, len))
		return NULL;
	if (!entry->path[len])
		return "/";
	return entry->path[len] == '/' ? entry->path + len : NULL;
}

static int rules_show(struct seq_file *seq, void *v)
{
	const struct pq_rule_entry *entry = list_entry(v, struct pq_rule_entry, link);
	char *root = view_root(), *literal, *text;
	const char *path;
	int len, err = SEQ_SKIP;

	if (IS_ERR(root))
		return PTR_ERR(root);
	literal = kmalloc(2 * PATH_MAX, GFP_KERNEL);
	if (!literal) {
		err = -ENOMEM;
		goto free;
	}
	path = below_root(entry, root, literal);
	if (!path)
		goto free;
	text = kmalloc(4 * strlen(path) + PQ_RULE_TEXT, GFP_KERNEL);
	if (!text) {
		err = -ENOMEM;
		goto free;
	}
	len = pq_rule_format_path(text, 4 * strlen(path) + 1, path, entry->glob);
	pq_rule_format(text + len, PQ_RULE_TEXT, &entry->rule);
	seq_puts(seq, text);
	seq_putc(seq, '\n');
	kfree(text);
	err = 0;
free:
	kfree(literal);
	kfree(root);
	return err;
}

const struct seq_operations pq_net_rules_seq_ops = {
	.start = net_rules_start,
	.next = net_rules_next,
	.stop = rules_stop,
	.show = rules_show,
};

static const struct seq_operations host_rules_seq_ops = {
	.start = host_rules_start,
	.next = host_rules_next,
	.stop = rules_stop,
	.show = rules_show,
};

static int host_rules_open(struct inode *inode, struct file *file)
{
	/* To read them too: they name cgroups of all containers. */
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	return seq_open(file, &host_rules_seq_ops);
}

const struct proc_ops pq_host_rules_proc_ops = {
	.proc_open = host_rules_open,
	.proc_read = seq_read,
	.proc_write = host_rules_write,
	.proc_lseek = seq_lseek,
	.proc_release = seq_release,
};
