# Unit tests of the floor base: each links it and what is below, nothing above.
UNIT_TESTS += tests/unit/fs_test
tests_unit_fs_test_SOURCES = tests/unit/fs_test.c
tests_unit_fs_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_fs_test_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/base64_test
tests_unit_base64_test_SOURCES = tests/unit/base64_test.c
tests_unit_base64_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base64_test_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/lazy_test
tests_unit_lazy_test_SOURCES = tests/unit/lazy_test.c
tests_unit_lazy_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_lazy_test_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
