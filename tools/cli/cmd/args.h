/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line: the global options, which stand before or after the command, and the options
 * and operands of each command.
 */
#ifndef PORTQUOTA_ARGS_H
#define PORTQUOTA_ARGS_H

#include <argp.h>
#include <stddef.h>

#include "model/endpoint.h"

/**
 * struct args_option - an option of a command
 * @name: its long name, without the dashes
 * @letter: its short name; 0 if it has none
 * @arg: what the help calls its argument; NULL if it takes none
 * @doc: what the help says of it; NULL for another name of the option before it
 * @take: stores its argument at @to, or complains with argp_error()
 * @offset: where that is in what args_parse() was given
 */
struct args_option {
	const char *name;
	int letter;
	const char *arg;
	const char *doc;
	void (*take)(const struct args_option *option, char *arg, void *to,
		     struct argp_state *state);
	size_t offset;
};

/**
 * struct args - what a command takes
 * @doc: its argp documentation
 * @operands_doc: the forms of its operands, one per line; NULL if it takes none
 * @options: its own options; ends with an empty one, NULL if it has none
 * @shared: options that other commands have, too; the same
 * @operand: takes the next operand; NULL if it takes none
 * @settle: called when all has been taken, to complain of what does not go together; or NULL
 */
struct args {
	const char *doc;
	const char *operands_doc;
	const struct args_option *options;
	const struct args_option *shared;
	void (*operand)(void *input, char *arg, struct argp_state *state);
	void (*settle)(void *input, struct argp_state *state);
};

void args_take_flag(const struct args_option *option, char *arg, void *to,
		    struct argp_state *state);
void args_take_text(const struct args_option *option, char *arg, void *to,
		    struct argp_state *state);
void args_take_seconds(const struct args_option *option, char *arg, void *to,
		       struct argp_state *state);
void args_take_count(const struct args_option *option, char *arg, void *to,
		     struct argp_state *state);
void args_take_since(const struct args_option *option, char *arg, void *to,
		     struct argp_state *state);
void args_take_cgroup(const struct args_option *option, char *arg, void *to,
		      struct argp_state *state);
void args_take_endpoint(const struct args_option *option, char *arg, void *to,
			struct argp_state *state);
void args_take_when(const struct args_option *option, char *arg, void *to,
		    struct argp_state *state);
unsigned int args_whole_seconds(const struct args_option *option, const char *arg,
				unsigned long most, struct argp_state *state);
void args_doubt_count(const char *option);
void args_cgroup(const char **to, char *arg, struct argp_state *state);
void args_endpoint(struct endpoint *to, const char *arg, struct argp_state *state);

/* An option that sets a bool, and one that is taken by a function of the command. */
#define ARGS_FLAG(name, letter, type, member, doc) \
	{ name, letter, NULL, doc, args_take_flag, offsetof(type, member) }
#define ARGS_VALUE(name, letter, arg, take, type, member, doc) \
	{ name, letter, arg, doc, take, offsetof(type, member) }

int args_globals(const char *doc, char *(*help)(int key, const char *text, void *input),
		 int argc, char **argv);
void args_parse(const struct args *args, int argc, char **argv, void *input);

#endif
