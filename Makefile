# locum.  `make` builds; `make demo` shows a failover; `make check` is what CI runs.
# `make SAN=address,undefined test` and `make CC=clang test` build beside, not over.

CC        = gcc
VERSION   = 0.1.0
STD       = -std=c17 -D_GNU_SOURCE
WARN      = -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes \
            -Wmissing-prototypes -Wold-style-definition -Wundef -Wvla -Wformat=2 -Wcast-qual \
            -Wwrite-strings -Wswitch-enum -Wnull-dereference -Werror
OPT       = $(if $(SAN),-O1,-O2) -g
# Every x86_64 since 2008 counts bits in one instruction, but not the baseline of Debian: packages for that set CPU=.
CPU       = $(if $(filter x86_64,$(shell uname -m)),-mpopcnt)
HARDEN    = -fPIE -fstack-protector-strong -fstack-clash-protection -fno-delete-null-pointer-checks \
            $(if $(filter x86_64,$(shell uname -m)),-fcf-protection=full)
comma     = ,
kind      = $(if $(filter gcc,$(CC)),,-$(notdir $(CC)))$(if $(SAN),-$(subst $(comma),-,$(SAN)))
build     = build$(kind)
LIBS      = libevent_core libevent_pthreads liburcu-qsbr libnghttp2 yaml-0.1 ldns jansson openssl sqlite3
UNITLIBS  = liburcu-qsbr libnghttp2 yaml-0.1 ldns openssl sqlite3 jansson
# Expanded when a recipe runs: the packages may have been installed a moment ago.
CFLAGS    = $(STD) $(WARN) $(OPT) $(CPU) $(HARDEN) -MMD -MP -Isrc -I. -DLOCUM_VERSION=\"$(VERSION)\" \
            $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer,-D_FORTIFY_SOURCE=3) \
            $(if $(filter thread,$(SAN)),-DLOCUM_TSAN)
LDFLAGS   = -pie -Wl,-z,relro,-z,now,-z,separate-code -Wl,--as-needed
libs      = $(shell pkg-config --libs $(1)) -lpthread -lm
PYTHON    = /usr/bin/python3
packages  = sh tests/packages/install.sh
# V=1 shows the commands.  Thread sanitizer cannot live with much address randomisation; harmless where it is not allowed.
say       = $(if $(V),,@echo "  $(1)" &&)
calm      = $(if $(filter thread,$(SAN)),$(shell setarch -R true 2>/dev/null && echo setarch -R))

PREFIX    = /usr/local
sbindir   = $(PREFIX)/sbin
bindir    = $(PREFIX)/bin
mandir    = $(PREFIX)/share/man
docdir    = $(PREFIX)/share/doc/locum
bashdir   = $(PREFIX)/share/bash-completion/completions
unitdir   = $(PREFIX)/lib/systemd/system

