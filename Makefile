# locum.  `make` builds; `make demo` shows a failover; `make check` is what CI runs.
# `make SAN=address,undefined test` and `make CC=clang test` build beside, not over.

CC        = gcc
VERSION   = 0.1.0
STD       = -std=c17 -D_GNU_SOURCE
WARN      = -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes \
            -Wmissing-prototypes -Wold-style-definition -Wundef -Wvla -Wformat=2 -Wcast-qual \
            -Wwrite-strings -Wswitch-enum -Wnull-dereference -Werror
OPT       = -O2 -g
HARDEN    = -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fno-delete-null-pointer-checks
comma     = ,
kind      = $(if $(filter gcc,$(CC)),,-$(notdir $(CC)))$(if $(SAN),-$(subst $(comma),-,$(SAN)))
build     = build$(kind)
LIBS      = libevent_core libevent_pthreads liburcu-qsbr libcurl yaml-0.1 ldns jansson openssl
UNITLIBS  = liburcu-qsbr yaml-0.1 ldns openssl
# Expanded when a recipe runs: the packages may have been installed a moment ago.
CFLAGS    = $(STD) $(WARN) $(OPT) $(HARDEN) -MMD -MP -Isrc -I. -DLOCUM_VERSION=\"$(VERSION)\" \
            $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer,-D_FORTIFY_SOURCE=2) \
            $(if $(filter thread,$(SAN)),-DLOCUM_TSAN)
LDFLAGS   = -pie -Wl,-z,relro,-z,now -Wl,--as-needed
libs      = $(shell pkg-config --libs $(1)) -lpthread

code     := $(sort $(wildcard src/*/*.c probes/*.c))
objects   = $(code:%.c=$(build)/%.o)
headers  := $(sort $(wildcard src/*/*.h probes/*.h))
tests    := $(sort $(wildcard tests/unit/*.c tests/scenarios/*.c))
units     = $(patsubst tests/unit/%.c,$(build)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))

all: $(build)/locumd $(build)/locumctl

# An archive, so that a test links only what it reaches: one that needs libevent is not pure.
$(build)/liblocum.a: $(objects)
	@rm -f $@
	ar rcs $@ $^

$(build)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(build)/locumd: $(build)/src/locumd.o $(build)/liblocum.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs,$(LIBS))

$(build)/locumctl: $(build)/src/locumctl.o $(build)/liblocum.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs,$(LIBS))

$(build)/unit/test_net_% $(build)/unit/test_probe_%: UNITLIBS = $(LIBS)
$(build)/unit/%: $(build)/tests/unit/%.o $(build)/liblocum.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs,$(UNITLIBS)) -lcmocka

unit: $(units)
	@for t in $(units); do echo "== $$t"; $$t || exit 1; done

clean:
	rm -rf build build-*

-include $(shell find $(build) -name '*.d' 2>/dev/null)
.PHONY: all unit clean
.SECONDARY:
