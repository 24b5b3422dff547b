// SPDX-License-Identifier: GPL-2.0-only
/*
 * rules_write: what is written to /proc/net/portquota/rules and /proc/portquota/rules.
 *
 * One rule per write, in the language of rule.h. Paths are as the writer sees
 * them: see rules_root.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/proc_fs.h>
#include <linux/seq_file_net.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/ip.h>

#include "account/apply.h"
#include "account/netns.h"
#include "files.h"
#include "hook/functions.h"
#include "rule/rulebook.h"
#include "rules_root.h"

#define REFUSED_CHARS	64	/* of the word that is wrong, for the log */

static char *host_path(const struct pq_rule_line *line)
{
	char *root = pq_rules_root(), *path;
	const char *below = line->path;
	size_t len;

	if (IS_ERR(root))
		return root;
	path = kmalloc(2 * strlen(root) + strlen(below) + 1, GFP_KERNEL);
	if (path) {
		len = pq_rules_put_literally(path, root, line->glob);
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

/**
 * pq_host_rules_write() - a write to the host's rules
 * @file: the file
 * @ubuf: what is written
 * @size: how much
 * @pos: has no meaning
 *
 * Context: process, may sleep.
 * Return: @size; -EPERM without CAP_NET_ADMIN over the host; -EINVAL for nothing,
 * or for a page or more; -EFAULT, -ENOMEM; the other errors of
 * pq_rules_write_net().
 */
ssize_t pq_host_rules_write(struct file *file, const char __user *ubuf, size_t size,
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