code     := $(sort $(wildcard src/*/*.c probes/*.c))
objects   = $(code:%.c=$(build)/%.o)
headers  := $(sort $(wildcard src/*/*.h probes/*.h))
tests    := $(sort $(wildcard tests/unit/*.[ch] tests/scenarios/*.[ch]))
mains    := $(sort $(wildcard src/*.c man/*.c))
units     = $(patsubst tests/unit/%.c,$(build)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))

all: $(build)/locumd $(build)/locumctl

# What a compiler would say in a hundred lines, said in five: before anything is built.
have:
	@pkg-config --exists $(LIBS) 2>/dev/null && command -v $(CC) >/dev/null || $(packages) --list build

# An archive, so that a test links only what it reaches: one that needs libevent is not pure.
$(build)/liblocum.a: $(objects)
	@rm -f $@
	$(call say,ar $@) ar rcs $@ $^

$(build)/%.o: %.c | have
	@mkdir -p $(@D)
	$(call say,cc $@) $(CC) $(CFLAGS) -c -o $@ $<

$(build)/locumd: $(build)/src/locumd.o $(build)/liblocum.a
	$(call say,ld $@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs,$(LIBS))

$(build)/locumctl: $(build)/src/locumctl.o $(build)/liblocum.a
	$(call say,ld $@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs,$(LIBS))

$(build)/man/options: $(build)/man/options.o $(build)/liblocum.a
	$(call say,ld $@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs,$(LIBS))

# ---- tests, for this kind of build ----

$(build)/unit/test_net_% $(build)/unit/test_probe_%: UNITLIBS = $(LIBS)
$(build)/unit/%: $(build)/tests/unit/%.o $(build)/liblocum.a
	@mkdir -p $(@D)
	$(call say,ld $@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs,$(UNITLIBS)) -lcmocka

# Outages, flaps and reloads by a made-up clock, through the real configuration and engine.
$(build)/scenarios/run: $(patsubst %.c,$(build)/%.o,$(wildcard tests/scenarios/*.c)) $(build)/liblocum.a
	@mkdir -p $(@D)
	$(call say,ld $@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs,$(LIBS))

programs: all $(units) $(build)/scenarios/run

unit: $(units)
	@$(calm) sh tests/each.sh $(units)

# Outages under a made-up clock: the real configuration, engine, zones and answers.
scenarios: $(build)/scenarios/run
	@$(calm) $< $(sort $(wildcard tests/scenarios/*.scn))

# The daemon as a user has it: started, asked, killed at.  TESTS= chooses, as pytest -k does; AT_ONCE= how many run side by side.
system: all
	@LOCUM_BUILD=$(build) $(calm) $(PYTHON) -m pytest -q -p no:cacheprovider -n $(or $(AT_ONCE),4) $(if $(TESTS),-k '$(TESTS)') tests/system tests/interop

test: unit scenarios system

check:
	@$(packages) build demo test
	@$(PYTHON) tests/check.py

demo:
	@$(packages) build demo
	@$(MAKE) --no-print-directory -s -j2 all
	@LOCUM_BUILD=$(build) $(PYTHON) tests/demo/demo.py

# BENCH= takes options and servers as tests/bench/README.md has them.
peers     = $(shell for p in gdnsd:gdnsd nsd:nsd knotd:knot; do command -v $${p%:*} >/dev/null && echo $${p\#*:}; done)
bench: all
	@$(packages) --list bench || echo "without them the comparison is with those that are there"
	@LOCUM_BUILD=$(build) BENCH_BUILD=$(build)/bench sh tests/bench/bench.sh $(or $(BENCH),echo locum $(peers))

# What locum promises in figures: kills, hangs, reloads, publications, a prober that dies, under load.  BARS= takes options and names.
bars: all $(build)/bench/dq
	@LOCUM_BUILD=$(build) $(PYTHON) tests/bench/bars.py $(BARS)

# What an answer costs in user-space instructions: `make check` fails when that grows.  WRITE=1 accepts what it is now.
instructions: $(build)/bench/answers
	@$(PYTHON) tests/bench/instructions.py $(if $(WRITE),--write) $<

$(build)/bench/answers $(build)/bench/crowd: $(build)/bench/%: $(build)/tests/bench/src/%.o $(build)/liblocum.a
	@mkdir -p $(@D)
	$(call say,ld $@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs,$(LIBS))

$(build)/bench/%: tests/bench/src/%.c
	@mkdir -p $(@D)
	$(call say,ld $@) $(CC) -O2 -Wall -o $@ $<

# All orders of a switch, the journal and the death of the process (spin); and that a broken model is noticed.
model:
	@sh tests/model/model.sh

# Every numbered rule of src/failover taken out, one after the other: a unit test fails.
mutants:
	@$(PYTHON) tests/lint/mutants.py $(CC) $(STD) $(CPU) -D_GNU_SOURCE

# libFuzzer, FUZZ seconds a target.  Finds are put into build-fuzz/; they become unit rows.
fuzz:
	@sh tests/fuzz/fuzz.sh $(or $(FUZZ),3600)

include tests/lint/lint.mk

# ---- documents, installation ----

docs: $(build)/man/locum.yaml.5

$(build)/man/locum.yaml.5: man/locum.yaml.5.in $(build)/man/options
	$(build)/man/options > $@.options
	sed -e '/^@OPTIONS@$$/{' -e 'r $@.options' -e 'd' -e '}' $< > $@

install: all docs
	install -d $(DESTDIR)$(sbindir) $(DESTDIR)$(bindir) $(DESTDIR)$(docdir) $(DESTDIR)$(unitdir)
	install -d $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man5 $(DESTDIR)$(mandir)/man8
	install -m 755 $(build)/locumd $(DESTDIR)$(sbindir)/locumd
	install -m 755 $(build)/locumctl $(DESTDIR)$(bindir)/locumctl
	install -d $(DESTDIR)$(bashdir)
	install -m 644 docs/locumctl.bash $(DESTDIR)$(bashdir)/locumctl
	install -m 644 man/locumctl.1 $(DESTDIR)$(mandir)/man1/locumctl.1
	install -m 644 $(build)/man/locum.yaml.5 $(DESTDIR)$(mandir)/man5/locum.yaml.5
	install -m 644 man/locumd.8 $(DESTDIR)$(mandir)/man8/locumd.8
	install -m 644 README.md CHANGELOG.md config.yaml.example $(DESTDIR)$(docdir)/
	sed 's,@SBINDIR@,$(sbindir),;s,@BINDIR@,$(bindir),' docs/locumd.service.in > $(DESTDIR)$(unitdir)/locumd.service
	chmod 644 $(DESTDIR)$(unitdir)/locumd.service

clean:
	rm -rf build build-*

-include $(shell find $(build) -name '*.d' 2>/dev/null)
.PHONY: all have programs unit scenarios system test check demo bench bars instructions model mutants fuzz docs install clean
.SECONDARY:
