# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the tables of cores. Its lines: kind, round, of what, pattern, threads, and what
# counters/cores.c has printed; and what the run was like. Wants median.awk.

BEGIN {
	nr_patterns = split("own namespace sibling cgroup program", pattern, " ")
	title["own"] = "nothing in common"
	title["namespace"] = "the namespace"
	title["sibling"] = "sibling cgroups"
	title["cgroup"] = "a cgroup's programs"
	title["program"] = "a program's threads"
	most["program"] = 1.5
	most["sibling"] = 1.3
	least_share = 0.95
}

NF < 6 {
	about[$1, NF > 2 ? $2 : ""] = $NF
	next
}

$1 == "cap" {
	begun[$4] += $8
	refused[$4] += $9
	wrong[$4] += $10
	over[$4] += $11
	next
}

{
	runs++
	# Two that take turns on one CPU do not meet.
	if ($7 < least_share) {
		disturbed++
		next
	}
	took[$1, $3, $4, $5, $2] = $6
}

function gather(kind, what, name, threads,    r, n) {
	for (r = 1; r <= about["rounds", ""]; r++)
		if ((kind, what, name, threads, r) in took)
			list[++n] = took[kind, what, name, threads, r]
	return n
}

# To what those that have nothing in common took in the same round
function gather_ratios(kind, what, name,    r, n) {
	for (r = 1; r <= about["rounds", ""]; r++)
		if ((kind, what, name, 2, r) in took && (kind, what, "own", 2, r) in took)
			list[++n] = took[kind, what, name, 2, r] / took[kind, what, "own", 2, r]
	return n
}

function nanoseconds(kind, what, name, threads,    n) {
	n = gather(kind, what, name, threads)
	if (!n)
		return "-"
	sum_up(n)
	return sprintf("%.0f (%.0f-%.0f)", median, least, most_of)
}

function ratio(kind, what, name,    n) {
	n = gather_ratios(kind, what, name)
	if (!n)
		return "-"
	sum_up(n)
	return sprintf("%.2f (%.2f-%.2f)", median, least, most_of)
}

function verdict(name, kind,    n) {
	n = gather_ratios(kind, "module", name)
	if (!n)
		return "not known"
	sum_up(n)
	return median <= most[name] ? "held" : "EXCEEDED"
}

function times(kind,    i, name) {
	printf "%-20s %19s %17s %19s %17s\n", kind, "module, ns", "ratio", "eBPF, ns", "ratio"
	printf "%-20s %19s %17s %19s\n", "(on one core)", nanoseconds(kind, "module", "own", 1), "",
		nanoseconds(kind, "ebpf", "own", 1)
	for (i = 1; i <= nr_patterns; i++) {
		name = pattern[i]
		printf "%-20s %19s %17s %19s %17s\n", title[name], nanoseconds(kind, "module", name, 2),
			ratio(kind, "module", name), nanoseconds(kind, "ebpf", name, 2), ratio(kind, "ebpf", name)
	}
	printf "\n"
}

function caps(    i, name) {
	printf "%-20s %14s %14s %22s %14s\n", "at a limit of 4,000", "begun", "refused", "refused with room", "over it"
	for (i = 1; i <= nr_patterns; i++) {
		name = pattern[i]
		printf "%-20s %14d %14d %22s %14d\n", title[name], begun[name], refused[name],
			sprintf("%d (%.3f %%)", wrong[name], refused[name] ? 100 * wrong[name] / refused[name] : 0), over[name]
	}
}

END {
	printf "The counters of a life alone, on two cores: nanoseconds, median (least-most) of %d;\n", about["rounds", ""]
	printf "the ratio is to nothing in common, in the same round. Runs that did not have their CPUs all\n"
	printf "the time, and are left out: %d of %d. The machine\047s load average: %s before, %s behind.\n\n",
		disturbed, runs, about["load", "begin"], about["load", "end"]
	if (about["realtime", ""] == "no")
		printf "There was no real-time priority to be had: others could take the CPUs.\n\n"
	times("tight")
	times("paced")
	caps()
	printf "\n"
	for (i = nr_patterns; i; i--) {
		name = pattern[i]
		if (name in most)
			printf "%s: at most %.1f times nothing in common (tight: %s, paced: %s)\n",
				title[name], most[name], verdict(name, "tight"), verdict(name, "paced")
		bad += over[name]
	}
	if (bad)
		printf "a limit was EXCEEDED %d times\n", bad
}
