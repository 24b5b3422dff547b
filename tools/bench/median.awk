# SPDX-License-Identifier: GPL-2.0-only
#
# For the tables that say how far figures are apart: read before cores.awk and parallel.awk.

# What is in list[1..n]: sets median, least, most_of.
function sum_up(n,    i, k, v) {
	for (i = 2; i <= n; i++) {
		v = list[i]
		for (k = i - 1; k && list[k] > v; k--)
			list[k + 1] = list[k]
		list[k + 1] = v
	}
	least = list[1]
	most_of = list[n]
	i = int((n + 1) / 2)
	median = n % 2 ? list[i] : (list[i] + list[i + 1]) / 2
}
