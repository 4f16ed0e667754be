# Unit tests of the floor context: each links it and what is below, nothing above.
UNIT_TESTS += tests/unit/ignore_test
tests_unit_ignore_test_SOURCES = tests/unit/ignore_test.c
tests_unit_ignore_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_ignore_test_LDADD = $(CONTEXT_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/source_test
tests_unit_source_test_SOURCES = tests/unit/source_test.c \
	tests/unit/context_tree.c tests/unit/context_tree.h
tests_unit_source_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_source_test_LDADD = $(CONTEXT_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/context_test
tests_unit_context_test_SOURCES = tests/unit/context_test.c \
	tests/unit/context_tree.c tests/unit/context_tree.h
tests_unit_context_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_context_test_LDADD = $(CONTEXT_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/tarcontext_test
tests_unit_tarcontext_test_SOURCES = tests/unit/tarcontext_test.c \
	tests/unit/context_tree.c tests/unit/context_tree.h
tests_unit_tarcontext_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_tarcontext_test_LDADD = $(CONTEXT_LIBS) $(CMOCKA_LIBS)
