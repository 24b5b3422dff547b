# SPDX-License-Identifier: GPL-2.0-only
#
# make help tells what there is. The kernel's build reads Kbuild, not this file.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
TESTS ?=

all: module cli ## the module for the running kernel (or for KDIR=) and the portquota command

module: ## the module alone
	@[ -e $(KDIR)/Makefile ] || { echo "no kernel headers in $(KDIR): install" \
		"linux-headers-$(shell uname -r), or say KDIR=" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

cli: ## the portquota command alone
	$(MAKE) -C tools/cli

install: all ## module, command and man page (DESTDIR=, PREFIX=/usr/local)
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) modules_install
	install -D -m 755 tools/cli/portquota $(DESTDIR)$(PREFIX)/sbin/portquota
	install -D -m 644 tools/man/portquota.8 $(DESTDIR)$(PREFIX)/share/man/man8/portquota.8

# Without headers any more there is only the running kernel to go by.
uninstall: RELEASE = $(or $(shell $(MAKE) -s --no-print-directory -C $(KDIR) kernelrelease 2>/dev/null),$(shell uname -r))
uninstall: ## what install put there, for the running kernel (or for KDIR=)
	rm -f $(DESTDIR)$(PREFIX)/sbin/portquota $(DESTDIR)$(PREFIX)/share/man/man8/portquota.8
	rm -f $(addprefix $(DESTDIR)/lib/modules/$(RELEASE)/,updates/portquota*.ko* extra/portquota*.ko*)
	[ -n "$(DESTDIR)" ] || depmod

demo: deps ## a guest with the module at work on real traffic
	tools/demo/run

check: deps ## the tests that fit into half an hour; ends with 'N passed, N failed'
	@tools/check/check

check-all: deps ## every test in its full size, with what waits for minutes: hours
	@tools/check/check --all

check-6.1 check-6.12 check-7 check-7-rt check-6.12-arm64 check-7-arm64 check-debug check-kcsan: check-%: deps ## one lane: 6.1, 6.12, 7, 7-rt, 6.12-arm64, 7-arm64, debug, kcsan (TESTS='NAME…' for some)
	@tools/check/check $* -- $(TESTS)

check-all-6.1 check-all-6.12 check-all-7 check-all-7-rt check-all-6.12-arm64 check-all-7-arm64 check-all-debug check-all-kcsan: check-all-%: deps ## the same, in full size (TESTS='NAME…')
	@tools/check/check --all $* -- $(TESTS)

matrix: ## the README's table of kernels, out of what the last checks on each lane found
	@tools/check/matrix

unit: ## the KUnit suites that need no kernel, in userspace under the sanitizers: seconds
	@$(MAKE) -s -k -j$(shell nproc) -O --no-print-directory -C tools/unit check

kunit: deps ## the KUnit suites, on the debug kernel
	@tools/check/check kunit

static: deps ## sparse, checkpatch, shellcheck, mandoc, 15 s of fuzzing
	@tools/check/check static

monitoring: deps ## what there is for monitoring, as promtool, node_exporter and Prometheus read it
	@tools/check/check monitoring

picture: deps ## console.png: the console page of an hour in a guest, drawn by Debian's chromium
	tools/demo/picture console.png

fuzz: deps ## the parser of rules, with whatever comes to mind (FUZZ_SECONDS=600)
	@bash -euc '. tools/lib/say.sh; . tools/lib/cache.sh; cache_find; \
		$(MAKE) -C tools/fuzz OUT=$$CACHE/build/fuzz'

bench: deps ## what the module costs, counted in instructions
	tools/bench/bench

compdb: deps ## compile_commands.json, for clangd
	@tools/compdb

deps: ## the Debian packages that all of this needs
	@tools/deps

clean: ## what was built in this tree; the cache folder stays
	[ ! -e $(KDIR)/Makefile ] || $(MAKE) -C $(KDIR) M=$(CURDIR) clean
	for part in tools/cli tools/demo tools/unit selftests; do \
		[ ! -e $$part/Makefile ] || $(MAKE) -C $$part clean; \
	done

help:
	@sed -nE 's/^([a-z0-9. -]+):[^#]*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name text; do \
			case $$name in *' '*) name=$${name%% *}\ …;; esac; \
			printf '  %-16s %s\n' "$$name" "$$text"; done

.PHONY: all module cli install uninstall demo check check-6.1 check-6.12 check-7 check-7-rt check-debug \
	check-6.12-arm64 check-7-arm64 check-all-6.12-arm64 check-all-7-arm64 \
	check-kcsan check-all check-all-6.1 check-all-6.12 check-all-7 check-all-7-rt check-all-debug \
	check-all-kcsan matrix unit kunit static monitoring picture fuzz \
	bench compdb deps clean help
