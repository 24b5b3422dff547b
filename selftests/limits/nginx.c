// SPDX-License-Identifier: GPL-2.0-only
/*
 * A real program under a cap: nginx as a proxy sees the errno it knows, logs
 * it as it logs real exhaustion, and recovers when the cap is raised.
 */
#include <poll.h>
#include <sys/stat.h>

#include "test.h"

WORLD_FIXTURE

#define NGINX "/usr/sbin/nginx"
#define DIR "/tmp/pq-nginx"
#define PROXY 8090
#define ORIGIN 8091
#define SLOW 8092

static const char conf[] =
	"user root;\n"
	"daemon off;\n"
	"master_process off;\n"
	"worker_processes 1;\n"
	"pid " DIR "/pid;\n"
	"error_log " DIR "/error.log;\n"
	"events { worker_connections 256; }\n"
	"http {\n"
	"	access_log off;\n"
	"	client_body_temp_path " DIR "/body;\n"
	"	proxy_temp_path " DIR "/proxy;\n"
	"	fastcgi_temp_path " DIR "/fastcgi;\n"
	"	uwsgi_temp_path " DIR "/uwsgi;\n"
	"	scgi_temp_path " DIR "/scgi;\n"
	"	server {\n"
	"		listen 127.0.0.1:8090;\n"
	"		location / { proxy_pass http://127.0.0.1:8091; }\n"
	"		location /slow { proxy_pass http://127.0.0.1:8092; }\n"
	"	}\n"
	"	server { listen 127.0.0.1:8091; location / { return 200 fine; } }\n"
	"}\n";

static void run_nginx(void *cgroup)
{
	cgroup_enter(cgroup);
	execl(NGINX, "nginx", "-p", DIR, "-c", DIR "/conf", "-e", DIR "/error.log", NULL);
	die("cannot run nginx");
}

/* From a port outside the range, so that only nginx's connections are counted. */
static int ask(const char *path)
{
	static uint16_t port = 20000;
	struct addr from = addr_make(V4, 1, port++), to = addr_make(V4, 1, PROXY);
	int fd = tcp_socket(V4);
	char text[128];

	must_bind(fd, &from);
	if (try_connect(fd, &to)) {
		close(fd);
		return -1;
	}
	snprintf(text, sizeof(text), "GET %s HTTP/1.0\r\n\r\n", path);
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("cannot ask nginx");
	return fd;
}

/* The status of the answer; -1 if there is none. */
static int get(const char *path)
{
	char text[512] = "";
	int fd = ask(path), status = -1;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return -1;
	if (poll(&p, 1, (int)lane_scale(5000, 30000)) == 1 && read(fd, text, sizeof(text) - 1) > 0)
		sscanf(text, "HTTP/%*s %d", &status);
	close(fd);
	return status;
}

static unsigned int logged(const char *word)
{
	char *text = must_slurp(DIR "/error.log");
	unsigned int n = lines_with(text, word);

	free(text);
	return n;
}

/*
 * Waits until @proxy holds no port. Which side of a connection closes first is a
 * matter of chance, and when it is the proxy, a TIME_WAIT of its own is left.
 */
static void wait_idle(const char *proxy)
{
	unsigned long long end = now_ms() + lane_rest_ms();
	struct counters c;

	do {
		diag_destroy(diag_is_remainder);
		account_get(proxy, &c);
	} while (c.tcp_current && now_ms() < end);
}

WORLD_TEST_LONG(nginx_at_a_cap, 60)
{
	static const char failed[] = "connect() to 127.0.0.1:8091 failed (99: ";
	const char *proxy = world_cgroup(&self->w, "proxy");
	struct addr only = addr_make(V4, 1, 45000);
	struct counters c;
	int i, slow, fd;
	FILE *file;
	pid_t pid;

	if (access(NGINX, X_OK))
		SKIP(return, "no " NGINX " in this guest");
	mkdir(DIR, 0755);
	unlink(DIR "/error.log");
	file = fopen(DIR "/conf", "w");
	ASSERT_NE(NULL, file);
	fputs(conf, file);
	fclose(file);
	slow = tcp_listen(V4, 1, SLOW);
	pid = child_start(run_nginx, (void *)proxy);
	for (i = 0; get("/") != 200; i++) {
		if (i == 100)
			die("nginx does not answer:\n%s", file_slurp(DIR "/error.log") ?: "");
		sleep_ms(100);
	}

	rule_set("%s tcp.max=3", proxy);
	EXPECT_EQ(200, get("/"));
	wait_idle(proxy);
	for (i = 0; i < 3; i++)
		ask("/slow");
	EXPECT_ACCOUNT(proxy, tcp_current, 3);
	EXPECT_EQ(0U, logged(failed));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(502, get("/"));
	EXPECT_EQ(5U, logged(failed));
	EXPECT_ACCOUNT(proxy, tcp_denied, 5);
	EXPECT_STAT(tcp_exhausted, 0);

	/* With room again it goes on, as after any bad moment. */
	rule_set("%s tcp.max=10", proxy);
	for (i = 0; i < 5; i++)
		EXPECT_EQ(200, get("/"));
	EXPECT_EQ(5U, logged(failed));

	/* The same when the kernel has no port: the same line, another counter. */
	sysctl_set("net.ipv4.ip_local_port_range", "45000 45000");
	fd = tcp_socket(V4);
	must_bind(fd, &only);
	EXPECT_EQ(502, get("/"));
	EXPECT_EQ(6U, logged(failed));
	account_get(proxy, &c);
	EXPECT_EQ(5, c.tcp_denied);
	EXPECT_EQ(1, c.tcp_exhausted);
	sysctl_set("net.ipv4.ip_local_port_range", "32768 60999");
	EXPECT_EQ(200, get("/"));
	close(slow);
	close(fd);
	child_kill(pid);
}

WORLD_MAIN
