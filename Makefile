# Clino: gradient checking and training diagnostics in C.
#
#   make            libraries and build/diagnose
#   make demo       real layers checked, a planted bug caught, training runs diagnosed
#   make examples   build/examples/*, those around FANN where it is installed
#   make test       all tests; SANITIZE=address,undefined for the sanitizers, SUITE=name for one suite
#   make scale      what several ranks cost one another, with 1, 2 and 4 of them (Open MPI)
#   make bench      speed and cost, as figure lines
#   make gallery    verdicts on right and wrong gradients of many objectives; GALLERY='--misses' for its options
#   make lab        healthy and faulty networks trained and judged; LAB='--sample 4' for its options
#   make fuzz       libFuzzer over every reader of logs, FUZZ_SECONDS=60 each (needs clang)
#   make worked     runs the worked examples and writes docs/worked and docs/worked_examples.md anew
#   make figures    runs bench, gallery and lab and writes docs/figures.md
#   make install    PREFIX=/usr/local DESTDIR=, with manual pages where scdoc is; make man: these alone
#   make clean      removes build/; make uninstall: what install put there
#   make deps       installs what is missing (NO_INSTALL=1: only says what)
#   make help       these lines
#
# Variables: WITH_MPI=1 for libclino-mpi (Open MPI); CC=clang CFLAGS='-O1 -g' BUILD=folder; V=1 shows whole commands instead of one word each.

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/clino
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
SANITIZE ?=
WITH_MPI ?=

VERSION := $(shell sed -n 's/^.define CLINO_VERSION "\(.*\)"/\1/p' include/clino/status.h)
SOVERSION := $(basename $(VERSION))

ifneq ($(SANITIZE),)
BUILD ?= build/sanitize
SANITIZE_FLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
else
BUILD ?= build
endif
ifneq ($(words $(BUILD)),1)
$(error BUILD is '$(BUILD)': make cannot handle blanks in names of files)
endif

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
CFLAGS ?= -O3 -g
ALL_CFLAGS = -std=c11 $(CFLAGS) -fno-math-errno -ffp-contract=off -fvisibility=hidden $(WARNINGS) $(SANITIZE_FLAGS)
ALL_CPPFLAGS = -Iinclude -D_POSIX_C_SOURCE=200809L $(SYSTEM_CPPFLAGS) $(CPPFLAGS)
ALL_LDFLAGS = $(SANITIZE_FLAGS) $(LDFLAGS) $(SYSTEM_LDFLAGS)

ifeq ($(shell uname -s),Darwin)
BREW := $(shell brew --prefix 2>/dev/null)
SYSTEM_CPPFLAGS := $(if $(BREW),-I$(BREW)/include) -D_DARWIN_C_SOURCE
SYSTEM_LDFLAGS := $(if $(BREW),-L$(BREW)/lib)
so = lib$(1).$(SOVERSION).dylib
so_link = lib$(1).dylib
SO_FLAGS = -dynamiclib -install_name $(LIBDIR)/$(call so,$(1)) -current_version $(VERSION)
else
so = lib$(1).so.$(SOVERSION)
so_link = lib$(1).so
AS_NEEDED := -Wl,--as-needed
# No undefined symbols, except where clang leaves those of the sanitizers to the program.
SO_FLAGS = -shared -Wl,-soname,$(call so,$(1)) $(if $(SANITIZE),,-Wl,-z,defs)
endif

# ---- what is in which library (tools/house.txt): a new file in one of its folders is found by itself ----

