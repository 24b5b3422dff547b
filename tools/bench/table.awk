# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the benchmark's tables of LANE.tsv files, whose lines are STATE [ROUND], row, number.
#
# A row of the first table needs no more than to be printed by guest.sh in the states "without" and
# "loaded", "plain" where destinations matter, "caps" where caps do, and "ebpf" to be compared with
# that. What is added is told of the row with caps, if there is one, and of the eBPF program's beside it.

BEGIN {
	budget["total"] = 1
	budget["FIN_WAIT2: total"] = 1
	budget["steady: total"] = 1
	longest_stretch = 100000
	format = "%-25s %7s %7s %7s %7s %7s %5s %7s %5s %4s %s\n"
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
	if (state == "without" && !((lane, $2) in seen)) {
		seen[lane, $2] = 1
		row[lane, ++nr_rows[lane]] = $2
	}
	value[key, ++n[key]] = $3
	if (n[key] == 1 || $3 < low[key])
		low[key] = $3
	if (n[key] == 1 || $3 > high[key])
		high[key] = $3
}

function has(name, state) {
	return (lane, name, state) in n
}

# Of what was measured in each round: one that something else got into counts for nothing.
function median(name, state,    key, all, i, k, v) {
	key = lane SUBSEP name SUBSEP state
	for (i = 1; i <= n[key]; i++) {
		v = value[key, i]
		for (k = i - 1; k && all[k] > v; k--)
			all[k + 1] = all[k]
		all[k + 1] = v
	}
	i = int((n[key] + 1) / 2)
	return n[key] % 2 ? all[i] : (all[i] + all[i + 1]) / 2
}

function cell(name, state) {
	return has(name, state) ? sprintf("%.0f", median(name, state)) : "-"
}

# By how much two measurements of one state differ at most
function spread(name,    states, s, most, here) {
	split("without plain loaded caps ebpf", states, " ")
	for (s in states) {
		if (!has(name, states[s]))
			continue
		here = high[lane, name, states[s]] - low[lane, name, states[s]]
		if (here > most)
			most = here
	}
	return most
}

function verdict(held) {
	return held ? "held" : "EXCEEDED"
}

function compared(name,    without, with, part) {
	without = median(name, "without")
	with = median(name, has(name, "caps") ? "caps" : "loaded")
	part = 100 * (with - without) / without
	printf format, name, cell(name, "without"), cell(name, "plain"), cell(name, "loaded"),
		cell(name, "caps"), cell(name, "ebpf"),
		sprintf("%+.0f", with - without), sprintf("%+.2f %%", part),
		(has(name, "ebpf") ? sprintf("%+.0f", added(name, "ebpf")) : "-"),
		(n[lane, name, "without"] > 1 ? sprintf("%.0f", spread(name)) : "-"),
		(name in budget ? verdict(part <= budget[name]) : "")
}

function lives(    r, name) {
	printf "Lane %s: instructions of one connection. The budget is 1 %% of it, with caps.\n\n", lane
	printf format, "", "", "", "", "", "", "caps", "caps", "eBPF", "", ""
	printf format, "", "without", "no dest", "loaded", "caps on", "eBPF", "added", "added", "added", "A/A", "budget"
	for (r = 1; r <= nr_rows[lane]; r++) {
		name = row[lane, r]
		if (name != "refusal" && name != "steady: TIME_WAITs" && has(name, "loaded"))
			compared(name)
	}
}

function added(name, state) {
	return median(name, state) - median(name, "without")
}

function half(name, state) {
	return verdict(added(name, state) <= added(name, "ebpf") / 2)
}

function compared_to_ebpf(name, state) {
	return sprintf("%.0f (1/%.2f)", added(name, state), added(name, "ebpf") / added(name, state))
}

# What the eBPF program can be compared with is the module without caps, and, strictly, without
# destinations; the budget is about all that the module does.
function ebpf(name) {
	if (!has(name, "ebpf"))
		return
	printf "%-5s eBPF: %s: keeping the same counts adds %.0f. The module adds\n", lane, name, added(name, "ebpf")
	printf "      %s%s with destinations, %s with caps too (1/2: %s, with caps %s)\n",
		(has(name, "plain") ? compared_to_ebpf(name, "plain") " without destinations, " : ""),
		compared_to_ebpf(name, "loaded"), compared_to_ebpf(name, "caps"),
		half(name, "loaded"), half(name, "caps")
}

# How much more the module adds in one row than in another, of the same connections
function more(what, name, than, most,    part) {
	part = 100 * (added(name, "loaded") / added(than, "loaded") - 1)
	printf "%-5s %s: the module adds %.0f, %+.1f %%%s;\n      the eBPF program %.0f, %+.1f %%\n", lane, what,
		added(name, "loaded"), part,
		(most ? sprintf(" (at most %d %%: %s)", most, verdict(part <= most)) : ""), added(name, "ebpf"),
		100 * (added(name, "ebpf") / added(than, "ebpf") - 1)
}

