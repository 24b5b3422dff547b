# SPDX-License-Identifier: GPL-2.0-only
#
# openmetrics.awk: reads OpenMetrics text strictly, as far as gauges and counters go, or with -v classic=1 the
# text format 0.0.4, and says what is wrong with it. Exit 1 if anything is.

function wrong(what) {
	print "line " NR ": " what ": " $0
	bad = 1
}

# What a sample of a family may be called.
function family_of(sample,   base) {
	if (type[family] == "counter" && !classic)
		return sample == family "_total"
	if (type[family] == "counter" && family !~ /_total$/)
		return 0
	return sample == family
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

# Nobody needs one without samples, or without help.
function end_family() {
	if (family && (!sampled || !(("HELP " family) in told)))
		wrong("no sample or no help of " family)
}

ended { wrong("behind the end") }

!classic && /^# EOF$/ { end_family(); ended = 1; next }

/^# (TYPE|UNIT|HELP) [a-zA-Z_:][a-zA-Z0-9_:]* ./ {
	if ($2 == "TYPE") {
		end_family()
		family = $3
		if (family in type)
			wrong("family twice")
		if ($4 !~ /^(gauge|counter)$/ || NF != 4)
			wrong("type")
		type[family] = $4
		sampled = 0
	} else if ($3 != family || sampled) {
		wrong("not of the family")
	} else if (($2 " " family) in told) {
		wrong("told twice")
	}
	told[$2 " " $3] = 1
	if ($2 == "UNIT" && (classic || family !~ ("_" $4 "$")))
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
	key = substr($0, 1, length($0) - length($NF))
	if (key in seen)
		wrong("sample twice")
	seen[key] = 1
	sampled = 1
	next
}

{ wrong("what is this") }

END {
	if (classic)
		end_family()
	else if (!ended)
		wrong("no end")
	exit bad
}
