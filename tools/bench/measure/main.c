// SPDX-License-Identifier: GPL-2.0-only
/* main: measure LABEL ROW REPEATS. Exits with 0 only if the whole row was measured. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

static const struct {
	const char *name;
	void (*measure)(unsigned int repeats);
} rows[] = {
	{ "ports", row_ports },
	{ "life", row_life },
	{ "life-fin-wait2", row_life_fin_wait2 },
	{ "life-deep", row_life_deep },
	{ "life-programs", row_life_programs },
	{ "life-only", row_life_only },
	{ "life-deep-only", row_life_deep_only },
	{ "steady", row_steady },
	{ "shared", row_shared },
	{ "churn", row_churn },
	{ "full", row_full },
	{ "cap", row_cap },
	{ "stat", row_stat },
	{ "accounts", row_accounts },
	{ "destinations", row_destinations },
	{ "levels", row_levels },
	{ "deep", row_deep },
	{ "load", row_load },
};

static const char *label;

void die(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(1);
}

void value(const char *name, double number)
{
	printf("%s\t%s\t%.1f\n", label, name, number);
	fflush(stdout);
}

/* Their addresses are what matters: build.sh has the linker put them where where.c looks. */
__attribute__((noinline, section(".where_begin")))
void where_begin(void)
{
	asm volatile("nop" : : : "memory");
}

__attribute__((noinline, section(".where_end")))
void where_end(void)
{
	asm volatile("nop" : : : "memory");
}

/* The number after @key in the line of @file that starts with @line. */
long proc_number(const char *file, const char *line, const char *key)
{
	FILE *f = fopen(file, "r");
	char text[512], *word;
	long number = -1;

	if (!f)
		return -1;
	while (number < 0 && fgets(text, sizeof(text), f)) {
		if (strncmp(text, line, strlen(line)))
			continue;
		for (word = strtok(text, " \n"); word; word = strtok(NULL, " \n")) {
			if (strcmp(word, key))
				continue;
			word = strtok(NULL, " \n");
			number = word ? atol(word) : -1;
			break;
		}
	}
	fclose(f);
	return number;
}

/* In one write, which is one rule; stdio has room for less than a long path. */
void proc_write(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);
	ssize_t length = strlen(text);

	if (fd < 0 || write(fd, text, length) != length)
		die(file);
	close(fd);
}

int listener_open(struct sockaddr_in *addr, in_addr_t at)
{
	socklen_t length = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	*addr = (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(at),
		.sin_port = htons(80),	/* outside the range: no reservation */
	};
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)addr, length) || listen(fd, 65535))
		die("listen");
	return fd;
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc != 4)
		return 64;
	label = argv[1];
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(argv[2], rows[i].name))
			continue;
		/* These two work by any clock. */
		if (rows[i].measure != row_shared && rows[i].measure != row_churn)
			spin_calibrate();
		rows[i].measure(atoi(argv[3]));
		return 0;
	}
	return 64;
}