function deep() {
	if (has("five deep: total", "ebpf"))
		more("a cgroup five deep beside one two deep", "five deep: total", "total", 10)
}

function programs() {
	if (has("16 programs: total", "ebpf"))
		more("16 programs in turns beside one", "16 programs: total", "total")
}

# What is left to 'the same' is for numbers with more digits.
function stat(    none, some) {
	none = median("stat, none held", "loaded")
	some = median("stat, all held", "loaded")
	printf "%-5s reading stat: %.0f instructions with nothing held, %.0f with %d\n      reservations, %+.2f %% (the same: %s)\n",
		lane, none, some, median("held", "loaded"), 100 * (some - none) / none, verdict(some <= 1.05 * none)
}

function refusal(    own, ours) {
	own = median("refusal", "without")
	ours = median("refusal", "caps")
	printf "%-5s refusal: %.0f instructions when the kernel finds no port of 28,232, %.0f at the\n      cap, 1/%.0f (1/100: %s)\n",
		lane, own, ours, own / ours, verdict(ours <= own / 100)
}

function memory(    bytes, buckets) {
	bytes = median("bytes slab", "loaded")
	buckets = median("ehash", "guest")
	printf "%-5s memory: %d bytes a reservation, %.1f with the slab's waste (64: %s); once 8 x %d\n      buckets = %d KiB\n",
		lane, median("bytes object", "loaded"), bytes, verdict(bytes <= 64), buckets, buckets * 8 / 1024
}

# What one more line of the table has: the background, by what is held
function background_of(what) {
	return median("background: " what, "loaded")
}

function background(    none, hand) {
	none = background_of("none held")
	hand = background_of("all held, one by hand")
	printf "%-5s background: %.0f instructions a second with nothing held, %.0f with a tenth of\n      %d reservations, %.0f with all, %.0f when one of them is hand-bound and connected,\n      %+.1f %% (10 %%: %s)\n",
		lane, none, background_of("a tenth held"), median("held", "loaded"), background_of("all held"),
		hand, 100 * (hand - none) / none, verdict(hand <= 1.1 * none)
	printf "%-5s background: %.0f with %d accounts, %.0f with %d destinations\n", lane,
		background_of("accounts"), median("accounts", "loaded"),
		background_of("destinations"), median("destinations", "loaded")
}

function stretches(    key, part, name, length_of, most, where) {
	for (key in n) {
		split(key, part, SUBSEP)
		if (part[1] != lane || part[2] !~ /^stretch/)
			continue
		name = part[2]
		sub(/^stretch[^:]*: /, "", name)
		length_of = median(part[2], part[3])
		printf "%-5s stretch: %.0f instructions: %s%s\n", lane, length_of,
			(part[2] ~ /background/ ? "background, " : ""), name
		if (length_of > most) {
			most = length_of
			where = name
		}
	}
	printf "%-5s longest stretch: %.0f instructions, %s (%d: %s)\n", lane, most, where, longest_stretch,
		verdict(most <= longest_stretch)
}

function costs(    key, part, name) {
	for (key in n) {
		split(key, part, SUBSEP)
		name = part[2]
		if (part[1] == lane && sub(/^cost: /, "", name))
			printf "%-5s with %d accounts, %d destinations: %.0f instructions: %s\n", lane,
				median("accounts", "loaded"), median("destinations", "loaded"),
				median(part[2], part[3]), name
	}
}

function loads(    one, many) {
	one = median("load, one namespace", "loaded")
	many = median("load, many namespaces", "loaded")
	printf "%-5s loading: %.0f instructions with one network namespace, %.0f with %d more\n", lane,
		one, many, median("namespaces", "loaded")
}

END {
	for (l = 1; l <= nr_lanes; l++) {
		lane = lanes[l]
		if (nr_rows[lane])
			lives()
		printf "\n"
		if (has("total", "ebpf")) {
			ebpf("total")
			ebpf("FIN_WAIT2: total")
			ebpf("steady: total")
			deep()
			programs()
		}
		if (has("stat, all held", "loaded"))
			stat()
		if (has("refusal", "without") && has("refusal", "caps"))
			refusal()
		if (has("bytes slab", "loaded"))
			memory()
		if (has("background: all held", "loaded"))
			background()
		if (has("accounts", "loaded")) {
			costs()
			stretches()
		}
		if (has("namespaces", "loaded"))
			loads()
		printf "\n"
	}
}
