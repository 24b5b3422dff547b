# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the benchmark's table of LANE.tsv files: STATE [ROUND], row, number on each line.

BEGIN {
	budget["total"] = "1 %"
	budget["FIN_WAIT2: total"] = "1 %"
	format = "%-5s %-26s %12s %12s %9s %9s %8s  %s\n"
}

FNR == 1 {
	lane = FILENAME
	sub(/\.tsv$/, "", lane)
	lanes[++nr_lanes] = lane
}

{
	state = $1
	sub(/ .*/, "", state)
	key = lane SUBSEP $2 SUBSEP state
	if (state == "without" || state == "with") {
		if (!((lane, $2) in seen)) {
			seen[lane, $2] = 1
			row[lane, ++nr_rows[lane]] = $2
		}
	}
	sum[key] += $3
	n[key]++
	if (n[key] == 1 || $3 < low[key])
		low[key] = $3
	if (n[key] == 1 || $3 > high[key])
		high[key] = $3
}

function mean(name, state) {
	return sum[lane, name, state] / n[lane, name, state]
}

function spread(name, state) {
	return high[lane, name, state] - low[lane, name, state]
}

function has(name, state) {
	return (lane, name, state) in n
}

function verdict(part, limit, text) {
	return sprintf("%s: %s", text, part <= limit ? "held" : "EXCEEDED")
}

# Printed on their own below
function special(name) {
	return name ~ /^(stat,|bytes)/
}

function compared(name,    without, with, aa) {
	without = mean(name, "without")
	with = mean(name, "with")
	aa = spread(name, "without") > spread(name, "with") ? spread(name, "without") : spread(name, "with")
	printf format, lane, name, sprintf("%.0f", without), sprintf("%.0f", with),
		sprintf("%+.0f", with - without), sprintf("%+.2f %%", 100 * (with - without) / without),
		(n[lane, name, "with"] > 1 ? sprintf("%.0f", aa) : "-"),
		name in budget ? verdict(100 * (with - without) / without, budget[name] + 0, budget[name]) : ""
}

function stat_row(    none, some) {
	none = mean("stat, none held", "with")
	some = mean("stat, 20000 held", "with")
	printf "%-5s %-26s %12.0f %12.0f %+9.0f %+7.2f %%           %s\n", lane, "reading stat", none, some,
		some - none, 100 * (some - none) / none, "the same"
}

function memory_row(    bytes, buckets) {
	bytes = mean("bytes slab", "with")
	buckets = mean("ehash", "guest")
	printf "%-5s %d bytes a reservation (%.1f with the slab's waste; 64: %s), and once 8 x %d buckets = %d KiB\n", lane,
		mean("bytes object", "with"), bytes, bytes <= 64 ? "held" : "EXCEEDED", buckets, buckets * 8 / 1024
}

END {
	printf format, "lane", "instructions of", "without", "with", "added", "added", "A/A", "budget"
	for (l = 1; l <= nr_lanes; l++) {
		lane = lanes[l]
		for (r = 1; r <= nr_rows[lane]; r++)
			if (!special(row[lane, r]) && has(row[lane, r], "without") && has(row[lane, r], "with"))
				compared(row[lane, r])
	}
	printf "\n"
	printf format, "lane", "instructions of", "none held", "20,000 held", "more", "more", "", "budget"
	for (l = 1; l <= nr_lanes; l++) {
		lane = lanes[l]
		if (has("stat, 20000 held", "with"))
			stat_row()
	}
	printf "\n"
	for (l = 1; l <= nr_lanes; l++) {
		lane = lanes[l]
		if (has("bytes slab", "with"))
			memory_row()
	}
}