folders = $(shell awk '$$1 == "module" && $$4 == "$(1)" { print $$3 }' tools/house.txt)
# The first one is the core, which the others need; SRC_name and LIBS_name: what it is made of and what it links.
LIBRARIES := clino clino-io clino-curvature $(if $(filter 1,$(WITH_MPI)),clino-mpi)
$(foreach l,$(LIBRARIES),$(eval SRC_$(l) := $(wildcard $(patsubst %,%/*.c,$(call folders,lib$(l))))))
LIB_SRC := $(foreach l,$(LIBRARIES),$(SRC_$(l)))
IO_DIRS := $(call folders,libclino-io)
# Messages of protocol buffers: NAME.proto becomes NAME.pb-c.h and NAME.pb-c.c in the build folder.
PROTO_SRC := $(wildcard $(IO_DIRS:%=%/*.proto))
# Private helpers that every library holds a hidden copy of; base's public functions stand in libclino alone.
SHARED_SRC := $(filter-out lib/base/status.c lib/base/finding.c,$(wildcard lib/base/*.c))
CLI_SRC := $(wildcard cli/*.c)
EXAMPLE_LIB_SRC := $(wildcard examples/net/*.c examples/worked/*.c)
EXAMPLE_SRC := $(wildcard examples/*.c)
BENCH_SRC := $(wildcard bench/*.c)
BENCH_LIB_SRC := $(wildcard bench/support/*.c)
TEST_SRC := $(wildcard tests/test_*.c tests/internal/test_*.c)
TEST_SUPPORT_SRC := $(wildcard tests/support/*.c)
# Test programs that need one of these are left out where it is not installed.
OPTIONAL := cmocka check gsl
ABSENT := $(foreach p,$(OPTIONAL),$(if $(shell pkg-config --exists $(p) 2>/dev/null && echo yes),,$(p)))
MUST_FAIL_SRC := $(filter-out $(ABSENT:%=tests/must_fail/wrong_gradient_%.c),$(wildcard tests/must_fail/*.c))
GALLERY_SRC := $(wildcard tests/gallery/*.c)
GALLERY_PROGRAM_SRC := $(wildcard tests/gallery/program/*.c)
LAB_SRC := $(wildcard bench/lab/*.c)
LAB_PROGRAM_SRC := $(wildcard bench/lab/program/*.c)

# $(call optional,PACKAGE,--cflags|--libs,WORD): what pkg-config says and the word; nothing where it is not installed.
optional = $(shell pkg-config --exists $(1) 2>/dev/null && echo $(3) && pkg-config $(2) $(1))

# Open MPI, for libclino-mpi and its tests: they are left out where it is not installed.
MPICC := $(shell command -v mpicc 2>/dev/null)
MPI_FLAGS = $(patsubst -I%,-isystem %,$(shell $(MPICC) --showme:compile))
MPI_SRC := $(wildcard $(patsubst %,%/*.c,$(call folders,libclino-mpi)))
MPI_TEST_SRC := $(wildcard tests/mpi/*.c)
MPI_BENCH_SRC := $(wildcard bench/mpi/*.c)
MPI_EXAMPLE_SRC := $(wildcard examples/mpi/*.c)
MPI_TESTS := $(if $(MPICC),$(MPI_TEST_SRC:tests/mpi/%.c=$(BUILD)/tests/mpi/%))
MPI_EXAMPLES := $(if $(MPICC),$(MPI_EXAMPLE_SRC:examples/mpi/%.c=$(BUILD)/examples/mpi/%))

# $(call say,WORD,FILE) before a command: a short line is shown in its place, unless V=1.
say = $(if $(filter 1,$(V)),,@printf '  %-7s%s\n' '$(1)' '$(2)';)

CORE_LIBS := -lm -lpthread
LIBS_clino := $(CORE_LIBS)
LIBS_clino-io := -lcsv -ljson-c -lprotobuf-c -lz $(CORE_LIBS)
# diagnose alone reads clino.ini.
LIBS_diagnose := -linih
LIBS_clino-curvature := -larpack -llapack $(CORE_LIBS)
# PARPACK, where it is installed, for eigenvalues over the ranks.
LIBS_clino-mpi = $(call optional,parpack,--libs) $(shell $(MPICC) --showme:link) $(LIBS_clino-curvature)
# Which libraries of Clino a library needs beside the core.
NEEDS_clino-mpi := clino-curvature
# What the programs of this tree link: the static libraries, the core last, and of what these need, that which is used.
OTHERS := $(filter clino-mpi,$(LIBRARIES)) $(filter-out clino clino-mpi,$(LIBRARIES))
ARCHIVES := $(patsubst %,$(BUILD)/lib%.a,$(OTHERS) clino)
# libpng, where it is installed, is for the images that examples write.
PNG_LIBS := $(call optional,libpng,--libs)
PROGRAM_LIBS = $(AS_NEEDED) $(PNG_LIBS) $(foreach l,$(OTHERS),$(filter-out $(CORE_LIBS),$(LIBS_$(l)))) $(CORE_LIBS)

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
pic = $(patsubst %.c,$(BUILD)/pic/%.o,$(1))
PROTO_C := $(PROTO_SRC:lib/%.proto=$(BUILD)/made/%.pb-c.c)
PROTO_OBJ := $(PROTO_SRC:lib/%.proto=$(BUILD)/obj/made/%.pb-c.o)
PROTO_PIC := $(PROTO_SRC:lib/%.proto=$(BUILD)/pic/made/%.pb-c.o)


# Files that reports carry along: NAME=FILE, each an array in build/made/io/embedded.c. dygraphs is optional, and is left
# out as a whole where its licence is not beside it: DYGRAPHS= builds without.
DYGRAPHS ?= /usr/share/javascript/dygraphs
DYGRAPHS_LICENCE ?= /usr/share/doc/libjs-dygraphs/copyright
DYGRAPHS_FILES := $(wildcard $(DYGRAPHS)/dygraph.min.js $(DYGRAPHS)/dygraph.min.css $(DYGRAPHS_LICENCE))
DYGRAPHS_WHOLE := $(if $(filter 3,$(words $(DYGRAPHS_FILES))),$(DYGRAPHS_FILES))
EMBED := html_css=lib/io/html.css html_js=lib/io/html.js \
	dygraphs_js=$(filter %.js,$(DYGRAPHS_WHOLE)) dygraphs_css=$(filter %.css,$(DYGRAPHS_WHOLE)) \
	dygraphs_licence=$(filter-out %.js %.css,$(DYGRAPHS_WHOLE))
EMBED_C := $(BUILD)/made/io/embedded.c
EMBED_OBJ := $(BUILD)/obj/made/io/embedded.o
EMBED_PIC := $(BUILD)/pic/made/io/embedded.o

STATIC := $(LIBRARIES:%=$(BUILD)/lib%.a)
SHARED := $(foreach l,$(LIBRARIES),$(BUILD)/$(call so,$(l)))
EXAMPLES := $(EXAMPLE_SRC:examples/%.c=$(BUILD)/examples/%)
# FANN's programs, where it is installed: one of them with its double and with its single precision.
FANN_EXAMPLES := $(addprefix $(BUILD)/examples/,$(call optional,fann,--exists,fann_check fann_check_float fann_train))
BENCHES := $(BENCH_SRC:bench/%.c=$(BUILD)/bench/%)

.PHONY: all demo examples test bench gallery lab worked scale figures man completion install uninstall clean deps help FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(STATIC) $(SHARED) $(BUILD)/diagnose

# ---- dependencies: named and installed where missing ----

deps: $(BUILD)/deps-build $(BUILD)/deps-test

# One after the other, also under make -j: two package managers at once would lock each other out. Where the goal is to
# test, all that is missing is named and installed at once.
$(BUILD)/deps-test: | $(BUILD)/deps-build
$(BUILD)/deps-build $(BUILD)/deps-test: $(BUILD)/deps-%: tools/deps.sh
	@mkdir -p $(@D)
	@CC="$(CC)" CXX="$(CXX)" CPPFLAGS="$(SYSTEM_CPPFLAGS) $(CPPFLAGS)" LDFLAGS="$(LDFLAGS) $(SYSTEM_LDFLAGS)" \
	 NO_INSTALL="$(NO_INSTALL)" sh tools/deps.sh $(if $(filter test deps,$(MAKECMDGOALS)),test,$*)
	@touch $@

# ---- compiling: everything again when compiler or flags change, libraries when a file comes or goes ----

# $(call keep,FILE,TEXT): a file that holds the text, written only where the text is another one.
quote = '$(subst ','\'',$(1))'
define keep
ifneq ($$(strip $$(shell cat $(1) 2>/dev/null)),$$(strip $(2)))
$(1): FORCE
endif
$(1):
	@mkdir -p $$(@D)
	@printf '%s\n' $$(call quote,$$(strip $(2))) > $$@
endef
ALL_FLAGS = $(CC) $(ALL_CFLAGS) $(ALL_CPPFLAGS) $(ALL_LDFLAGS) $(AR)
ALL_SOURCES = $(sort $(LIB_SRC) $(CLI_SRC) $(EXAMPLE_LIB_SRC) $(BENCH_LIB_SRC) $(TEST_SRC) \
	$(TEST_SUPPORT_SRC) $(GALLERY_SRC) $(GALLERY_PROGRAM_SRC) $(LAB_SRC) $(LAB_PROGRAM_SRC))
$(eval $(call keep,$(BUILD)/flags,$$(ALL_FLAGS)))
$(eval $(call keep,$(BUILD)/embedded,$$(EMBED)))
$(eval $(call keep,$(BUILD)/sources,$$(ALL_SOURCES)))

LIB_INCLUDES := -Ilib -I.
$(call obj,$(LIB_SRC)) $(call pic,$(LIB_SRC)): PRIVATE_INCLUDES += $(LIB_INCLUDES)
$(BUILD)/obj/tests/internal/%.o: PRIVATE_INCLUDES += $(LIB_INCLUDES)
$(BUILD)/obj/examples/%.o $(BUILD)/obj/bench/%.o $(BUILD)/obj/tests/%.o: PRIVATE_INCLUDES += -Iexamples
$(BUILD)/obj/bench/%.o $(BUILD)/obj/tests/%.o: PRIVATE_INCLUDES += -Ibench -Itests

$(BUILD)/obj/%.o: %.c $(BUILD)/flags | $(BUILD)/deps-build
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) $(ALL_CPPFLAGS) $(PRIVATE_INCLUDES) -MMD -MP -c -o $@ $<

$(BUILD)/pic/%.o: %.c $(BUILD)/flags | $(BUILD)/deps-build
	@mkdir -p $(@D)
	$(call say,CC PIC,$<)$(CC) $(ALL_CFLAGS) -fPIC $(ALL_CPPFLAGS) $(PRIVATE_INCLUDES) -MMD -MP -c -o $@ $<

# Generated code is not ours to warn about.
$(BUILD)/made/%.pb-c.c: lib/%.proto | $(BUILD)/deps-build
	@mkdir -p $(@D)
	$(call say,PROTO,$<)protoc-c --c_out=$(BUILD)/made --proto_path=lib $<

$(EMBED_C): $(BUILD)/embedded tools/embed.sh $(wildcard $(foreach e,$(EMBED),$(lastword $(subst =, ,$(e)))))
	@mkdir -p $(@D)
	$(if $(DYGRAPHS_WHOLE),,@echo '  dygraphs (libjs-dygraphs) is not here: charts of the HTML report are built static')
	$(call say,EMBED,$@)sh tools/embed.sh $(EMBED) > $@

$(BUILD)/obj/made/%.o: $(BUILD)/made/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -w $(ALL_CPPFLAGS) -I$(BUILD)/made -Ilib -c -o $@ $<

$(BUILD)/pic/made/%.o: $(BUILD)/made/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC PIC,$<)$(CC) $(ALL_CFLAGS) -fPIC -w $(ALL_CPPFLAGS) -I$(BUILD)/made -Ilib -c -o $@ $<

$(call obj,$(SRC_clino-io)) $(call pic,$(SRC_clino-io)): PRIVATE_INCLUDES += -I$(BUILD)/made
$(call obj,$(SRC_clino-io)) $(call pic,$(SRC_clino-io)): | $(PROTO_C)

$(call obj,$(MPI_SRC)) $(call pic,$(MPI_SRC)): PRIVATE_INCLUDES += $(if $(filter 1,$(WITH_MPI)),,$(LIB_INCLUDES)) $(MPI_FLAGS)
$(call obj,lib/mpi/parpack.c) $(call pic,lib/mpi/parpack.c): PRIVATE_INCLUDES += $(call optional,parpack,--cflags,-DWITH_PARPACK)
$(BUILD)/obj/tests/mpi/%.o $(BUILD)/obj/bench/mpi/%.o $(BUILD)/obj/examples/mpi/%.o: PRIVATE_INCLUDES += $(MPI_FLAGS)

$(call obj,$(TEST_SRC) $(TEST_SUPPORT_SRC) $(MUST_FAIL_SRC)): | $(BUILD)/deps-test

-include $(patsubst %.o,%.d,$(call obj,$(LIB_SRC) $(CLI_SRC) $(EXAMPLE_LIB_SRC) $(EXAMPLE_SRC) \
	$(BENCH_SRC) $(BENCH_LIB_SRC) $(TEST_SRC) $(TEST_SUPPORT_SRC) $(MUST_FAIL_SRC) $(GALLERY_SRC) \
	$(GALLERY_PROGRAM_SRC) $(LAB_SRC) $(LAB_PROGRAM_SRC) $(MPI_SRC) $(MPI_TEST_SRC) $(MPI_BENCH_SRC) $(MPI_EXAMPLE_SRC)) $(call pic,$(LIB_SRC)))

# ---- libraries and programs ----

link = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^)

$(foreach l,$(LIBRARIES),$(eval $(BUILD)/lib$(l).a: $(call obj,$(SRC_$(l)))))
$(BUILD)/libclino-io.a: $(PROTO_OBJ) $(EMBED_OBJ)
$(STATIC): $(BUILD)/sources
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $(filter %.o,$^)

$(SHARED): $(BUILD)/sources

so_needs = $(if $(filter clino,$(1)),,$(foreach l,$(NEEDS_$(1)) clino,$$(BUILD)/$$(call so,$(l))))
# Objects; beside the core, the hidden copy of base's helpers and the core as a library.
define shared_library
$$(BUILD)/$$(call so,$(1)): $$(call pic,$$(SRC_$(1))) $(if $(filter clino,$(1)),,$$(call pic,$$(SHARED_SRC)) $(call so_needs,$(1)))
	$$(call say,LINK,$$@)$$(link) $$(call SO_FLAGS,$(1)) $(call so_needs,$(1)) $$(LIBS_$(1))
	@ln -sf $$(@F) $$(BUILD)/$$(call so_link,$(1))
endef
$(foreach l,$(LIBRARIES),$(eval $(call shared_library,$(l))))
$(BUILD)/$(call so,clino-io): $(PROTO_PIC) $(EMBED_PIC)

# The static libraries: diagnose runs from the build folder and after install alike.
$(BUILD)/diagnose: $(BUILD)/sources $(call obj,$(CLI_SRC)) $(BUILD)/libclino-io.a $(BUILD)/libclino.a
	$(call say,LINK,$@)$(link) $(LIBS_clino-io) $(LIBS_diagnose)

# libpng, where it is installed, for images of weights.
$(call obj,examples/worked/image.c): PRIVATE_INCLUDES += $(call optional,libpng,--cflags,-DWITH_PNG)

$(EXAMPLES): $(BUILD)/examples/%: $(BUILD)/obj/examples/%.o $(call obj,$(EXAMPLE_LIB_SRC)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(link) $(PROGRAM_LIBS)

$(BUILD)/examples/fann_check: FANN = -DFANN_DOUBLE -ldoublefann
$(BUILD)/examples/fann_check_float $(BUILD)/examples/fann_train: FANN = -lfloatfann
$(BUILD)/examples/fann_check $(BUILD)/examples/fann_check_float: examples/fann/client.c examples/fann/fann_check.c
$(BUILD)/examples/fann_train: examples/fann/learner.c examples/fann/fann_train.c
$(FANN_EXAMPLES): $(BUILD)/flags $(wildcard examples/fann/*.h) $(call obj,$(EXAMPLE_LIB_SRC)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(link) $(ALL_CPPFLAGS) -Iexamples $(filter %.c,$^) $(ARCHIVES) $(FANN) $(PROGRAM_LIBS)

$(BENCHES): $(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(call obj,$(BENCH_LIB_SRC) $(EXAMPLE_LIB_SRC)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(link) $(PROGRAM_LIBS)

# ---- tests: a suite is a file tests/test_NAME.c with "void suite_NAME(CU_pSuite)"; the list is made from the files ----

$(BUILD)/tests/suites.h: $(BUILD)/sources
	@mkdir -p $(@D)
	@for f in $(sort $(TEST_SRC)); do b=$${f##*/test_}; echo "SUITE($${b%.c})"; done > $@

$(BUILD)/obj/tests/support/runner.o: $(BUILD)/tests/suites.h
$(BUILD)/obj/tests/support/runner.o: PRIVATE_INCLUDES += -I$(BUILD)/tests

$(BUILD)/tests/run: $(BUILD)/sources $(call obj,$(TEST_SRC) $(TEST_SUPPORT_SRC) $(GALLERY_SRC) $(LAB_SRC) $(BENCH_LIB_SRC) $(EXAMPLE_LIB_SRC)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(link) -lcunit $(PROGRAM_LIBS)

# Programs that tests/scripts/mpi.sh starts in several ranks.
ifneq ($(WITH_MPI),1)
$(BUILD)/libclino-mpi.a: $(call obj,$(MPI_SRC))
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $(filter %.o,$^)
endif
MPI_PROGRAMS := $(MPI_TESTS) $(MPI_BENCH_SRC:%.c=$(BUILD)/%)
$(MPI_PROGRAMS): $(BUILD)/%: $(BUILD)/obj/%.o $(BUILD)/libclino-mpi.a $(BUILD)/libclino-curvature.a $(BUILD)/libclino.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(link) $(LIBS_clino-mpi)

$(MPI_EXAMPLES): $(BUILD)/%: $(BUILD)/obj/%.o $(call obj,$(EXAMPLE_LIB_SRC)) $(BUILD)/libclino-mpi.a $(filter-out $(BUILD)/libclino-mpi.a,$(ARCHIVES))
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(link) $(LIBS_clino-mpi) $(PROGRAM_LIBS)

# Programs that must fail: tests/scripts looks at how they do. Those that hold the runner bring a list of suites.
$(BUILD)/obj/tests/must_fail/%.o: PRIVATE_INCLUDES += -Itests/must_fail
MUST_FAIL := $(MUST_FAIL_SRC:tests/must_fail/%.c=$(BUILD)/tests/must_fail/%)
$(MUST_FAIL): $(BUILD)/tests/must_fail/%: $(BUILD)/obj/tests/must_fail/%.o $(BUILD)/libclino-io.a $(BUILD)/libclino.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(link) -lcunit $(OPTIONAL_LIBS) $(LIBS_clino-io)
optional_flags = $(BUILD)/obj/tests/must_fail/wrong_gradient_$(1).o: PRIVATE_INCLUDES += $$(shell pkg-config --cflags $(1))
optional_libs = $(BUILD)/tests/must_fail/wrong_gradient_$(1): OPTIONAL_LIBS = $$(shell pkg-config --libs $(1))
$(foreach p,$(filter-out $(ABSENT),$(OPTIONAL)),$(eval $(call optional_flags,$(p)))$(eval $(call optional_libs,$(p))))

examples: $(EXAMPLES) $(FANN_EXAMPLES) $(if $(SANITIZE),,$(MPI_EXAMPLES))

test: $(BUILD)/tests/run $(MUST_FAIL) $(if $(SANITIZE),,$(MPI_TESTS)) examples $(BENCHES) all
	@CC="$(CC)" CXX="$(CXX)" CPPFLAGS="$(SYSTEM_CPPFLAGS) $(CPPFLAGS)" BUILD="$(BUILD)" SANITIZE="$(SANITIZE)" sh tests/run.sh $(SUITE)

# ---- gallery: its program alone links GSL (GPL) and MINPACK, where they are installed ----

$(call obj,$(GALLERY_PROGRAM_SRC)): PRIVATE_INCLUDES += $(call optional,gsl,--cflags,-DWITH_GSL) \
	$(call optional,cminpack,--cflags,-DWITH_MINPACK)

$(BUILD)/gallery/gallery: $(BUILD)/sources $(call obj,$(GALLERY_SRC) $(GALLERY_PROGRAM_SRC)) $(BUILD)/libclino.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(link) $(call optional,gsl,--libs) $(call optional,cminpack,--libs) $(CORE_LIBS)

gallery: $(BUILD)/gallery/gallery
	@$< $(GALLERY)

# ---- lab: healthy and faulty networks, trained and judged ----

$(BUILD)/lab/lab: $(BUILD)/sources $(call obj,$(LAB_SRC) $(LAB_PROGRAM_SRC) $(EXAMPLE_LIB_SRC)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(link) $(PROGRAM_LIBS)

lab: $(BUILD)/lab/lab
	@$< $(LAB)

# ---- demo, bench, figures ----

demo: $(EXAMPLES) $(BUILD)/diagnose
	@BUILD="$(BUILD)" sh examples/demo.sh

worked: $(EXAMPLES)
	@BUILD="$(BUILD)" UPDATE=1 sh tests/scripts/worked_examples.sh

bench: $(BENCHES)
	@for b in $(sort $(BENCHES)); do $$b || exit 1; done

scale: $(if $(MPICC),$(BUILD)/bench/mpi/scale)
	@if [ -z "$(MPICC)" ]; then echo 'scale: skipped, Open MPI is not installed'; else \
	  for n in 1 2 4; do mpirun $(if $(filter 0,$(shell id -u)),--allow-run-as-root) --bind-to none --oversubscribe -n $$n $< || exit 1; done; fi

figures: $(BENCHES) $(BUILD)/gallery/gallery $(BUILD)/lab/lab
	@BUILD="$(BUILD)" CC="$(CC)" sh tools/figures.sh docs/figures.md $(sort $(BENCHES)) $(BUILD)/gallery/gallery $(BUILD)/lab/lab

# ---- fuzzing: one target a reader, one for event files whose checksums are right, one for whatever users bring ----

FUZZ_CC ?= clang
FUZZ_READERS := $(shell sed -n 's/^READER(\(.*\))/\1/p' lib/io/reader_list.h)
FUZZ_TARGETS := $(FUZZ_READERS) records any
FUZZ_DEFINES = $(if $(filter records,$*),-DFUZZ_RECORDS -DFUZZ_READER=tfevents,$(if $(filter any,$*),,-DFUZZ_READER=$*))

fuzz:
	@if printf 'int LLVMFuzzerTestOneInput(void);int LLVMFuzzerTestOneInput(void){return 0;}\n' | \
	  $(FUZZ_CC) -fsanitize=fuzzer -x c -o /dev/null - 2>/dev/null; then \
	  $(MAKE) CC=$(FUZZ_CC) BUILD=$(BUILD)/fuzz CFLAGS='-O1 -g' SANITIZE=fuzzer-no-link,address,undefined fuzz-run; \
	else echo 'fuzz: skipped, $(FUZZ_CC) with its fuzzer library is not here'; fi

fuzz-run: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/fuzz_%)
	@BUILD="$(BUILD)" FUZZ_SECONDS="$(FUZZ_SECONDS)" sh tests/fuzz/run.sh $(FUZZ_TARGETS)

$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_read.c tests/support/same_run.c $(BUILD)/libclino-io.a $(BUILD)/libclino.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(ALL_CFLAGS) $(ALL_CPPFLAGS) $(LIB_INCLUDES) -Itests -Ibench $(FUZZ_DEFINES) \
	  -fsanitize=fuzzer -o $@ $(filter %.c %.a,$^) $(LIBS_clino-io) $(LDFLAGS) $(SYSTEM_LDFLAGS)

# ---- install ----

# Made from the headers and from docs/diagnose.md; without scdoc there are none, which is said.
man: $(BUILD)/man/made

$(BUILD)/man/made: $(wildcard include/*.h include/clino/*.h include/clino/*/*.h tools/package/*) docs/diagnose.md
	@rm -rf $(@D) && mkdir -p $(@D)
	@if command -v scdoc >/dev/null 2>&1; then printf '  %-7s%s\n' MAN $(@D); sh tools/package/man.sh $(VERSION) $(@D); \
	 else echo '  scdoc is not here: manual pages are left out'; fi
	@! command -v scdoc >/dev/null 2>&1 || touch $@

# Made from what diagnose says of itself.
COMPLETIONS := $(BUILD)/completion/diagnose.bash $(BUILD)/completion/_diagnose
completion: $(COMPLETIONS)
$(COMPLETIONS): $(BUILD)/diagnose $(wildcard tools/package/completion.*)
	@mkdir -p $(@D)
	$(call say,SHELL,$@)sh tools/package/completion.sh $< $(if $(filter %.bash,$@),bash,zsh) > $@

# The licences of what is built in, or shown in the documentation: NAME=FILE.
LICENCES = example-data=examples/data/README.md $(addprefix dygraphs=,$(filter-out %.js %.css,$(DYGRAPHS_WHOLE)))

install: all man completion
uninstall install:
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" BINDIR="$(BINDIR)" LIBDIR="$(LIBDIR)" INCLUDEDIR="$(INCLUDEDIR)" \
	 MANDIR="$(MANDIR)" DOCDIR="$(DOCDIR)" BASHDIR="$(BASHDIR)" ZSHDIR="$(ZSHDIR)" LICENCES="$(LICENCES)" \
	 BUILD="$(BUILD)" VERSION="$(VERSION)" ARCHIVES="$(notdir $(STATIC))" \
	 SONAMES="$(notdir $(SHARED))" LINKS="$(foreach l,$(LIBRARIES),$(call so_link,$(l)))" sh tools/install.sh $@

# The head of this file.
help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' $(firstword $(MAKEFILE_LIST))

clean:
	rm -rf build $(filter-out . .. / $(HOME),$(BUILD))
