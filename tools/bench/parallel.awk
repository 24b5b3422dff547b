# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the table of parallel. Lines: state and round, name, connections a second; and the load.
# Wants median.awk.

$1 == "load" {
	load[$2] = $3
	next
}

split($1, part, " ") == 2 {
	rate[part[1], part[2]] = $3
	if (part[2] > rounds)
		rounds = part[2]
}

# To what the round had without; of the second time without, to the first
function ratio(state, r) {
	if (state == "again")
		return rate[state, r] / rate["without", r]
	return 2 * rate[state, r] / (rate["without", r] + rate["again", r])
}

function row(title, state,    r, per_second) {
	for (r = 1; r <= rounds; r++)
		list[r] = rate[state, r]
	sum_up(rounds)
	per_second = median
	for (r = 1; r <= rounds; r++)
		list[r] = ratio(state, r)
	sum_up(rounds)
	printf "%-26s %12.0f %10.3f %18s\n", title, per_second, median, sprintf("%.3f-%.3f", least, most_of)
}

END {
	printf "Connections a second of two CPUs of a guest, %d rounds. The machine\047s load average: %s\n", rounds,
		load["begin"]
	printf "before, %s behind, of which the guest is 2.\n\n", load["end"]
	printf "%-26s %12s %10s %18s\n", "", "a second", "ratio", "least-most"
	row("with the module", "loaded")
	row("with the eBPF program", "ebpf")
	row("without it, and without", "again")
}
