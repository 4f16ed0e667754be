# Unit tests of the floor sandbox: each links it and what is below, nothing above.
UNIT_TESTS += tests/unit/sandbox_test tests/unit/scope_test \
	tests/unit/initlayer_test
tests_unit_initlayer_test_SOURCES = tests/unit/initlayer_test.c
tests_unit_initlayer_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_initlayer_test_LDADD = $(SANDBOX_LIBS) $(CMOCKA_LIBS)
tests_unit_sandbox_test_SOURCES = tests/unit/sandbox_test.c \
	tests/unit/sandbox_fixture.c tests/unit/sandbox_fixture.h
tests_unit_sandbox_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_sandbox_test_LDADD = $(SANDBOX_LIBS) $(CMOCKA_LIBS)
tests_unit_scope_test_SOURCES = tests/unit/scope_test.c
tests_unit_scope_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_scope_test_LDADD = $(SANDBOX_LIBS) $(CMOCKA_LIBS)
if HAVE_CMOCKA
TESTS += tests/unit/sandbox_user.sh
endif
EXTRA_DIST += tests/unit/sandbox_user.sh
tests/unit/sandbox_user.log: tests/unit/sandbox_test$(EXEEXT)
