// SPDX-License-Identifier: GPL-2.0-only
/*
 * where: a QEMU plugin that counts which kernel instructions are executed.
 *
 * Counts every execution of every instruction in the kernel's and modules'
 * text between a call of where_begin() and one of where_end() by the program
 * measure, which is linked to have them at known addresses. Each such span
 * becomes a file PREFIX.0, PREFIX.1, …: lines of address, count, and 1 if the
 * instruction is a locked one, else 0. The guest is to be booted with
 * noreplace-smp: a kernel with one CPU takes the lock prefixes out of its text.
 *
 * With lines=on there is more, of a guest with two CPUs: PREFIX.N.lines has a
 * line for each cache line that was written: its address, the writes by the
 * kernel's text on either CPU, and those by the text of modules. And
 * PREFIX.N.writes has each write by modules, in the order they were made: CPU,
 * address of the instruction, address of the cache line, and how many writes the
 * kernel has made on that CPU since the last one. That is slow.
 *
 * Debian's QEMU has the plugin interface (version 1, of QEMU 7.2) and no
 * header for it, so what is used of it is declared here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locked.h"

#define EXPORT		__attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_mem_rw { QEMU_PLUGIN_MEM_R = 1, QEMU_PLUGIN_MEM_W };
typedef uint32_t qemu_plugin_meminfo_t;

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
					   void (*cb)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  void (*cb)(unsigned int cpu, void *arg),
					  enum qemu_plugin_cb_flags flags, void *arg);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
						enum qemu_plugin_op op, void *counter,
						uint64_t add);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
				      void (*cb)(unsigned int cpu, qemu_plugin_meminfo_t info,
						 uint64_t address, void *arg),
				      enum qemu_plugin_cb_flags flags,
				      enum qemu_plugin_mem_rw rw, void *arg);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

EXPORT int qemu_plugin_version = 1;

/* As in build.sh */
#define WHERE_BEGIN	0x50000000ULL
#define WHERE_END	0x50010000ULL
#define KERNEL		0xffffffff80000000ULL
#define MODULES		0xffffffffc0000000ULL	/* trampolines and eBPF too */
#define LINE		64
#define CPUS		2

/* By address, open addressing: kernel text has far fewer instructions than that */
#define SLOTS		(1U << 23)

static struct slot {
	uint64_t address;
	uint64_t count;
	bool locked;
} *slots;

/* By address too: what a short span writes is far less */
#define LINES		(1U << 21)

static struct line {
	uint64_t address;
	uint32_t writes[2][CPUS];	/* by the kernel, by modules */
} *lines;

static const char *prefix;
static unsigned int spans;
static bool want_lines, in_span;
static unsigned long since[CPUS];	/* writes by the kernel */
static FILE *writes;

static struct slot *slot_of(uint64_t address)
{
	uint32_t i = (uint32_t)(address * 0x9e3779b97f4a7c15ULL >> 41);

	while (slots[i].address && slots[i].address != address)
		i = (i + 1) % SLOTS;
	slots[i].address = address;
	return &slots[i];
}

static struct line *line_of(uint64_t address)
{
	uint32_t i = (uint32_t)(address * 0x9e3779b97f4a7c15ULL >> 43);

	while (lines[i].address && lines[i].address != address)
		i = (i + 1) % LINES;
	lines[i].address = address;
	return &lines[i];
}

static FILE *file_open(const char *suffix)
{
	char name[4096];
	FILE *f;

	snprintf(name, sizeof(name), "%s.%u%s", prefix, spans, suffix);
	f = fopen(name, "w");
	if (!f) {
		perror(name);
		exit(1);
	}
	return f;
}

static void begin(unsigned int cpu, void *arg)
{
	unsigned int i;

	(void)cpu;
	(void)arg;
	for (i = 0; i < SLOTS; i++)
		slots[i].count = 0;
	if (want_lines) {
		memset(lines, 0, LINES * sizeof(*lines));
		writes = file_open(".writes");
	}
	in_span = true;
}

static void lines_end(void)
{
	FILE *f = file_open(".lines");
	const struct line *line;

	for (line = lines; line < lines + LINES; line++)
		if (line->address)
			fprintf(f, "%016" PRIx64 " %u %u %u %u\n", line->address,
				line->writes[0][0], line->writes[0][1],
				line->writes[1][0], line->writes[1][1]);
	fclose(f);
	fclose(writes);
}

static void end(unsigned int cpu, void *arg)
{
	const struct slot *slot;
	FILE *f;

	(void)cpu;
	(void)arg;
	in_span = false;
	f = file_open("");
	for (slot = slots; slot < slots + SLOTS; slot++)
		if (slot->count)
			fprintf(f, "%016" PRIx64 " %" PRIu64 " %d\n", slot->address,
				slot->count, slot->locked);
	fclose(f);
	if (want_lines)
		lines_end();
	spans++;
}

static void written(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *arg)
{
	const struct slot *slot = arg;
	bool module = slot->address >= MODULES;

	/* This version calls for reads too, whatever it was asked for. */
	if (!in_span || cpu >= CPUS || !qemu_plugin_mem_is_store(info))
		return;
	address &= ~(uint64_t)(LINE - 1);
	line_of(address)->writes[module][cpu]++;
	since[cpu]++;
	if (!module)
		return;
	fprintf(writes, "%u %016" PRIx64 " %016" PRIx64 " %lu\n", cpu, slot->address, address,
		since[cpu] - 1);
	since[cpu] = 0;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	struct qemu_plugin_insn *insn;
	struct slot *slot;
	size_t i;

	(void)id;
	if (address == WHERE_BEGIN)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, begin, QEMU_PLUGIN_CB_NO_REGS, NULL);
	if (address == WHERE_END)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, end, QEMU_PLUGIN_CB_NO_REGS, NULL);
	if (address < KERNEL)
		return;
	for (i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		slot = slot_of(qemu_plugin_insn_vaddr(insn));
		slot->locked = is_locked(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   &slot->count, 1);
		if (want_lines)
			qemu_plugin_register_vcpu_mem_cb(insn, written, QEMU_PLUGIN_CB_NO_REGS,
							 QEMU_PLUGIN_MEM_W, slot);
	}
}

EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	if (!argc || argc > 2 || strncmp(argv[0], "out=", 4) ||
	    (argc == 2 && strcmp(argv[1], "lines=on")))
		return -1;
	prefix = strdup(argv[0] + 4);
	want_lines = argc == 2;
	slots = calloc(SLOTS, sizeof(*slots));
	lines = calloc(LINES, sizeof(*lines));
	if (!prefix || !slots || !lines)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
