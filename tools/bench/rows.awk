# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the table of profile --all of what sums.awk has said: lines of state, row, part, and the
# instructions of what was added and how many of them are locked, the same of the kernel, and what of it
# is in functions that the module calls.

BEGIN {
	title["life"] = "direct"
	title["life-fin-wait2"] = "FIN_WAIT2"
	title["life-programs"] = "16 programs"
	title["life-deep"] = "five deep"
	title["steady"] = "steady"
	most_locked["loaded"] = 12
	most_locked["caps"] = 14
	# 1 % of a connection, 76,500; of one by way of FIN_WAIT2, 83,300
	most["loaded", "steady"] = 765
	most["caps", "steady"] = 800
	most["loaded", "life-fin-wait2"] = 833
	most_deeper = 10	# % more three levels further down
}

{
	if (!($2 in seen)) {
		seen[$2] = 1
		row[++rows] = $2
	}
	known[$1, $2] = 1
	own[$1, $2] += $4
	own_locked[$1, $2] += $5
	kernel[$1, $2] += $6
	kernel_locked[$1, $2] += $7
	called[$1, $2] += $8
}

# The eBPF program lets the kernel's functions do most of its work.
function ebpf(name) {
	return own["ebpf", name] + kernel["ebpf", name] - kernel["without", name]
}

function ebpf_locked(name) {
	return own_locked["ebpf", name] + kernel_locked["ebpf", name] - kernel_locked["without", name]
}

function has(state, name) {
	return (state, name) in known
}

function added(state, name) {
	return own[state, name] + called[state, name] - called["without", name]
}

function number(is, format, what) {
	return is ? sprintf(format, what) : "-"
}

function line(name) {
	printf "%-12s %9s %9s %9s   %9s %8s %8s %8s\n", title[name],
		number(has("loaded", name), "%.1f", added("loaded", name)),
		number(has("caps", name), "%.1f", added("caps", name)),
		number(has("ebpf", name), "%.0f", ebpf(name)),
		number(has("without", name), "%.1f", kernel_locked["without", name]),
		number(has("loaded", name), "%.1f", own_locked["loaded", name]),
		number(has("caps", name), "%.1f", own_locked["caps", name]),
		number(has("ebpf", name), "%.1f", ebpf_locked(name))
}

function verdict(state, name, is, most) {
	return sprintf("%d%s: %s", most, state == "caps" ? " with caps" : "",
		!has(state, name) ? "not known" : is <= most ? "held" : "EXCEEDED")
}

function budget(state, name) {
	return verdict(state, name, added(state, name), most[state, name])
}

function budget_locked(state) {
	return verdict(state, "steady", own_locked[state, "steady"], most_locked[state])
}

# What is added in one row, beside a direct one of a program that has the CPU for itself, two levels deep
function beside(state, name) {
	return 100 * (added(state, name) / added(state, "life") - 1)
}

END {
	printf "%-12s %29s   %36s\n", "", "instructions added", "locked instructions"
	printf "%-12s %9s %9s %9s   %9s %8s %8s %8s\n", "", "loaded", "caps on", "eBPF", "kernel's",
		"loaded", "caps on", "eBPF"
	for (r = 1; r <= rows; r++)
		line(row[r])
	printf "\nat most, steady: %s, %s; FIN_WAIT2: %s\n", budget("loaded", "steady"), budget("caps", "steady"),
		budget("loaded", "life-fin-wait2")
	if (has("loaded", "life-deep") && has("loaded", "life"))
		printf "five deep beside direct: %+.1f %% (%s)\n", beside("loaded", "life-deep"),
			verdict("loaded", "life-deep", beside("loaded", "life-deep"), most_deeper)
	printf "locked, steady: %s, %s\n", budget_locked("loaded"), budget_locked("caps")
}
