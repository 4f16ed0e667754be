# One archive per floor: a unit test links its own floor and those below.
EXTRA_DIST += src/FLOORS

include src/base/local.mk
include src/spec/local.mk
include src/dockerfile/local.mk
include src/context/local.mk
include src/store/local.mk
include src/transport/local.mk
include src/sandbox/local.mk
include src/plan/local.mk
include src/engine/local.mk
include src/view/local.mk
include src/cli/local.mk
include src/tui/local.mk

BASE_LIBS = src/base/libbase.a $(UNISTRING_LIBS)
SPEC_LIBS = src/spec/libspec.a $(BASE_LIBS) \
	$(JANSSON_LIBS) $(CRYPTO_LIBS) $(ZLIB_LIBS)
DOCKERFILE_LIBS = src/dockerfile/libdockerfile.a $(SPEC_LIBS)
CONTEXT_LIBS = src/context/libcontext.a $(SPEC_LIBS)
STORE_LIBS = src/store/libstore.a $(SPEC_LIBS)
TRANSPORT_LIBS = src/transport/libtransport.a $(SPEC_LIBS)
SANDBOX_LIBS = src/sandbox/libsandbox.a $(SPEC_LIBS) $(SECCOMP_LIBS)
NEIGHBOUR_LIBS = src/dockerfile/libdockerfile.a src/context/libcontext.a \
	src/store/libstore.a src/transport/libtransport.a \
	src/sandbox/libsandbox.a $(SPEC_LIBS) $(SECCOMP_LIBS)
PLAN_LIBS = src/plan/libplan.a $(NEIGHBOUR_LIBS)
ENGINE_LIBS = src/engine/libengine.a $(PLAN_LIBS)
VIEW_LIBS = src/view/libview.a $(PLAN_LIBS)
CLI_LIBS = src/cli/libcli.a src/engine/libengine.a src/view/libview.a \
	$(PLAN_LIBS)
TUI_LIBS = src/tui/libtui.a src/engine/libengine.a src/view/libview.a \
	$(PLAN_LIBS) $(NCURSES_LIBS)

bin_PROGRAMS += varve
varve_SOURCES = src/main.c
varve_LDADD = src/cli/libcli.a $(TUI_LIBS)
