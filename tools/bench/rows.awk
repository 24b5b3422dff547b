# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the table of profile --all of what sums.awk has said: lines of state, row, part, and the
# instructions of what was added and how many of them are locked, then the same of the kernel.

BEGIN {
	title["life"] = "direct"
	title["life-fin-wait2"] = "FIN_WAIT2"
	title["life-programs"] = "16 programs"
	title["life-deep"] = "five deep"
	title["steady"] = "steady"
	most_locked["loaded"] = 12
	most_locked["caps"] = 14
}

{
	if (!($2 in seen)) {
		seen[$2] = 1
		row[++rows] = $2
	}
	own[$1, $2] += $4
	own_locked[$1, $2] += $5
	kernel[$1, $2] += $6
	kernel_locked[$1, $2] += $7
}

# The eBPF program lets the kernel's functions do most of its work.
function ebpf(name) {
	return own["ebpf", name] + kernel["ebpf", name] - kernel["without", name]
}

function ebpf_locked(name) {
	return own_locked["ebpf", name] + kernel_locked["ebpf", name] - kernel_locked["without", name]
}

function line(name) {
	printf "%-12s %9.1f %9.1f %9.0f   %9.1f %8.1f %8.1f %8.1f\n", title[name],
		own["loaded", name], own["caps", name], ebpf(name), kernel_locked["without", name],
		own_locked["loaded", name], own_locked["caps", name], ebpf_locked(name)
}

function verdict(state) {
	return own_locked[state, "steady"] <= most_locked[state] ? "held" : "EXCEEDED"
}

END {
	printf "%-12s %29s   %36s\n", "", "instructions added", "locked instructions"
	printf "%-12s %9s %9s %9s   %9s %8s %8s %8s\n", "", "loaded", "caps on", "eBPF", "kernel's",
		"loaded", "caps on", "eBPF"
	for (r = 1; r <= rows; r++)
		line(row[r])
	printf "\nlocked, steady: at most %d (%s), with caps %d (%s)\n", most_locked["loaded"],
		verdict("loaded"), most_locked["caps"], verdict("caps")
}
