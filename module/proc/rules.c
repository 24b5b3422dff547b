// SPDX-License-Identifier: GPL-2.0-only
/*
 * rules: /proc/net/portquota/rules and /proc/portquota/rules, as they are read.
 *
 * One rule per line, in the language of rule.h. Paths are as the reader sees them:
 * see rules_root.h. What is written to them is in rules_write.c.
 */
#include <linux/capability.h>
#include <linux/proc_fs.h>
#include <linux/seq_file_net.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "account/netns.h"
#include "files.h"
#include "rule/rulebook.h"
#include "rules_root.h"

/*
 * A read that is under way
 * @root: as pq_rules_root() returns it
 * @literal: room for it as the beginning of a glob
 */
struct rules_state {
	struct seq_net_private net;	/* must be first; the host's file has no use for it */
	char *root;
	char *literal;
	loff_t last;	/* the serial number of the last one when the reading began */
};

const size_t pq_rules_state_size = sizeof(struct rules_state);

/* The position is the serial number of the last one printed: some may have gone. */
static void *rules_start(struct seq_file *seq, struct pq_rulebook *book, loff_t *pos)
{
	struct rules_state *state = seq->private;
	struct pq_rule_entry *entry;

	state->literal = NULL;
	state->root = pq_rules_root();
	if (!IS_ERR(state->root))
		state->literal = kmalloc(2 * strlen(state->root) + 1, GFP_KERNEL);
	mutex_lock(&book->mutex);
	if (IS_ERR(state->root))
		return state->root;
	if (!state->literal)
		return ERR_PTR(-ENOMEM);
	if (!*pos)
		state->last = book->made;
	list_for_each_entry(entry, &book->rules, link)
		if (entry->serial > *pos)
			return entry->serial > state->last ? NULL : entry;
	return NULL;
}

static void *rules_next(struct seq_file *seq, struct pq_rulebook *book, void *v, loff_t *pos)
{
	struct rules_state *state = seq->private;
	struct pq_rule_entry *entry = v;

	*pos = entry->serial;
	if (list_is_last(&entry->link, &book->rules))
		return NULL;
	entry = list_next_entry(entry, link);
	return entry->serial > state->last ? NULL : entry;
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
	return rules_next(seq, net_rules(seq), v, pos);
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
	return rules_next(seq, &pq_host_rules, v, pos);
}

static void host_rules_stop(struct seq_file *seq, void *v)
{
	rules_stop(seq, &pq_host_rules);
}

/* What is left of a rule's path below the reader's root; NULL: out of view */
static const char *below_root(const struct pq_rule_entry *entry, const struct rules_state *state)
{
	size_t len = pq_rules_put_literally(state->literal, state->root, entry->glob);

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
	.proc_write = pq_host_rules_write,
	.proc_lseek = seq_lseek,
	.proc_release = seq_release_private,
};
