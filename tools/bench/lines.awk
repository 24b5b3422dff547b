# SPDX-License-Identifier: GPL-2.0-only
#
# Makes lines' report on one state, of which each file is one argument: the symbols in order, the
# cache lines, the writes of modules, as where.c has written them. A module here is what lies among
# modules: the ftrace trampolines and eBPF programs do too.

BEGIN {
	who["loaded"] = "the module"
	who["ebpf"] = "the eBPF program"
}

FNR == 1 { file++ }

# Addresses are all of one length: what is less as text is less.
file == 1 {
	address[++symbols] = $1 ""
	symbol[symbols] = $3
	next
}

file == 2 {
	if ($4 && $5)
		shared[$1] = 1
	# Half of each CPU's connections, at the least: the others are by hash, or of a timer tick.
	if ($2 && $3 && !($4 + $5)) {
		kernel_lines += $2 >= lives / 4 && $3 >= lives / 4
		kernel_writes += $2 + $3
	}
	next
}

function symbol_of(where,    low, high, middle) {
	low = 1
	high = symbols
	while (low < high) {
		middle = int((low + high + 1) / 2)
		if (address[middle] <= where)
			low = middle
		else
			high = middle - 1
	}
	return symbol[low]
}

# A call of a hook begins with a trampoline, which saves registers. Inside of one, the kernel's own
# function has its turn, which may take a while.
{
	if ($4 > 100)
		call[$1]++
	where = $2 ""
	if (!(where in name))
		name[where] = symbol_of(where)
	if (name[where] ~ /trampoline/) {
		call[$1]++
		next
	}
	if (!($3 in shared))
		next
	if (last[$1, $3] != call[$1]) {
		last[$1, $3] = call[$1]
		visits[$3]++
	}
	if (!(($3, name[where]) in seen)) {
		seen[$3, name[where]] = 1
		writers[$3] = writers[$3] " " name[where]
	}
}

END {
	for (line in visits) {
		each = visits[line] >= lives / 2
		lines[each]++
		sum[each] += visits[line]
	}
	printf "%s: %d lines that each writes, in %.1f visits; others, by a hash, in %.1f\n", who[state],
		lines[1], sum[1] / lives, sum[0] / lives
	fflush()
	if (list)
		for (line in visits)
			if (visits[line] >= lives / 2)
				printf "  %s %6.2f %s\n", line, visits[line] / lives, writers[line] | "sort"
	close("sort")
	printf "the kernel's own text beside it: %d lines that each writes\n", kernel_lines
}
