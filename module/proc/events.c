// SPDX-License-Identifier: GPL-2.0-only
/*
 * events: /proc/net/portquota/events and /proc/portquota/events.
 *
 * A read returns whole lines, as many as fit, and waits when there is none,
 * unless O_NONBLOCK says not to. A reader begins with the oldest event that
 * is kept.
 *
 * An event about a cgroup outside of the reader's cgroup namespace has the word
 * (outside) in place of the path. It is not left out: the ports are those of the
 * whole network namespace, so it may tell why the reader's own calls fail, and
 * a read() after poll() finds the line that poll() promised.
 *
 *	TIME LEVEL PATH resource=tcp current=80 threshold=80 limit=100 ...
 */
#include <linux/cgroup.h>
#include <linux/poll.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/portquota.h>

#include "account/netns.h"
#include "files.h"
#include "keys.h"
#include "warn/event.h"
#include "view.h"

#define LINE	(4 * PATH_MAX + 1024)	/* a path may be all \ooo */

/**
 * struct reader - an open file
 * @events: the stream
 * @net: the namespace it is of, kept from removal; NULL: the host's
 * @lock: serialises reads of one file, and protects the rest; reader_ready() looks
 *	  at @place and @left without it
 * @place: the next event to read
 * @line: the line that is being read
 * @left: how much of it did not fit into the last read
 */
struct reader {
	struct pq_events *events;
	struct net *net;
	struct mutex lock; /* see above */
	u64 place;
	struct seq_file line;
	size_t left;
};

static int events_open(struct inode *inode, struct file *file, struct pq_events *events,
		       struct net *net)
{
	struct reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL_ACCOUNT);

	if (!reader)
		return -ENOMEM;
	reader->line.buf = kvzalloc(LINE, GFP_KERNEL_ACCOUNT);
	if (!reader->line.buf) {
		kfree(reader);
		return -ENOMEM;
	}
	reader->net = net;
	reader->line.size = LINE;
	mutex_init(&reader->lock);
	reader->events = events;
	reader->place = pq_events_oldest(events);
	file->private_data = reader;
	return stream_open(inode, file);
}

static int net_events_open(struct inode *inode, struct file *file)
{
	struct pq_net *pn = pde_data(inode);
	/*
	 * Without a reference, a task that polls would delay the removal of this
	 * namespace, and cleanup_net() removes one after the other.
	 */
	struct net *net = maybe_get_net(pn->net);
	int err;

	if (!net)
		return -ENXIO;
	err = events_open(inode, file, &pn->events, net);
	if (err)
		put_net(net);
	return err;
}

static int host_events_open(struct inode *inode, struct file *file)
{
	if (!pq_host_files_allowed())
		return -EPERM;
	return events_open(inode, file, &pq_host_events, NULL);
}

static int events_release(struct inode *inode, struct file *file)
{
	struct reader *reader = file->private_data;

	if (reader->net)
		put_net(reader->net);
	kvfree(reader->line.buf);
	kfree(reader);
	return 0;
}

static const char *early_word(enum pq_tally reason)
{
	if (reason == PQ_TW_OVERFLOW)
		return "overflow";
	return reason == PQ_TW_RECYCLED ? "recycled" : "expired";
}

/* Seconds since 1970 */
static void print_time(struct seq_file *line, u64 ns)
{
	seq_printf(line, "%llu.%03llu", ns / NSEC_PER_SEC, ns / NSEC_PER_MSEC % MSEC_PER_SEC);
}

/* As the reader sees it, whether the cgroup is still there or not */
static void print_path(struct seq_file *line, const struct pq_subject *subject)
{
	struct cgroup *root = pq_view_root();
	const char *path;

	if (IS_ERR(root)) {
		seq_putc(line, '?');
		return;
	}
	path = pq_subject_path(subject, root->level, cgroup_id(root));
	cgroup_put(root);
	if (path)
		pq_show_word(line, path);
	else
		seq_puts(line, PORTQUOTA_OUTSIDE);
}

/* A run of failures is over. */
static void print_end(struct seq_file *line, const struct pq_event *event)
{
	seq_printf(line, " count=%lu seconds=%u last=", event->count, event->seconds);
	print_time(line, event->time - (u64)event->ago_ms * NSEC_PER_MSEC);
	if (event->elsewhere)
		seq_printf(line, " elsewhere=%lu", event->elsewhere);
}

