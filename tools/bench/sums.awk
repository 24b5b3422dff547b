# SPDX-License-Identifier: GPL-2.0-only
#
# Sums up what profile has counted by function in one span: one line for rows.awk. The sums are of the
# module and its trampolines, or of the eBPF program; of the kernel; and of the functions of the kernel
# that the module calls for each connection, in which nothing is that comes by chance.

# How many connections are in the span: see measure/*.c and guest-profile.sh.
function connections(    n) {
	if (row == "steady")
		return 900
	n = row == "life-programs" ? repeats - repeats % 16 : repeats
	if (part == "cycle")
		return n
	return n + 1 + (row == "life-programs" ? 16 : 0)	# and those to warm up
}

{
	ours = $1 ~ /portquota\]|ftrace\]|bpf\]$/
	count[ours] += $2
	locked[ours] += $3
	if ($1 ~ /^(__local_bh_(en|dis)able_ip|ktime_get_seconds)$/)
		called += $2
}

END {
	n = connections()
	printf "%s\t%s\t%s", state, row, part
	printf "\t%.1f\t%.1f\t%.1f\t%.1f", count[1] / n, locked[1] / n, count[0] / n, locked[0] / n
	printf "\t%.1f\n", called / n
}
