# Unit tests of the floor spec: each links it and what is below, nothing above.
UNIT_TESTS += tests/unit/digest_test
tests_unit_digest_test_SOURCES = tests/unit/digest_test.c
tests_unit_digest_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_digest_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
