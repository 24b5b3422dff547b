// SPDX-License-Identifier: GPL-2.0-only
/* logger: see logger.h for what it promises. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include <uapi/linux/portquota.h>

#include "event.h"
#include "lib/params.h"
#include "logger.h"

static void logger_work_fn(struct work_struct *work);
static DECLARE_WORK(logger_work, logger_work_fn);

#define LINE		"net:[%u] %s%*pE: %s\n"
#define TEXT_SIZE	192
/* Of a path: printk() keeps some 1000 characters of a line, and the text comes last. */
#define PATH_SIZE	640

/* What no rule asks for: so many lines of each PQ_LOG_* in this time, of all cgroups together */
#define UNASKED			32
#define UNASKED_INTERVAL	(60 * HZ)

/* Only the work uses these. */
static u64 place;
static struct pq_quota unasked[PQ_NR_LOG_PLACES];

static enum pq_log_place place_of(const struct pq_event *event)
{
	switch (event->kind) {
	case PQ_EVENT_CLEAR:
		return event->of == PQ_EVENT_DENY ? PQ_LOG_CLEAR_DENY : PQ_LOG_CLEAR + event->step;
	case PQ_EVENT_DENY:
		return PQ_LOG_DENY;
	case PQ_EVENT_FORECAST:
		return PQ_LOG_FORECAST;
	case PQ_EVENT_EARLY:
		return PQ_LOG_EARLY;
	case PQ_EVENT_EXHAUSTED:
		return PQ_LOG_EXHAUSTED;
	case PQ_EVENT_TAKEN:
		return PQ_LOG_TAKEN;
	case PQ_EVENT_END:
		if (event->of == PQ_EVENT_DENY)
			return PQ_LOG_END_DENY;
		return event->of == PQ_EVENT_TAKEN ? PQ_LOG_END_TAKEN : PQ_LOG_END_EXHAUSTED;
	default:
		return PQ_LOG_WARN + event->step;
	}
}

static bool log_due(struct pq_subject *subject, const struct pq_event *event)
{
	u32 *last = &subject->logged[event->metric][place_of(event)];
	u32 now = jiffies ?: 1;

	if (*last && now - *last < msecs_to_jiffies(READ_ONCE(pq_log_interval_ms)))
		return false;
	*last = now;
	return true;
}

/*
 * Is it about a limit or a threshold that somebody has set by a rule? The thresholds of a
 * namespace's range are not, but there is one account for them.
 */
static bool is_asked_for(const struct pq_event *event)
{
	switch (event->kind == PQ_EVENT_END ? event->of : event->kind) {
	case PQ_EVENT_EARLY:
	case PQ_EVENT_EXHAUSTED:
	case PQ_EVENT_TAKEN:
		return false;
	default:
		return event->metric != PQ_METRIC_DESTINATION;
	}
}

/*
 * Any user can have such calls fail, and have a cgroup for each. Each kind has a quota of
 * its own, so that those that are cheap to cause do not hide the others.
 */
static bool unasked_left(const struct pq_event *event)
{
	struct pq_quota *quota = &unasked[place_of(event)];

	if (!quota->used || time_after(jiffies, quota->since + UNASKED_INTERVAL)) {
		if (quota->left_out)
			pr_warn("%u more warnings that no rule asks for, of level %s, were left out\n",
				quota->left_out, pq_event_words[event->kind]);
		*quota = (struct pq_quota){ .since = jiffies };
	}
	if (quota->used < UNASKED) {
		quota->used++;
		return true;
	}
	quota->left_out++;
	return false;
}

static void describe_kind(const struct pq_event *event, char *text, size_t size)
{
	switch (event->kind) {
	case PQ_EVENT_DENY:
		strscpy(text, event->audit ? "limit reached, would refuse new ones" :
					     "limit reached, refusing new ones", size);
		break;
	case PQ_EVENT_FORECAST:
		strscpy(text, "will be full soon", size);
		break;
	case PQ_EVENT_CLEAR:
		if (event->of == PQ_EVENT_DENY)
			strscpy(text, "has room below its limit again", size);
		else
			snprintf(text, size, "back under %ld", event->threshold);
		break;
	case PQ_EVENT_DESTINATION:
		snprintf(text, size, "takes many of the ports (%ld)", event->threshold);
		break;
	default:
		snprintf(text, size, "threshold crossed (%ld)", event->threshold);
	}
}

static void describe_early(const struct pq_event *event, char *text)
{
	if (event->reason == PQ_TW_OVERFLOW)
		strscpy(text, "TIME_WAIT never made: tcp_max_tw_buckets is reached", TEXT_SIZE);
	else if (event->reason == PQ_TW_RECYCLED)
		snprintf(text, TEXT_SIZE,
			 "the peer has ended a TIME_WAIT after %u of %ld s, as a client does that uses its port again",
			 event->lasted, event->threshold);
	else
		snprintf(text, TEXT_SIZE, "TIME_WAIT expired after %u of %ld s", event->lasted,
			 event->threshold);
}

static int describe_address(const struct pq_flow *to, char *text, size_t size)
{
	if (to->family == AF_INET6)
		return scnprintf(text, size, "[%pI6c]:%u", &to->address, to->port);
	return scnprintf(text, size, "%pI4:%u", &to->address, to->port);
}

