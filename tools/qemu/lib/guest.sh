# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# One guest: QEMU started, watched, and its end judged.
#
# guest_run takes from its caller: lane, kernel (vmlinuz), initrd, folder (of this run), timeout,
# memory, cpus, icount, parallel, allow_warnings, append, load. Returns the guest's status.

# What a sound kernel never says. Debug checks do not all panic, so the console is read afterwards.
complaints='-{12}\[ cut here|WARNING: |BUG: |BUG kmalloc|BUG [a-z_]+.*: |KASAN: |UBSAN: |\bOops\b|general protection fault|Kernel panic|possible (recursive|circular) locking|possible irq lock inversion|inconsistent lock state|suspicious RCU usage|(soft|hard) lockup|blocked for more than|(detected|self-detected) stall|kmemleak: [0-9]+ new suspected|unreferenced object|scheduling while atomic|sleeping function called|held lock freed|bad unlock balance|refcount_t: |list_(add|del) corruption|Invalid wait context'

guest_qemu() {
	# One thread for all CPUs: with one each, QEMU 7.2 now and then runs a stale translation
	# of an instruction that another CPU has patched, as ftrace does all the time here.
	# A socket for each CPU: the firmware's MP table, by which a kernel without ACPI finds them,
	# names one CPU per socket.
	local args=(
		-accel "tcg,thread=$([[ $parallel ]] && echo multi || echo single)"
		"${arch_machine[@]}" -smp "$cpus,sockets=$cpus" -m "$memory"
		-nodefaults -no-user-config -no-reboot -display none -monitor none
		-kernel "$kernel" -initrd "$initrd"
		-serial "file:$folder/console"
		-device virtio-serial-pci,ioeventfd=off
		-chardev "file,id=out,path=$folder/out"
		-device virtserialport,chardev=out,name=portquota.out
		-chardev "file,id=status,path=$folder/status"
		-device virtserialport,chardev=status,name=portquota.status
	)
	local words="console=$arch_console loglevel=5 panic=-1 oops=panic random.trust_cpu=on PQ_LANE=$lane"
	[[ $allow_warnings ]] || words+=" panic_on_warn=1"
	# Without ACPI the kernel tries how the timer's interrupts come, and gives up if a busy host
	# lets none through in that moment.
	! lane_is_built "$lane" || words+=" no_timer_check"
	# Behind each access that KCSAN watches the CPU waits. Where it waits by the TSC, QEMU's one
	# thread goes to the other CPU meanwhile, which is what finds races; but without ACPI the
	# kernel often finds no clock to measure the TSC with. How right this number is does not
	# matter.
	[[ $lane != kcsan ]] || words+=" tsc_early_khz=1000000"
	[[ ! $load ]] || words+=" PQ_LOAD=1"
	[[ ! $icount ]] || args+=(-icount shift=0,sleep=off)
	exec timeout -k 5 "$timeout" "$arch_qemu" "${args[@]}" -append "$words $append" \
		</dev/null >"$folder/qemu" 2>&1
}

guest_run() {
	local qemu watcher qemu_status=0
	: >"$folder/out"
	: >"$folder/console"
	guest_qemu &
	qemu=$!
	guest_pid=$qemu
	# A file between QEMU and the reader: however slow the reader is, nothing is lost.
	tail -q -c +1 -s 0.1 -f --pid="$qemu" "$folder/out" &
	watcher=$!
	wait "$qemu" || qemu_status=$?
	wait "$watcher" || :
	guest_pid=
	guest_judge "$qemu_status"
}

# The console is kept only of a guest that failed.
guest_show_console() {
	local kept
	kept=$CACHE/logs/console-$lane-$(date +%Y%m%d-%H%M%S)-$$
	tr -d '\r' <"$folder/console" >"$kept"
	say "the end of its console:"
	tail -n "${1:-80}" "$kept" | sed 's/^/    /' >&2
	say "whole console: $kept"
}

# What kmemleak suspects is left out if the tests found it to be the kernel's own (selftests/leaks.c).
guest_complaints() {
	local suspected known
	suspected=$(grep -aoE 'kmemleak: [0-9]+ new suspected' "$folder/console" |
		awk '{ n += $2 } END { print n + 0 }')
	known=$(grep -aoE 'leaks: [0-9]+ of the kernel.s own' "$folder/console" |
		awk '{ n = $2 } END { print n + 0 }')
	grep -aE -e "$complaints" "$folder/console" |
		if ((suspected <= known)); then grep -avE 'kmemleak: [0-9]+ new suspected'; else cat; fi || :
}

guest_judge() {
	local kind='' value='' found
	[[ ! -s $folder/status ]] || read -r kind value <"$folder/status" || :
	found=$(guest_complaints)
	if [[ $found && ! $allow_warnings ]]; then
		say "the kernel of lane $lane complained:"
		head -n 20 <<<"$found" | tr -d '\r' | sed 's/^/    /' >&2
		guest_show_console 120
		return 99
	fi
	if (($1 == 124 || $1 == 137)); then
		say "lane $lane: stopped after $timeout s (--timeout)"
		guest_show_console
		return 124
	fi
	case $kind in
	exit)
		return "$value"
		;;
	load)
		say "lane $lane: insmod portquota.ko failed (status $value)"
		guest_show_console
		return 98
		;;
	esac
	if (($1)); then
		say "QEMU failed (status $1):"
		sed 's/^/    /' "$folder/qemu" >&2
		return 125
	fi
	say "lane $lane: the guest ended without a status (it said '${kind:-nothing}${value:+ $value}')"
	guest_show_console
	return 99
}
