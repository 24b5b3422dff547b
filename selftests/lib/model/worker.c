// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "model/model.h"
#include "netns.h"
#include "say.h"

const char *const kind_name[KINDS] = {
#define X(kind, name, weight) name,
	MODEL_KINDS(X)
#undef X
};

const char *const outcome_name[OUTCOMES] = {
#define X(outcome, name) name,
	MODEL_OUTCOMES(X)
#undef X
};

const unsigned int kind_weight[KINDS] = {
#define X(kind, name, weight) weight,
	MODEL_KINDS(X)
#undef X
};

static enum kind kind_draw(struct rng *r)
{
	unsigned int all = 0, i, at;

	for (i = 0; i < KINDS; i++)
		all += kind_weight[i];
	at = rng_below(r, all);
	for (i = 0; at >= kind_weight[i]; i++)
		at -= kind_weight[i];
	return i;
}

/* A kind that is left out is drawn all the same: the operations around it stay what they are. */
void worker_operate(struct worker *w, uint64_t stream, unsigned long long number)
{
	struct rng r = rng_of(model->run.seed, stream, number);
	enum kind kind = kind_draw(&r);

	if (!kind_wanted(kind))
		return;
	switch (kind) {
	case KIND_FORK:
		if (w->child)
			return;
		do_fork(w, &r);
		break;
	case KIND_CGROUP:
		if (w->child)
			return;
		do_cgroup(w, &r);
		break;
	case KIND_RULE:
		do_rule(w, &r);
		break;
	case KIND_NETNS:
		if (w->child)
			return;
		do_netns(w, &r);
		break;
	default:
		do_socket_operation(w, kind, &r);
		break;
	}
	count_done(kind);
}

static void arrive(void)
{
	if (write(model->arrived[1], "!", 1) != 1)
		die("cannot tell that a worker has stopped");
}

void worker_run(void *arg)
{
	struct worker w = { .id = (unsigned int)(uintptr_t)arg };
	unsigned int i;

	w.ns = w.id % NAMESPACES;
	w.cgroup = w.id % SHARED_CGROUPS;
	netns_enter(model->ns[w.ns]);
	cgroup_enter(model->cgroup[w.cgroup].path);
	slots_init(&w);
	worker_listen(&w);
	arrive();
	for (;;) {
		gate_wait(&model->go[w.id]);
		if (model->ended)
			break;
		for (i = 0; i < model->run.burst; i++)
			worker_operate(&w, w.id, w.number++);
		/* All have stopped sending before anybody looks for the last time what was sent. */
		arrive();
		gate_wait(&model->go[w.id]);
		box_drain(&w);
		if (model->closing) {
			slots_close(&w);
			own_cgroups_leave(&w);
		}
		sockets_report(&w);
		arrive();
	}
}
