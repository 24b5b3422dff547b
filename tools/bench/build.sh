# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Builds the programs of the benchmark.

bench_folder=$(dirname "${BASH_SOURCE[0]}")
bench_flags=(-std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror)

# build_measure PROGRAM: the one that measures, in the guest.
build_measure() {
	gcc "${bench_flags[@]}" -I"$bench_folder/../../include/uapi" -static -pthread \
		-Wl,--section-start=.where_begin=0x50000000 -Wl,--section-start=.where_end=0x50010000 \
		-o "$1" "$bench_folder"/measure/*.c
}

# build_where PLUGIN: the one that QEMU loads.
build_where() {
	gcc "${bench_flags[@]}" -shared -fPIC -fvisibility=hidden -o "$1" "$bench_folder/where.c"
}

# build_count FOLDER: what the module is compared with, count.bpf.o, and count, which attaches it.
build_count() {
	clang -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror \
		-idirafter "/usr/include/$(gcc -dumpmachine)" \
		-c -o "$1/count.bpf.o" "$bench_folder/ebpf/count.bpf.c"
	gcc "${bench_flags[@]}" -static -o "$1/count" "$bench_folder/ebpf/count.c" -lbpf -lelf -lz
}

# build_cores PROGRAM: the module's counters in userspace, with the headers that make unit has; and
# those of the eBPF program, which has the system's headers.
build_cores() {
	local root=$bench_folder/../..
	gcc "${bench_flags[@]}" -g -I"$bench_folder/counters/bpf" -c -o "$1.ebpf.o" "$bench_folder/counters/ebpf.c"
	gcc "${bench_flags[@]}" -Wno-sign-compare -g -pthread -D__KERNEL__ -I"$root/tools/unit/include" \
		-I"$bench_folder/counters/include" -I"$root/include" -I"$root/module" \
		-include linux/kconfig.h -include linux/compiler_types.h -o "$1" \
		"$bench_folder/counters/cores.c" "$1.ebpf.o" "$root"/module/lib/{portcount,portset,stock}.c
}

# keep_raw: what the plugin and the guest have said so far goes to the folder $raw, if there is to be one,
# also when it was not all; and the folder $work goes.
keep_raw() {
	[[ ! $raw ]] || { mkdir -p "$raw" && cp "$work"/span.* "$work/said" "$raw/" 2>/dev/null; } || :
	rm -rf "$work"
}

# add_plugin FOLDER PLUGIN,ARGUMENTS: makes FOLDER/bin, to be the first in PATH. tools/qemu/run
# knows nothing of plugins, so it gets a qemu-system-x86_64 that adds one.
add_plugin() {
	local qemu
	qemu=$(command -v qemu-system-x86_64) || die "qemu-system-x86_64 is missing: run tools/deps first"
	mkdir "$1/bin"
	printf '#!/bin/sh\nexec "%s" "$@" -plugin "%s"\n' "$qemu" "$2" >"$1/bin/qemu-system-x86_64"
	chmod +x "$1/bin/qemu-system-x86_64"
}

# symbols_split FOLDER: makes symbols.STATE of what the guest has printed, in FOLDER/said.
symbols_split() {
	awk -F '\t' -v folder="$1" '
		$1 == "symbols" { file = folder "/symbols." $2; next }
		file && /^[0-9a-f]* [a-zA-Z] / { print >file }' "$1/said"
}
