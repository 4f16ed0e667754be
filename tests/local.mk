# All tests are TAP; tests/README says what lives where.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
BATS_LOG_DRIVER = $(LOG_DRIVER)
BATS_LOG_COMPILER = $(BATS)
AM_BATS_LOG_FLAGS = --tap
TEST_EXTENSIONS = .sh .bats
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	VARVE='$(abs_top_builddir)/varve'; export VARVE; \
	CMOCKA_MESSAGE_OUTPUT=tap; export CMOCKA_MESSAGE_OUTPUT; \
	TZ=UTC; export TZ; LC_ALL=C.UTF-8; export LC_ALL;

TESTS += tests/floors.sh
EXTRA_DIST += tests/floors.sh tests/README

UNIT_TESTS =
UNIT_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	-DTEST_DATA='"$(abs_top_srcdir)/tests"'

include tests/unit/base.mk
include tests/unit/spec.mk
include tests/unit/dockerfile.mk
include tests/unit/context.mk
include tests/unit/store.mk
include tests/unit/transport.mk
include tests/unit/sandbox.mk
include tests/unit/plan.mk
include tests/unit/engine.mk
include tests/unit/view.mk
include tests/unit/tui.mk
include tests/golden/local.mk
include tests/fuzz/local.mk

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif

CLI_TESTS = \
	tests/cli/against.bats \
	tests/cli/bootstrap.bats \
	tests/cli/advise.bats \
	tests/cli/context.bats \
	tests/cli/files.bats \
	tests/cli/learn.bats \
	tests/cli/copy.bats \
	tests/cli/verbs.bats \
	tests/cli/serve.bats \
	tests/cli/pull.bats \
	tests/cli/shell.bats \
	tests/cli/strict.bats \
	tests/cli/whatif.bats \
	tests/cli/cost.bats \
	tests/cli/no_cache_from.bats \
	tests/cli/reasons.bats \
	tests/cli/schemas.bats \
	tests/cli/bad_input.bats \
	tests/cli/tree.bats \
	tests/cli/tutorial.bats
TESTS += $(CLI_TESTS)
INTEROP_TESTS = \
	tests/interop/tutorial.bats \
	tests/interop/formats.bats \
	tests/interop/against.bats \
	tests/interop/both_ways.bats \
	tests/interop/cache_rules.bats \
	tests/interop/odd_bytes.bats \
	tests/interop/prune.bats \
	tests/interop/remote.bats \
	tests/interop/registry_pull.bats \
	tests/interop/registry_copy.bats \
	tests/interop/registry_login.bats \
	tests/interop/registry_push.bats \
	tests/interop/registry_cache.bats \
	tests/interop/registry_resolve.bats \
	tests/interop/registry_words.bats \
	tests/interop/registry_tls.bats \
	tests/interop/registry_peers.bats \
	tests/interop/registry_token.bats \
	tests/interop/add_url.bats \
	tests/interop/context.bats \
	tests/interop/sandbox.bats \
	tests/interop/engine_layers.bats \
	tests/interop/oracles.bats \
	tests/interop/flags.bats \
	tests/interop/edits.bats \
	tests/interop/engine_api.bats \
	tests/interop/engine_build.bats \
	tests/interop/engine_tls.bats \
	tests/interop/reasons.bats \
	tests/interop/differential.bats
if INTEROP
TESTS += $(INTEROP_TESTS)
endif
EXTRA_DIST += $(CLI_TESTS) $(INTEROP_TESTS) \
	tests/interop/differential.py tests/interop/opened.py tests/interop/cases.py \
	tests/interop/oracles/check.py tests/interop/oracles/imgjson.py \
	tests/interop/oracles/layertar.py tests/interop/oracles/tarsplit.py \
	tests/interop/oracles/tarsum.py \
	tests/interop/bzip2_cut.py tests/interop/context_tar.py tests/interop/reasons.py tests/interop/against.py tests/interop/layers.py tests/interop/odd_image.py tests/interop/web.py tests/interop/web.bash tests/interop/probe.c tests/cli/common.bash tests/cli/lesson_words.py \
	tests/interop/common.bash tests/interop/daemon_user.bash tests/interop/daemon_faults.py tests/interop/build_request.py tests/interop/registry.bash tests/interop/faults.py tests/interop/token_server.py \
	tests/interop/edits.txt tests/golden/plan tests/vectors
# A test that uses the program waits for it; interop shares the two cores.
$(CLI_TESTS:.bats=.log) $(INTEROP_TESTS:.bats=.log): varve$(EXEEXT)

# The screen: scripts without a terminal, and a real one in tmux.
UI_TESTS = tests/ui/run.sh tests/ui/random.sh tests/ui/tmux.sh tests/ui/terminal.sh tests/ui/terms.sh \
	tests/ui/requirements.sh tests/ui/moves.sh tests/ui/pty.sh tests/ui/screens.sh
TESTS += $(UI_TESTS)
EXTRA_DIST += tests/ui
$(UI_TESTS:.sh=.log): varve$(EXEEXT)

# Beside docker, BuildKit and buildah; needs root and minutes, judges nothing.
EXTRA_DIST += tests/bench/run tests/bench/screen.py tests/bench/stores.py tests/bench/registry.py
.PHONY: bench
bench: varve$(EXEEXT)
	$(srcdir)/tests/bench/run --varve ./varve$(EXEEXT) $(BENCHFLAGS)
