#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dkms.sh: what DKMS runs to build the module, with a make and a modinfo that do what is asked of them here.
# shellcheck source=tools/cli/tests/lib.sh
. "$(dirname "$0")/lib.sh"

# As DKMS has them, in a copy of the tree from which nothing is executed.
repo=$here/../../..
mkdir -p "$tmp/tree/tools/packaging" "$tmp/bin"
cp -r "$repo/dkms.conf" "$repo/include" "$tmp/tree"
cp -r "$repo/tools/packaging/dkms" "$tmp/tree/tools/packaging"
chmod a-x "$tmp/tree/tools/packaging/dkms/build"

# fails_with PATTERN: a make that fails if it is called with arguments like these, and writes down all of them.
fails_with() {
	cat >"$tmp/bin/make" <<-END
		#!/bin/sh
		echo "\$*" >>"$tmp/called"
		case "\$*" in
		$1) exit 2 ;;
		*placeholder*) echo placeholder >$tmp/tree/tools/packaging/dkms/placeholder/portquota.ko ;;
		*) echo module >$tmp/tree/portquota.ko ;;
		esac
	END
	chmod +x "$tmp/bin/make"
}

# build [JOBS]: as dkms.conf says, where DKMS was told JOBS; leaves $code, $tmp/out, $tmp/err, $tmp/called.
build() {
	rm -f "$tmp/called" "$tmp/tree/portquota.ko"
	(
		cd "$tmp/tree" || exit
		# shellcheck disable=SC2034
		kernel_source_dir=/kdir kernelver=6.1 dkms_tree=/dkms arch=x86_64 parallel_jobs=${1-}
		# shellcheck source=dkms.conf disable=SC2154
		. ./dkms.conf
		PATH=$tmp/bin:$PATH sh -c "${MAKE[0]}"
	) >"$tmp/out" 2>"$tmp/err"
	code=$?
}
built_a() { [ $code -eq 0 ] && [ "$(cat "$tmp/tree/portquota.ko")" = "$1" ]; }

fails_with none
build 3; built_a module && lines 0 && grep -q -- ' -j3 ' "$tmp/called"; report "dkms: builds with as many jobs as DKMS was told, from a folder without the right to execute"
build; built_a module && grep -q -- " -j$(nproc) " "$tmp/called"; report "dkms: else with one per CPU"
fails_with "*-j3*"
build 3; built_a module && lacks placeholder; report "dkms: what fails with many jobs is tried with one, before there is a placeholder"
fails_with "*M=$tmp/tree\ *"
build 3; built_a placeholder && has 'does not build'; report "dkms: what does not build at all is a placeholder"
fails_with "*"
build 3; [ $code -ne 0 ]; report "dkms: if that does not build either, it fails"

# shellcheck disable=SC2016
printf '#!/bin/sh\ncase $2 in version) echo 0.1 ;; description) echo "placeholder: x" ;; esac\n' >"$tmp/bin/modinfo"
chmod +x "$tmp/bin/modinfo"
sed "s|/lib/modules|$tmp/modules|" "$repo/tools/packaging/dkms/tell" >"$tmp/tell"
mkdir -p "$tmp/modules/6.1/updates/dkms"
: >"$tmp/modules/6.1/updates/dkms/portquota.ko"
PATH=$tmp/bin:$PATH sh "$tmp/tell" 6.1 /make.log >"$tmp/out" 2>"$tmp/err"
tells /make.log && tells 'dkms build --force portquota/0.1 -k 6.1; dkms install --force portquota/0.1 -k 6.1'; report "dkms: of a placeholder it tells where the errors are and how to try again"
finish
