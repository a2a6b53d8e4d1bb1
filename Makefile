# make              build bin/<tool> for every tools/<tool>
# make test         unit tests, fuzz corpora, then command-line tests
# make test-live    every packet against the live originals
# make artifacts    regenerate every packet under artifacts/, print the gate table
# make gate         judge what is committed
# make asan         the tests under AddressSanitizer and UBSan
# make valgrind     the unit tests under valgrind
# make coverage     what the tests never reach, line by line (ONLY=a tool or common)
# make fuzz         libFuzzer on every parser, FUZZ_SECONDS each (default 10)
# make test-arm64   the unit tests for aarch64 under qemu
# make bench        timings beside peers
# make lint format  check, or apply, the style
# make install      PREFIX and DESTDIR as usual; make uninstall takes it back
#
# A new .c file needs no edit here.  A new tool needs one PKGS line.

PREFIX ?= /usr/local
BUILD  ?= build
BIN    ?= bin
Q      := $(if $(V),,@)
ifeq ($(origin CC),default)
CC     := gcc
endif

# Libraries each folder uses, as pkg-config names.  This is the whole list.
PKGS_common      := libxxhash libsodium libcjson yaml-0.1
PKGS_ft-ckpt     := zlib
PKGS_ft-grad     := openblas libprotobuf-c

# With a target named that builds nothing, do not ask for compilers and libraries.
ifneq ($(if $(MAKECMDGOALS),$(filter-out clean format uninstall,$(MAKECMDGOALS)),all),)
ifneq ($(shell scripts/setup.sh --check build >/dev/null 2>&1 || echo missing),)
$(info $(shell scripts/setup.sh --check build 2>&1))
$(if $(shell scripts/setup.sh build >&2 || echo failed),$(error scripts/setup.sh could not install them))
endif
endif

TOOLS   := $(sort $(patsubst tools/%/main.c,%,$(wildcard tools/*/main.c)))
ARCH    := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
VERSION := $(shell cat VERSION)

OPT      ?= -O2 -g
HARDEN   ?= -D_FORTIFY_SOURCE=2
CPPFLAGS += -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -Ilib \
            -DLOCKSTEP_VERSION='"$(VERSION)"'
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
            -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wvla -Wwrite-strings -Wcast-qual -Wcast-align -Wpointer-arith \
            -Wundef -Wformat=2 -Wdouble-promotion -Wimplicit-fallthrough \
            -Wswitch-enum $(if $(CI),-Werror)
ALL_CFLAGS = -std=c17 $(OPT) $(WARN) $(HARDEN) -fstack-protector-strong -fPIE -pthread \
             -fno-common -ffp-contract=off $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -pthread $(LDFLAGS)

# Sources are found, not listed.  The suffix of a SIMD file names its target.
X86_SIMD := _ssse3 _avx2 _avx512 _vbmi2 _gfni
foreign  := $(if $(filter x86_64,$(ARCH)),_neon,$(X86_SIMD) $(if $(filter aarch64,$(ARCH)),,_neon))
found     = $(sort $(shell find $1 -name '*.c' 2>/dev/null))
sources   = $(filter-out $(foreach s,$(foreign),%$s.c),$(call found,$1))
objects   = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$1))
COMMON    = $(BUILD)/libcommon.a
programs  = $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/$1/*/$2*.c)))
UNITS    := $(call programs,unit,test_)
FUZZERS  := $(call programs,fuzz,fuzz_)

all: $(TOOLS:%=$(BIN)/%)

# What protobuf-c makes of ONNX's own schema (libonnx-dev).
ONNX_PROTO       := /usr/include/onnx/onnx.proto
GENERATED_ft-grad = $(BUILD)/proto/onnx.pb-c
generated         = $(GENERATED_$1:%=%.o)

.SECONDEXPANSION:
$(BUILD)/proto/%.pb-c.c: $(ONNX_PROTO) | $$(@D)/
	$(Q)echo "  GEN  $@"
	$(Q)protoc-c --c_out=$(@D) -I$(<D) $(<F) 2>$(@D)/protoc.log || { cat $(@D)/protoc.log; exit 1; }
$(BUILD)/proto/%.pb-c.o: $(BUILD)/proto/%.pb-c.c
	$(Q)$(CC) $(ALL_CFLAGS) -w -I$(@D) -c -o $@ $<
$(call objects,tools/ft-grad/onnx): | $(GENERATED_ft-grad).c

$(BIN)/%: $$(call objects,tools/$$*) $$(call generated,$$*) $(COMMON) | $$(@D)/
	$(Q)echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,$*)

$(COMMON): $(call objects,lib/common)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

AVX512 := -mavx512f -mavx512cd -mavx512bw -mavx512vl -mavx512dq -mbmi -mbmi2 -mlzcnt -mpclmul
$(BUILD)/%_ssse3.o:  ISA = -mssse3
$(BUILD)/%_avx2.o:   ISA = -mavx2 -mfma -mbmi -mbmi2 -mlzcnt -mpclmul
$(BUILD)/%_avx512.o: ISA = $(AVX512)
$(BUILD)/%_vbmi2.o:  ISA = $(AVX512) -mavx512vbmi2
$(BUILD)/%_gfni.o:   ISA = -mgfni -mavx512f -mavx512bw -mavx512vl -mavx512dq -mbmi -mbmi2

