// SPDX-License-Identifier: GPL-2.0-only
/* Suite of text: the keys and words of the files. */
#include <kunit/test.h>
#include <linux/seq_file.h>

#include "../module/account/account.h"
#include "../module/account/netns.h"
#include "../module/proc/keys.h"

#define ROOM	4096

struct keys_test {
	char buf[ROOM];
	struct seq_file seq;
	struct pq_net net;
	struct pq_account *root, *before_load;
};

static struct pq_account *account_make(struct kunit *test)
{
	struct pq_account *acct;

	acct = kunit_kzalloc(test, struct_size(acct, thresholds, PQ_NR_METRICS), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, acct);
	return acct;
}

static int keys_init(struct kunit *test)
{
	struct keys_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	/* Without a bitmap of reserved ports */
	t->net.net = kunit_kzalloc(test, sizeof(*t->net.net), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->net.net);
	t->net.range = (struct pq_range){ 32768, 60999, 28232 };
	t->root = account_make(test);
	t->before_load = account_make(test);
	t->seq.buf = t->buf;
	t->seq.size = sizeof(t->buf) - 1;
	t->net.root = t->root;
	t->net.before_load = t->before_load;
	t->root->key.net = &t->net;
	t->before_load->key.net = &t->net;
	pq_usage_init(&t->root->usage, NULL);
	pq_usage_init(&t->before_load->usage, &t->root->usage);
	test->priv = t;
	return 0;
}

static void text_flat_is_one_key_a_line(struct kunit *test)
{
	struct keys_test *t = test->priv;

	pq_usage_charge(&t->root->usage, PQ_TCP, 0);
	pq_keys_show(&t->seq, t->root, PQ_KEYS_FLAT);
	KUNIT_EXPECT_TRUE(test, str_has_prefix(t->buf, "tcp.current 1\ntcp.peak 1\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\ntcp.ports 0\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\nbefore_load 0\n"));
	KUNIT_EXPECT_NULL(test, strstr(t->buf, ".local"));
	KUNIT_EXPECT_EQ(test, t->buf[t->seq.count - 1], '\n');
}

static void text_nested_is_one_line(struct kunit *test)
{
	struct keys_test *t = test->priv;

	pq_usage_charge(&t->root->usage, PQ_UDP, 0);
	pq_keys_show(&t->seq, t->root, PQ_KEYS_ACCOUNT);
	KUNIT_EXPECT_TRUE(test, str_has_prefix(t->buf, " tcp.current=0 tcp.peak=0 "));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, " udp.local=1 "));
	KUNIT_EXPECT_NULL(test, strchr(t->buf, '\n'));
	KUNIT_EXPECT_NULL(test, strstr(t->buf, "tcp.ports"));
}

/* What is outside of the range counts but for that; of an own range, other things are. */
static void text_counts_what_is_in_range(struct kunit *test)
{
	struct keys_test *t = test->priv;

	pq_usage_charge(&t->root->usage, PQ_TCP, 0);
	pq_usage_charge(&t->root->usage, PQ_TCP, 0);
	pq_usage_charge(&t->root->usage, PQ_TCP, 0);
	atomic_add(2, &t->root->elsewhere.outside[PQ_TCP]);
	atomic_add(1, &t->root->elsewhere.stray[PQ_TCP]);
	pq_keys_show(&t->seq, t->root, PQ_KEYS_FLAT);
	KUNIT_EXPECT_TRUE(test, str_has_prefix(t->buf, "tcp.current 3\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\ntcp.in_range 1\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\nudp.in_range 0\n"));
	t->seq.count = 0;
	t->root->range[PQ_TCP] = (struct pq_ports){ 20000, 20255 };
	pq_keys_show(&t->seq, t->root, PQ_KEYS_ACCOUNT);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, " tcp.in_range=2 udp.in_range=0 "));
	atomic_sub(2, &t->root->elsewhere.outside[PQ_TCP]);
	atomic_sub(1, &t->root->elsewhere.stray[PQ_TCP]);
	pq_usage_uncharge(&t->root->usage, PQ_TCP, 0);
	pq_usage_uncharge(&t->root->usage, PQ_TCP, 0);
	pq_usage_uncharge(&t->root->usage, PQ_TCP, 0);
}

static void text_namespace_has_totals(struct kunit *test)
{
	struct keys_test *t = test->priv;

	pq_keys_show(&t->seq, t->root, PQ_KEYS_NAMESPACE);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, " tcp.ports=0 "));
	KUNIT_EXPECT_NULL(test, strstr(t->buf, ".local"));
}

static void text_no_limit_is_max(struct kunit *test)
{
	struct keys_test *t = test->priv;

	t->root->usage.max[PQ_UDP] = 5;
	pq_keys_show(&t->seq, t->root, PQ_KEYS_FLAT);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\ntcp.max max\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\nudp.max 5\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\ntcp.denied 0\n"));
}

/* More exclusive than held can be read in passing: shareable is 0 then. */
static void text_shareable_never_negative(struct kunit *test)
{
	struct keys_test *t = test->priv;

	pq_usage_add(&t->root->usage, PQ_TCP_EXCLUSIVE, 3);
	pq_keys_show(&t->seq, t->root, PQ_KEYS_FLAT);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\ntcp.shareable 0\n"));
}

