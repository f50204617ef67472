# make · make deps · make demo · make test · make national · make soak · make fuzz · make bench     SANITIZE=address,undefined for an instrumented build
BUILD := build$(if $(SANITIZE),/sanitize)
WARN  := -Wall -Wextra -Wshadow -Wformat=2 -Werror
HARD  := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
LINK  := -pie -Wl,-z,relro,-z,now
ifdef SANITIZE
HARD  := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer -fPIE
LINK  := -pie -fsanitize=$(SANITIZE)
endif
CFLAGS ?= -O2 -g
# As many at once as there are processors, unless told otherwise.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
# Opened when they are needed (base/library.h), not with every process.
LATE_LIBRARIES := etpan expat ical xlsxwriter zip
ALL_CFLAGS := -std=c17 -D_GNU_SOURCE -I. $(CFLAGS) $(WARN) $(HARD) -MMD -MP $(shell tools/library_files.sh "$(CC)" $(LATE_LIBRARIES))
LIBS := -lcurl -lsqlite3 -lcmark -lgnutls -lidn2 -linih -ljansson -lseccomp -lunistring

ROOMS   := base lists schedules templates mailer mailer/send mailer/inbox mailer/reports
SOURCES := $(filter-out mailer/main.c,$(foreach room,$(ROOMS),$(wildcard $(room)/*.c)))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/embedded.o
REFERENCE := $(wildcard lists/reference/[!c]*.csv) $(lastword $(sort $(wildcard lists/reference/collectivites-*.csv)))
CARRIED := config.example.ini $(REFERENCE) $(wildcard schema/*.sql templates/fr/*.md templates/fr/*.html schedules/examples/*.ics)
TESTS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/test_*.c))
TOOLS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/tool_*.c))

.PHONY: all deps deps-test tools demo test check national soak fuzz bench clean
all: $(BUILD)/relais
$(BUILD)/relais: $(BUILD)/mailer/main.o $(OBJECTS)
	@echo "  LINK  $@"; $(CC) $(LINK) -o $@ $^ $(LIBS)
$(BUILD)/%.o: %.c | packages
	@echo "  CC    $<"; mkdir -p $(@D); $(CC) $(ALL_CFLAGS) -c -o $@ $<
$(BUILD)/embedded.S: tools/embed.sh Makefile $(CARRIED)
	@mkdir -p $(@D); tools/embed.sh $(CARRIED) > $@
$(BUILD)/embedded.o: $(BUILD)/embedded.S $(CARRIED)
	@echo "  CC    $<"; $(CC) -c -o $@ $<
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(OBJECTS)
	@$(CC) $(LINK) -o $@ $^ $(LIBS)

.SECONDARY:
.PHONY: packages
packages: ; @tools/packages.sh check build
deps: ; @tools/packages.sh install build
deps-test: ; @tools/packages.sh install build test
demo: deps-test ; @$(MAKE) --no-print-directory all tools && tests/demo.sh "$(DEPARTMENTS)"
tools: $(TOOLS)
test: deps-test ; @$(MAKE) --no-print-directory check
check: all $(TESTS) $(TOOLS)
	BUILD=$(BUILD) prove --timer -j3 tests/run_c.t $(sort $(filter-out tests/run_c.t,$(wildcard tests/*.t)))
national: deps-test ; @$(MAKE) --no-print-directory all && BUILD=$(BUILD) RELAIS_NATIONAL=all tests/national.t
soak: deps-test ; @$(MAKE) --no-print-directory all tools && BUILD=$(BUILD) tests/soak.sh
fuzz: packages ; @tests/fuzz.sh
bench: deps-test ; @$(MAKE) --no-print-directory all tools && tests/bench.sh
clean: ; rm -rf build demo

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