# A tool's sources see lib/ and their own folder, nobody else's.
$(BUILD)/%.o: %.c | $$(@D)/
	$(Q)echo "  CC   $<"
	$(Q)$(CC) $(CPPFLAGS) $(call cflags,$(call owner,$*)) $(ALL_CFLAGS) $(ISA) \
	  -MMD -MP -c -o $@ $<

# A test program in tests/*/T/ links T's objects without its main.  A fuzz
# target replays its corpus, unless ENGINE names a fuzzing engine to link.
testable = $(filter-out %/main.o,$(call objects,tools/$(call owner,$1))) \
         $(call generated,$(call owner,$1))
replay   = $(if $(filter fuzz/%,$1),$(if $(ENGINE),,$(BUILD)/tests/fuzz/replay.o))
$(BUILD)/tests/%.o: CPPFLAGS += -Itests/unit
$(BUILD)/tests/%: $(BUILD)/tests/%.o $$(call replay,$$*) $$(call testable,tests/$$*) $$(COMMON)
	$(Q)echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(if $(filter fuzz/%,$*),$(ENGINE)) \
	  -o $@ $^ $(call libs,$(call owner,tests/$*))

# tools/T/..., tests/unit/T/... and tests/fuzz/T/... belong to T.
owner  = $(word $(if $(filter tests/%,$1),3,2),$(subst /, ,$1))
cflags = $(if $(filter $(TOOLS),$1),-Itools/$1) $(if $(GENERATED_$1),-I$(BUILD)/proto) \
         $(if $(PKGS_$1)$(PKGS_common),$(shell pkg-config --cflags $(PKGS_$1) $(PKGS_common)))
libs   = $(shell pkg-config --libs $(PKGS_$1) $(PKGS_common)) -lm

%/:
	$(Q)mkdir -p $@

# What tests/run.sh needs to know; it runs everything and counts.
units: $(UNITS) $(FUZZERS)
test: all units
	$(Q)BUILD=$(BUILD) BIN=$(abspath $(BIN)) tests/run.sh $(ONLY)

test-live: all
	$(Q)BIN=$(abspath $(BIN)) scripts/test-live.sh

asan:
	$(MAKE) test BUILD=build/asan BIN=build/asan/bin HARDEN= LOCKSTEP_SANITIZED=1 \
	  OPT='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -Wno-maybe-uninitialized'

valgrind: all units
	$(Q)set -e; for t in $(UNITS); do echo "  VALGRIND $$t"; \
	  LOCKSTEP_CPU=avx2 LOCKSTEP_QUICK=1 valgrind -q --error-exitcode=9 $$t; done

coverage:
	$(Q)rm -rf build/cov/tools build/cov/lib
	$(MAKE) test BUILD=build/cov BIN=build/cov/bin HARDEN= OPT='-O0 -g' CFLAGS=--coverage
	$(Q)BUILD=build/cov scripts/coverage.sh $(ONLY)

fuzz:
	$(MAKE) fuzzers CC=clang BUILD=build/fuzz ENGINE=-fsanitize=fuzzer HARDEN= \
	  OPT='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
	$(Q)BUILD=build/fuzz scripts/fuzz.sh $(ONLY)
fuzzers: $(FUZZERS)

test-arm64:
	$(Q)scripts/test-arm64.sh

bench artifacts lint: all
	$(Q)BIN=$(abspath $(BIN)) scripts/$@.sh $(ONLY)
gate: all
	$(Q)BIN=$(abspath $(BIN)) scripts/phase2c_gate_check.sh
format:
	clang-format -i $$(find lib tools tests -name '*.[ch]')

DATA    = $(DESTDIR)$(PREFIX)/share
BASHDIR = $(DATA)/bash-completion/completions
ZSHDIR  = $(DATA)/zsh/site-functions
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DATA)/man/man1 $(BASHDIR) $(ZSHDIR)
	install -m 755 $(TOOLS:%=$(BIN)/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(wildcard tools/*/*.1) $(DATA)/man/man1
	set -e; for t in $(TOOLS); do \
	  $(BIN)/$$t completion bash > $(BASHDIR)/$$t; \
	  $(BIN)/$$t completion zsh > $(ZSHDIR)/_$$t; done
uninstall:
	rm -f $(foreach t,$(TOOLS),$(DESTDIR)$(PREFIX)/bin/$t $(DATA)/man/man1/$t.1 \
	  $(BASHDIR)/$t $(ZSHDIR)/_$t)

clean:
	rm -rf build $(TOOLS:%=bin/%)

.PHONY: all units test test-live asan valgrind coverage fuzz fuzzers test-arm64 bench artifacts \
        lint gate format install uninstall clean
.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
