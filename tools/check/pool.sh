# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Jobs for several workers at once. A job is a line of words: a function of the caller and what it
# takes. They stand in the file FOLDER/queue, where a line '-' may part them: one worker takes those
# before it first, the others those behind it.

# pool_run FOLDER WORKERS JOBS: returns when all are done; 1 if not so many were.
pool_run() {
	local folder=$1 workers=$2 jobs=$3 worker status=0
	: >"$folder/done"
	pool_pids=()
	# A process group for each worker, so that pool_stop reaches what it has started.
	set -m
	for ((worker = 1; worker <= workers; worker++)); do
		pool_worker "$folder" "$((worker > 1))" </dev/null &
		pool_pids+=($!)
	done
	set +m
	for worker in "${pool_pids[@]}"; do
		wait "$worker" || status=1
	done
	pool_pids=()
	(($(wc -l <"$folder/done") == jobs)) || status=1
	return "$status"
}

pool_stop() {
	local worker
	for worker in ${pool_pids[@]+"${pool_pids[@]}"}; do
		kill -- "-$worker" 2>/dev/null || :
	done
}

pool_worker() {
	local folder=$1 behind=$2 job
	while :; do
		job=$(pool_take "$folder/queue" "$behind")
		[[ $job ]] || break
		# shellcheck disable=SC2086 # its words
		$job
		echo "$job" >>"$folder/done"
	done
}

# pool_take QUEUE BEHIND: prints a job and removes it.
pool_take() {
	local lock job=''
	exec {lock}>"$1.lock"
	flock "$lock"
	if (($2)); then
		job=$(sed -n '1,/^-$/d; p; q' "$1")
	fi
	[[ $job ]] || job=$(grep -vxF -m1 -e - "$1" || :)
	if [[ $job ]]; then
		grep -vxF -e "$job" "$1" >"$1.new" || :
		mv "$1.new" "$1"
	fi
	echo "$job"
}
