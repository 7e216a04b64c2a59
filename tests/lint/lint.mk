# Everything that reads the source without running it.  One target a tool, so that all of them speak.
# clang-tidy leaves a stamp per source: only what changed is read again.

lint_steps = layers headers format tidy cppcheck man sh tree rules coverage
lintdir    = build/lint
flags      = -std=c17 -D_GNU_SOURCE -DLOCUM_VERSION=\"$(VERSION)\" -Isrc -I.
sources    = $(code) $(headers) $(tests) $(mains)
tidied     = $(patsubst %.c,$(lintdir)/%.tidy,$(code) $(mains))
manuals    = man/locumd.8 man/locumctl.1 $(build)/man/locum.yaml.5
scripts    = .ci/run $(shell find tests -name '*.sh') $(wildcard tests/bench/servers/*)

lint: $(lint_steps:%=lint-%)

lint-layers:
	$(PYTHON) tests/lint/layers.py

# Every header alone: it includes what it needs.
lint-headers:
	@for h in $(headers); do for cc in gcc clang; do \
		printf '#include "%s"\nextern int nothing;\n' "$$h" | $$cc $(STD) $(WARN) -Isrc -I. -fsyntax-only -x c - || { echo "$$h does not stand alone"; bad=1; }; \
	done; done; exit $${bad:-0}

lint-format:
	clang-format --dry-run -Werror $(sources)

# An object is newer than all that it was made from, headers too; so is the stamp.
lint-tidy: $(tidied)
$(lintdir)/%.tidy: build/%.o .clang-tidy
	@mkdir -p $(@D)
	@clang-tidy --quiet $*.c -- $(flags) > $@.log 2>/dev/null || { cat $@.log; exit 1; }
	@touch $@

# It does not know jansson's loop, takes key_make() and err_set(), which fill in, for readers, and its parser
# breaks on a conditional behind a list of designated members (internalAstError).
lint-cppcheck:
	@mkdir -p $(lintdir)/cppcheck
	cppcheck -q -j2 --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=unknownMacro:src/ctl/* --suppress=ctuuninitvar:src/zone/key.c --suppress=ctuuninitvar:src/base/err.c --suppress=internalAstError --cppcheck-build-dir=$(lintdir)/cppcheck $(filter-out -std=%,$(flags)) $(code) $(mains)

lint-man: docs
	mandoc -T lint -W warning $(manuals)

lint-sh:
	@for s in $(scripts); do \
		head -n1 $$s | grep -qx '#!/bin/sh' || { echo "$$s: the first line is not #!/bin/sh"; bad=1; }; \
		grep -q '^set -[eu]*u' $$s || { echo "$$s: no set -u"; bad=1; }; \
		dash -n $$s || bad=1; \
	done; exit $${bad:-0}

lint-tree:
	$(PYTHON) tests/lint/tree.py

# The same number and name for every rule in the code, its header, the manual and the tests.
lint-rules:
	$(PYTHON) tests/lint/rules.py

# Lines and branches of the decisions, all of them, by their unit tests.
lint-coverage:
	$(PYTHON) tests/lint/coverage.py gcc $(STD) $(CPU) -D_GNU_SOURCE

.PHONY: lint $(lint_steps:%=lint-%)