static void describe_number(const struct pq_event *event, char *text)
{
	char kind[64];
	int n;

	n = scnprintf(text, TEXT_SIZE, "%s", pq_metric_words[event->metric]);
	if (event->metric == PQ_METRIC_DESTINATION) {
		n += scnprintf(text + n, TEXT_SIZE - n, " ");
		n += describe_address(&event->flow, text + n, TEXT_SIZE - n);
	}
	describe_kind(event, kind, sizeof(kind));
	n += scnprintf(text + n, TEXT_SIZE - n, " %s: %ld", kind, event->held);
	if (event->limit != LONG_MAX)
		n += scnprintf(text + n, TEXT_SIZE - n, " of %ld", event->limit);
	if (event->left >= 0 && event->rate > 0 && event->held < event->limit)
		scnprintf(text + n, TEXT_SIZE - n, ", growing by %ld/s, full in %ld s",
			  event->rate, event->left);
}

/* What calls fail to get, or have failed to get */
static int describe_want(const struct pq_event *event, enum pq_event_kind kind, char *text)
{
	const char *metric = pq_metric_words[event->metric];

	if (kind == PQ_EVENT_TAKEN)
		return scnprintf(text, TEXT_SIZE, "%s port %u taken", metric, event->port);
	return scnprintf(text, TEXT_SIZE, kind == PQ_EVENT_DENY ? "%s limit reached" :
			 "%s exhausted", metric);
}

static void describe_failure(const struct pq_event *event, char *text)
{
	const struct pq_flow *flow = &event->flow;
	int n = describe_want(event, event->kind, text);

	if (event->kind == PQ_EVENT_TAKEN)
		n += scnprintf(text + n, TEXT_SIZE - n, ", a call that named it was refused");
	else
		n += scnprintf(text + n, TEXT_SIZE - n, ", no free port");
	if (flow->family) {
		n += scnprintf(text + n, TEXT_SIZE - n,
			       flow->family == AF_INET6 ? " from [%pI6c] to " : " from %pI4 to ",
			       &flow->source);
		n += describe_address(flow, text + n, TEXT_SIZE - n);
	}
	if (event->kind == PQ_EVENT_EXHAUSTED)
		scnprintf(text + n, TEXT_SIZE - n, ": %ld of %ld", event->held, event->limit);
}

static void describe_end(const struct pq_event *event, char *text)
{
	int n = describe_want(event, event->of, text);

	scnprintf(text + n, TEXT_SIZE - n,
		  " no longer: %lu calls %s within %u s, the last %u s ago", event->count,
		  event->audit ? "would have failed" : "failed", event->seconds,
		  event->ago_ms / (unsigned int)MSEC_PER_SEC);
}

static void describe(const struct pq_event *event, char *text)
{
	switch (event->kind) {
	case PQ_EVENT_EARLY:
		describe_early(event, text);
		break;
	case PQ_EVENT_EXHAUSTED:
	case PQ_EVENT_TAKEN:
		describe_failure(event, text);
		break;
	case PQ_EVENT_END:
		describe_end(event, text);
		break;
	default:
		describe_number(event, text);
	}
}

/* What every server sees whose clients use their ports again is no trouble. */
static bool is_normal(const struct pq_event *event)
{
	return event->kind == PQ_EVENT_EARLY && event->reason == PQ_TW_RECYCLED;
}

/* As much of a path's end as there is room for; a byte may be printed as four. */
static const char *path_end(const char *path)
{
	const char *at = path + strlen(path);
	int room = PATH_SIZE;

	for (; at > path; at--) {
		room -= isascii(at[-1]) && isprint(at[-1]) && at[-1] != '\\' ? 1 : 4;
		if (room < 0)
			break;
	}
	return at;
}

static void log_event(const struct pq_event *event)
{
	struct pq_subject *subject = event->subject;
	const char *path = subject->path ?: PORTQUOTA_BEFORE_LOAD, *shown, *cut;
	char text[TEXT_SIZE];

	if (subject->foreign || !READ_ONCE(pq_log) || !log_due(subject, event) ||
	    !(is_asked_for(event) || unasked_left(event)))
		return;
	describe(event, text);
	shown = path_end(path);
	cut = shown > path ? "..." : "";
	/* A cgroup's name may have any byte, and the console would take control bytes as such. */
	if (is_normal(event))
		pr_notice(LINE, event->netns, cut, (int)strlen(shown), shown, text);
	else
		pr_warn(LINE, event->netns, cut, (int)strlen(shown), shown, text);
}

static void logger_work_fn(struct work_struct *work)
{
	struct pq_event event;
	u64 lost;

	while (pq_events_get(&pq_host_events, &place, &event, &lost)) {
		/* What was over a quota is not for the log either. */
		lost -= event.left_out;
		if (lost)
			pr_warn_ratelimited("%llu warnings came too fast for the log\n", lost);
		if (!event.subject)
			continue;
		log_event(&event);
		pq_subject_put(event.subject);
		/* A slow console takes its time for each line. */
		cond_resched();
	}
}

/**
 * pq_logger_kick() - there is something to log
 *
 * Context: any.
 */
void pq_logger_kick(void)
{
	queue_work(system_unbound_wq, &logger_work);
}

/**
 * pq_logger_flush() - wait until what was to be logged is
 *
 * Context: process, sleeps.
 */
void pq_logger_flush(void)
{
	flush_work(&logger_work);
}

/**
 * pq_logger_stop() - log no more; pq_logger_kick() is not called any longer
 *
 * Context: process.
 */
void pq_logger_stop(void)
{
	cancel_work_sync(&logger_work);
	place = 0;
}