/* By the port, and within the range; what is in both sets is exclusive. */
static void text_counts_ports_in_range(struct kunit *test)
{
	struct keys_test *t = test->priv;
	struct pq_unshared *unshared = &t->net.unshared;

	pq_portset_hold(&unshared->exclusive, 40000);
	pq_portset_hold(&unshared->exclusive, 40000);
	pq_portset_hold(&unshared->exclusive, 20000);
	pq_portset_hold(&unshared->spoiled, 40000);
	pq_portset_hold(&unshared->spoiled, 50000);
	pq_portset_hold(&unshared->spoiled, 60999);
	pq_portset_hold(&unshared->spoiled, 61000);
	pq_keys_show(&t->seq, t->root, PQ_KEYS_FLAT);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\ntcp.exclusive_ports 1\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\ntcp.spoiled 2\n"));
	t->seq.count = 0;
	t->root->range[PQ_TCP] = (struct pq_ports){ 20000, 20255 };
	pq_keys_show(&t->seq, t->root, PQ_KEYS_ACCOUNT);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, " tcp.exclusive_ports=1 tcp.spoiled=0"));
	pq_unshared_free(unshared);
}

/* A watched port is spoiled until somebody has looked, and then once. */
static void text_watched_is_spoiled(struct kunit *test)
{
	struct keys_test *t = test->priv;
	struct pq_unshared *unshared = &t->net.unshared;

	pq_unshared_watch(unshared, 40000);
	pq_unshared_watch(unshared, 40000);
	KUNIT_EXPECT_EQ(test, atomic_read(&unshared->watching), 1);
	KUNIT_EXPECT_EQ(test, pq_unshared_spoiled(unshared, NULL, 40000, 40000), 1);
	KUNIT_EXPECT_TRUE(test, pq_unshared_unwatch(unshared, 40000));
	KUNIT_EXPECT_FALSE(test, pq_unshared_unwatch(unshared, 40000));
	/* Found spoiled by somebody else meanwhile */
	pq_unshared_watch(unshared, 40000);
	KUNIT_EXPECT_FALSE(test, pq_portset_release(&unshared->spoiled, 40000));
	KUNIT_EXPECT_EQ(test, pq_unshared_spoiled(unshared, NULL, 40000, 40000), 1);
	KUNIT_EXPECT_TRUE(test, pq_unshared_unwatch(unshared, 40000));
	KUNIT_EXPECT_TRUE(test, pq_portset_release(&unshared->spoiled, 40000));
	KUNIT_EXPECT_EQ(test, pq_unshared_spoiled(unshared, NULL, 40000, 40000), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&unshared->watching), 0);
	pq_unshared_free(unshared);
}

/* A TIME_WAIT that holds a reservation is one thing, not two. */
static void text_before_load_counts_once(struct kunit *test)
{
	struct keys_test *t = test->priv;

	pq_usage_charge(&t->before_load->usage, PQ_TCP, 0);
	pq_usage_charge(&t->before_load->usage, PQ_TIMEWAIT, 0);
	pq_usage_charge(&t->before_load->usage, PQ_TIMEWAIT, PQ_GAUGE(PQ_TW_PORTLESS));
	pq_keys_show(&t->seq, t->root, PQ_KEYS_FLAT);
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\nbefore_load 2\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\ntimewait.reserving 1\n"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(t->buf, "\ntcp.begun 1\ntcp.ended 0\n"));
}

struct word_case {
	const char *name;
	const char *word;
	const char *text;
};

static const struct word_case word_cases[] = {
	{ "plain", "/system.slice/nginx.service", "/system.slice/nginx.service" },
	{ "blank", "a b", "a\\040b" },
	{ "tab", "a\tb", "a\\011b" },
	{ "newline", "a\nb", "a\\012b" },
	{ "backslash", "a\\b", "a\\134b" },
	{ "control", "a\001b", "a\\001b" },
	{ "escape", "\033[31m", "\\033[31m" },
	{ "empty", "", "" },
};

static void word_describe(const struct word_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(word, word_cases, word_describe);

static void text_escapes_words(struct kunit *test)
{
	const struct word_case *c = test->param_value;
	struct keys_test *t = test->priv;

	pq_show_word(&t->seq, c->word);
	KUNIT_EXPECT_STREQ(test, t->buf, c->text);
}

static struct kunit_case keys_cases[] = {
	KUNIT_CASE(text_flat_is_one_key_a_line),
	KUNIT_CASE(text_nested_is_one_line),
	KUNIT_CASE(text_namespace_has_totals),
	KUNIT_CASE(text_counts_what_is_in_range),
	KUNIT_CASE(text_no_limit_is_max),
	KUNIT_CASE(text_shareable_never_negative),
	KUNIT_CASE(text_counts_ports_in_range),
	KUNIT_CASE(text_watched_is_spoiled),
	KUNIT_CASE(text_before_load_counts_once),
	KUNIT_CASE_PARAM(text_escapes_words, word_gen_params),
	{}
};

static struct kunit_suite keys_suite = {
	.name = "portquota_keys",
	.init = keys_init,
	.test_cases = keys_cases,
};

kunit_test_suite(keys_suite);
