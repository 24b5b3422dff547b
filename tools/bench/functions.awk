# SPDX-License-Identifier: GPL-2.0-only
#
# Compares what profile has counted by function, without the module and with it: lines to be sorted,
# of which the third field is what is shown.

function ours(name) {
	return name ~ /portquota\]|ftrace\]|bpf\]$/
}

FNR == 1 { file++ }

{
	count[file, $1] = $2
	locked[file, $1] = $3
	seen[$1] = 1
}

function line(name,    was, is) {
	was = count[1, name] / repeats
	is = count[2, name] / repeats
	return sprintf("%9.1f  %9.1f  %+9.1f  %+8.1f  %s", was, is, is - was,
		(locked[2, name] - locked[1, name]) / repeats, name)
}

function sums(group, title) {
	printf "%d\t-1e9\t%9s  %9s  %+9.1f  %+8.1f  = %s\n", group, "", "", sum[group], sum_locked[group], title
}

END {
	for (name in seen) {
		added = (count[2, name] - count[1, name]) / repeats
		group = !ours(name)
		sum[group] += added
		sum_locked[group] += (locked[2, name] - locked[1, name]) / repeats
		if (added >= least || added <= -least)
			printf "%d\t%f\t%s\n", group, added, line(name)
	}
	sums(0, "module and trampolines")
	sums(1, "rest of the kernel")
}
