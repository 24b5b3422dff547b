// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cgroup whose path is longer than any path that a program can use, as the owner of
 * any cgroup can make one below it: its own name is cut in what the files say, and they
 * go on behind it.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "test.h"

WORLD_FIXTURE

#define LEVELS	18
#define NAME	250	/* characters; the kernel allows 255, and 4,096 in a path */

static int chain[LEVELS];	/* descriptors of the folders, the uppermost first */
static int held;		/* a socket of the deepest */

static void level_name(char *name)
{
	memset(name, 'l', NAME);
	name[NAME] = '\0';
}

static void chain_make(const char *above)
{
	char full[256], name[NAME + 1];
	unsigned int i;
	int at;

	snprintf(full, sizeof(full), CGROUP_ROOT "%s", above);
	at = open(full, O_RDONLY | O_DIRECTORY);
	level_name(name);
	for (i = 0; i < LEVELS; i++) {
		if (at < 0 || mkdirat(at, name, 0755))
			die("cannot make a cgroup at level %u", i);
		chain[i] = openat(at, name, O_RDONLY | O_DIRECTORY);
		at = chain[i];
	}
}

static void chain_enter(void)
{
	int fd = openat(chain[LEVELS - 1], "cgroup.procs", O_WRONLY);

	if (fd < 0 || write(fd, "0\n", 2) != 2)
		die("cannot enter the deepest cgroup");
	close(fd);
}

static bool reads(const char *file, const char *what, const char *behind)
{
	char *text = file_slurp(file);
	bool is;

	if (!text)
		return false;
	is = strstr(text, what) && (!behind || strstr(text, behind));
	free(text);
	return is;
}

/* Until it has no line any more: what else the tests look at has shorter ones. */
static void chain_remove(const char *above)
{
	unsigned long long end = now_ms() + lane_scale(15000, 60000);
	char full[512], name[NAME + 1];
	unsigned int i;

	close(held);
	level_name(name);
	for (i = LEVELS - 1; i; i--) {
		close(chain[i]);
		unlinkat(chain[i - 1], name, AT_REMOVEDIR);
	}
	close(chain[0]);
	snprintf(full, sizeof(full), CGROUP_ROOT "%s/%s", above, name);
	rmdir(full);
	while (reads(PQ_ACCOUNTS, "/llll", NULL) && now_ms() < end)
		sleep_ms(100);
}

/* What the deepest one is called in the files: by the number of its folder. */
static const char *word(void)
{
	static char text[64];
	struct stat st;

	if (fstat(chain[LEVELS - 1], &st))
		die("cannot stat the deepest cgroup");
	snprintf(text, sizeof(text), "/(id:%llu)", (unsigned long long)st.st_ino);
	return text;
}

/* A port that is held, one that is asked for in vain, and back again. */
static void use_ports(struct world *w)
{
	struct addr taken = addr_make(V4, 1, 40001);
	int fd = udp_socket(V4);

	must_bind(fd, &taken);
	chain_enter();
	try_bind(udp_socket(V4), &taken);
	addr_set_port(&taken, 0);
	held = udp_socket(V4);
	must_bind(held, &taken);
	cgroup_enter(w->base);
	close(fd);
}

WORLD_TEST_LONG(files_go_on, 60)
{
	struct addr any = addr_make(V4, 1, 0);
	const char *behind;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40999");
	chain_make(self->w.base);
	use_ports(&self->w);
	behind = world_cgroup(&self->w, "behind");
	cgroup_enter(behind);
	must_bind(udp_socket(V4), &any);
	cgroup_enter(self->w.base);

	EXPECT_TRUE(reads(PQ_ACCOUNTS, word(), "/behind ")) TH_LOG("accounts ends: %m");
	EXPECT_TRUE(reads(PQ_RESERVATIONS, word(), "/behind ")) TH_LOG("reservations ends: %m");
	chain_remove(self->w.base);
}

/* Who asks for a port that is taken is told of by name, as far as that goes. */
WORLD_TEST_LONG(events_name_it, 60)
{
	char text[65536];
	ssize_t n;
	int fd;

	sysctl_set("net.ipv4.ip_local_port_range", "40000 40999");
	fd = open(PQ_EVENTS, O_RDONLY | O_NONBLOCK);
	ASSERT_LE(0, fd);
	chain_make(self->w.base);
	use_ports(&self->w);
	n = read(fd, text, sizeof(text) - 1);
	ASSERT_LT(0, n);
	text[n] = '\0';
	EXPECT_NE(NULL, strstr(text, " taken /")) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, word()));
	close(fd);
	chain_remove(self->w.base);
}

/* The others are outside, and have no line before it. */
static void look_from_inside(void *arg)
{
	(void)arg;
	chain_enter();
	cgroup_namespace_new();
	_exit(!reads(PQ_ACCOUNTS, "/ tcp.current=0", NULL) || reads(PQ_ACCOUNTS, "/l", NULL));
}

/* To who lives there it is the root, by one character. */
WORLD_TEST_LONG(it_is_short_from_inside, 60)
{
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40999");
	chain_make(self->w.base);
	use_ports(&self->w);
	EXPECT_EQ(0, child_wait(child_start(look_from_inside, NULL)));
	chain_remove(self->w.base);
}

/* All that reads these files has something to say. */
WORLD_TEST_LONG(commands_go_on, 120)
{
	static const char *const commands[] = {
		"accounts", "reservations", "status", "export", "why"
	};
	char command[128];
	unsigned int i;

	if (system("command -v portquota >/dev/null"))
		SKIP(return, "portquota is not on the PATH");
	sysctl_set("net.ipv4.ip_local_port_range", "40000 40999");
	chain_make(self->w.base);
	use_ports(&self->w);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		snprintf(command, sizeof(command), "portquota %s >/dev/null", commands[i]);
		EXPECT_EQ(0, system(command)) TH_LOG("portquota %s", commands[i]);
	}
	EXPECT_EQ(0, system("portquota accounts | grep -q '(id:'"));
	chain_remove(self->w.base);
}

WORLD_MAIN
