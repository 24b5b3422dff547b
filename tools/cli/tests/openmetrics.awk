# SPDX-License-Identifier: GPL-2.0-only
#
# openmetrics.awk: reads OpenMetrics text strictly, as far as gauges, counters, histograms and statesets
# go, and says what is wrong with it. Exit 1 if anything is.

function wrong(what) {
	print "line " NR ": " what ": " $0
	bad = 1
}

# What a sample of a family may be called.
function family_of(sample,   base) {
	if (type[family] == "counter" && sample == family "_total")
		return 1
	if (type[family] == "histogram")
		return sample == family "_bucket" || sample == family "_count" || sample == family "_sum"
	return (type[family] == "gauge" || type[family] == "stateset") && sample == family
}

# Cuts the labels off, checks each, and leaves them in labels[].
function cut_labels(text,   name, value) {
	delete labels
	text = substr(text, 2)
	while (text !~ /^}/) {
		if (!match(text, /^[a-zA-Z_][a-zA-Z0-9_]*="/)) {
			wrong("no label")
			return ""
		}
		name = substr(text, 1, RLENGTH - 2)
		text = substr(text, RLENGTH + 1)
		if (!match(text, /^([^"\\]|\\[\\n"])*"/)) {
			wrong("label value")
			return ""
		}
		value = substr(text, 1, RLENGTH - 1)
		text = substr(text, RLENGTH + 1)
		if (name in labels)
			wrong("label twice")
		labels[name] = value
		if (text ~ /^,[^}]/)
			text = substr(text, 2)
		else if (text !~ /^}/) {
			wrong("after a label")
			return ""
		}
	}
	return substr(text, 2)
}

function check_bucket(   le) {
	le = labels["le"]
	if (le !~ /^([0-9]+\.[0-9]+|\+Inf)$/)
		wrong("le")
	if (last_le != "" && (last_le == "+Inf" || (le != "+Inf" && le + 0 <= last_le + 0)))
		wrong("order of buckets")
	if ($NF + 0 < last_count)
		wrong("buckets do not add up")
	last_le = le
	last_count = $NF + 0
}

function end_family() {
	if (family && type[family] == "histogram" && last_le != "" && last_le != "+Inf")
		wrong("no +Inf bucket")
	last_le = ""
	last_count = 0
}

ended { wrong("behind the end") }

/^# EOF$/ { end_family(); ended = 1; next }

/^# (TYPE|UNIT|HELP) [a-zA-Z_:][a-zA-Z0-9_:]* ./ {
	if ($2 == "TYPE") {
		end_family()
		family = $3
		if (family in type)
			wrong("family twice")
		if ($4 !~ /^(gauge|counter|histogram|stateset)$/ || NF != 4)
			wrong("type")
		type[family] = $4
		sampled = 0
	} else if ($3 != family || sampled) {
		wrong("not of the family")
	} else if (($2 " " family) in told) {
		wrong("told twice")
	}
	told[$2 " " $3] = 1
	if ($2 == "UNIT" && family !~ ("_" $4 "$"))
		wrong("unit is not in the name")
	if ($2 == "HELP" && /\\([^n\\"]|$)/)
		wrong("escape in help")
	next
}

/^[a-zA-Z_:][a-zA-Z0-9_:]*(\{| )/ {
	match($0, /^[a-zA-Z_:][a-zA-Z0-9_:]*/)
	name = substr($0, 1, RLENGTH)
	rest = substr($0, RLENGTH + 1)
	delete labels
	if (!family_of(name))
		wrong("sample is not of the family")
	if (rest ~ /^\{/)
		rest = cut_labels(rest)
	if (rest !~ /^ [0-9]+(\.[0-9]+)?$/)
		wrong("value")
	if (name ~ /_bucket$/)
		check_bucket()
	if (name ~ /_count$/ && type[family] == "histogram" && $NF + 0 != last_count)
		wrong("count is not that of the last bucket")
	if (type[family] == "stateset" && (!(family in labels) || $NF !~ /^[01]$/))
		wrong("stateset")
	key = substr($0, 1, length($0) - length($NF))
	if (key in seen)
		wrong("sample twice")
	seen[key] = 1
	sampled = 1
	next
}

{ wrong("what is this") }

END {
	if (!ended)
		wrong("no end")
	exit bad
}
