# Unit tests of the floor spec: each links it and what is below, nothing above.
UNIT_TESTS += tests/unit/digest_test
tests_unit_digest_test_SOURCES = tests/unit/digest_test.c
tests_unit_digest_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_digest_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/config_test
tests_unit_config_test_SOURCES = tests/unit/config_test.c
tests_unit_config_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_config_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/gofmt_test
tests_unit_gofmt_test_SOURCES = tests/unit/gofmt_test.c
tests_unit_gofmt_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_gofmt_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
