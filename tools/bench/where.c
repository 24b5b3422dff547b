// SPDX-License-Identifier: GPL-2.0-only
/*
 * where: a QEMU plugin that counts which kernel instructions are executed.
 *
 * Counts every execution of every instruction in the kernel's and modules'
 * text between a call of where_begin() and one of where_end() by the program
 * measure, which is linked to have them at known addresses. Each such span
 * becomes a file PREFIX.0, PREFIX.1, …: lines of address and count.
 *
 * Debian's QEMU has the plugin interface (version 1, of QEMU 7.2) and no
 * header for it, so what is used of it is declared here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT		__attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
					   void (*cb)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  void (*cb)(unsigned int cpu, void *arg),
					  enum qemu_plugin_cb_flags flags, void *arg);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
						enum qemu_plugin_op op, void *counter,
						uint64_t add);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

EXPORT int qemu_plugin_version = 1;

/* As in build.sh */
#define WHERE_BEGIN	0x50000000ULL
#define WHERE_END	0x50010000ULL
#define KERNEL		0xffffffff80000000ULL

/* By address, open addressing: kernel text has far fewer instructions than that */
#define SLOTS		(1U << 23)

static struct slot {
	uint64_t address;
	uint64_t count;
} *slots;

static const char *prefix;
static unsigned int spans;

static struct slot *slot_of(uint64_t address)
{
	uint32_t i = (uint32_t)(address * 0x9e3779b97f4a7c15ULL >> 41);

	while (slots[i].address && slots[i].address != address)
		i = (i + 1) % SLOTS;
	slots[i].address = address;
	return &slots[i];
}

static void begin(unsigned int cpu, void *arg)
{
	unsigned int i;

	(void)cpu;
	(void)arg;
	for (i = 0; i < SLOTS; i++)
		slots[i].count = 0;
}

static void end(unsigned int cpu, void *arg)
{
	char name[4096];
	unsigned int i;
	FILE *f;

	(void)cpu;
	(void)arg;
	snprintf(name, sizeof(name), "%s.%u", prefix, spans++);
	f = fopen(name, "w");
	if (!f) {
		perror(name);
		exit(1);
	}
	for (i = 0; i < SLOTS; i++)
		if (slots[i].count)
			fprintf(f, "%016" PRIx64 " %" PRIu64 "\n", slots[i].address,
				slots[i].count);
	fclose(f);
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
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   &slot->count, 1);
	}
}

EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		return -1;
	prefix = strdup(argv[0] + 4);
	slots = calloc(SLOTS, sizeof(*slots));
	if (!prefix || !slots)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
