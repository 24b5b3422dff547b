# SPDX-License-Identifier: GPL-2.0-only
#
# samples.awk: the samples of portquota in one form, one per line: labels by name, without those that are empty and
# those of whoever has read them, and the value in full. Reads the text formats of Prometheus and the output of
# promtool query. With -v heads=1 the types and helps instead.

# Cuts the labels off, and leaves them in names[] and values[], count of them.
function cut_labels(text) {
	count = 0
	text = substr(text, 2)
	while (match(text, /^(, *)?[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*"/)) {
		found = substr(text, 1, RLENGTH)
		text = substr(text, RLENGTH + 1)
		sub(/^, */, "", found)
		if (found !~ /=""$/ && found !~ /^(instance|job)=/)
			labels[++count] = found
	}
	return substr(text, 2)
}

function sort_labels(   i, k, label) {
	for (i = 2; i <= count; i++) {
		label = labels[i]
		for (k = i - 1; k >= 1 && labels[k] > label; k--)
			labels[k + 1] = labels[k]
		labels[k + 1] = label
	}
}

heads {
	if (/^# (TYPE|HELP) portquota_/)
		print
	next
}

/^portquota_/ && !/^portquota_scrape_duration_seconds/ {
	match($0, /^[a-z_0-9]+/)
	line = substr($0, 1, RLENGTH)
	rest = substr($0, RLENGTH + 1)
	count = 0
	if (rest ~ /^\{/)
		rest = cut_labels(rest)
	sub(/^ *=>/, "", rest)
	sub(/@\[.*/, "", rest)
	sort_labels()
	for (i = 1; i <= count; i++)
		line = line (i == 1 ? "{" : ",") labels[i]
	printf "%s%s %.3f\n", line, count ? "}" : "", rest + 0
}