/* @number: its place in the stream, by which readers that come again know what they have read */
static void print_event(struct seq_file *line, const struct pq_event *event, u64 number, bool host)
{
	const struct pq_subject *subject = event->subject;

	print_time(line, event->time);
	seq_printf(line, " %s ", pq_event_words[event->kind]);
	if (!subject)
		seq_putc(line, '?');
	else if (!subject->path)
		pq_show_word(line, PORTQUOTA_BEFORE_LOAD);
	else
		print_path(line, subject);
	if (host)
		seq_printf(line, " netns=net:[%u]", event->netns);
	seq_printf(line, " resource=%s current=%ld", pq_metric_words[event->metric], event->held);
	seq_printf(line, " threshold=%ld", event->threshold);
	if (event->limit == LONG_MAX)
		seq_puts(line, " limit=max");
	else
		seq_printf(line, " limit=%ld", event->limit);
	seq_printf(line, " rate=%ld", event->rate);
	if (event->left >= 0)
		seq_printf(line, " left=%ld", event->left);
	if (event->audit)
		seq_puts(line, " audit=1");
	if (event->kind == PQ_EVENT_EARLY)
		seq_printf(line, " reason=%s lasted=%u", early_word(event->reason), event->lasted);
	if (event->flow.family) {
		seq_puts(line, " source=");
		pq_show_address(line, event->flow.family, &event->flow.source);
		seq_puts(line, " destination=");
		pq_show_address(line, event->flow.family, &event->flow.address);
		seq_printf(line, ":%u", event->flow.port);
	}
	if (event->port)
		seq_printf(line, " port=%u", event->port);
	if (event->of != PQ_EVENT_NONE)
		seq_printf(line, " of=%s", pq_event_words[event->of]);
	if (event->kind == PQ_EVENT_END)
		print_end(line, event);
	seq_printf(line, " seq=%llu\n", number);
}

/* Makes the next line, if there is an event. */
static bool next_line(struct reader *reader)
{
	struct pq_event event;
	u64 lost;

	if (!pq_events_get(reader->events, &reader->place, &event, &lost))
		return false;
	reader->line.count = 0;
	if (lost) {
		print_time(&reader->line, event.time);
		seq_printf(&reader->line, " lost %llu\n", lost);
	}
	print_event(&reader->line, &event, reader->place - 1,
		    reader->events == &pq_host_events);
	if (event.subject)
		pq_subject_put(event.subject);
	WRITE_ONCE(reader->left, reader->line.count);
	return true;
}

static bool reader_ready(struct reader *reader)
{
	return READ_ONCE(reader->left) || READ_ONCE(reader->events->closed) ||
	       READ_ONCE(reader->place) < READ_ONCE(reader->events->next);
}

/* As many lines as fit; a line longer than the buffer comes in pieces. */
static ssize_t copy_lines(struct reader *reader, char __user *buf, size_t size)
{
	size_t done = 0, n;

	while (done < size) {
		if (!reader->left && !next_line(reader))
			break;
		n = reader->left;
		if (n > size - done) {
			if (done)
				break;
			n = size;
		}
		if (copy_to_user(buf + done, reader->line.buf + reader->line.count - reader->left,
				 n))
			return done ?: -EFAULT;
		WRITE_ONCE(reader->left, reader->left - n);
		done += n;
	}
	return done;
}

static ssize_t events_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	struct reader *reader = file->private_data;
	ssize_t done;
	int err;

	if (!size)
		return 0;
	for (;;) {
		if (mutex_lock_interruptible(&reader->lock))
			return -ERESTARTSYS;
		done = copy_lines(reader, buf, size);
		mutex_unlock(&reader->lock);
		if (done || READ_ONCE(reader->events->closed))
			return done;
		/* Another task may be changing other flags: fcntl(2). */
		if (READ_ONCE(file->f_flags) & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(reader->events->wait, reader_ready(reader));
		if (err)
			return err;
	}
}

static __poll_t events_poll(struct file *file, poll_table *table)
{
	struct reader *reader = file->private_data;

	if (!READ_ONCE(reader->events->closed))
		poll_wait(file, &reader->events->wait, table);
	/* Every event that select() and poll() may ask for, so that none stays on the queue. */
	if (READ_ONCE(reader->events->closed))
		return EPOLLIN | EPOLLRDNORM | EPOLLPRI | EPOLLERR | EPOLLHUP;
	return reader_ready(reader) ? EPOLLIN | EPOLLRDNORM : 0;
}

const struct proc_ops pq_net_events_proc_ops = {
	.proc_open = net_events_open,
	.proc_read = events_read,
	.proc_poll = events_poll,
	.proc_release = events_release,
};

const struct proc_ops pq_host_events_proc_ops = {
	.proc_open = host_events_open,
	.proc_read = events_read,
	.proc_poll = events_poll,
	.proc_release = events_release,
};
