#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mode.sh: tests of mode.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

export PORTQUOTA_SYS=$limits/sys
run "$limits" mode; [ $code -eq 0 ] && [ "$(cat "$tmp/out")" = enforce ]; report "mode"
run "$limits" mode -j; json enforce mode; report "mode -j"
mkdir -p "$tmp/sys/module/portquota/parameters"; export PORTQUOTA_SYS=$tmp/sys; echo enforce >"$tmp/sys/module/portquota/parameters/mode"
for mode in audit off enforce; do
	run "$limits" mode $mode; [ $code -eq 0 ] && [ ! -s "$tmp/out" ] && [ "$(cat "$tmp/sys/module/portquota/parameters/mode")" = $mode ]; report "mode $mode"
done
run "$limits" mode audit; run "$limits"; has "mode audit: " && run "$limits" -j && json audit mode; report "status tells of mode audit"
run "$limits" mode nonsense; [ $code -eq 64 ] && tells "'nonsense' is not a mode: use enforce, audit or off"; report "mode nonsense is exit 64"
run "$limits" mode audit off; [ $code -eq 64 ] && tells "'off'"; report "mode audit off is exit 64"
run "$limits" mode -A; [ $code -eq 0 ] && [ "$(cat "$tmp/out")" = audit ]; report "mode -A: of the whole host it is anyway"
run "" mode -n x; [ $code -eq 64 ] && tells "-n cannot be used"; report "mode -n is exit 64"
PORTQUOTA_SYS=$tmp/nosys run "$tmp/nowhere" mode; [ $code -eq 1 ] && tells "modprobe portquota" && tells "$tmp/nosys/module"; report "mode: no module is exit 1"
export REFUSE=audit REFUSE_ERRNO=1
run_refused "$limits" mode audit; [ $code -eq 1 ] && tells "mode audit: not permitted; try as root"; report "mode: no right"
unset REFUSE REFUSE_ERRNO
export PORTQUOTA_SYS=$tmp/nosys

finish
