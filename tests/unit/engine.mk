# Unit tests of the floor engine: each links it and what is below, nothing above.
UNIT_TESTS += tests/unit/upper_test
tests_unit_upper_test_SOURCES = tests/unit/upper_test.c
tests_unit_upper_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_upper_test_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/upper_write_test
tests_unit_upper_write_test_SOURCES = tests/unit/upper_write_test.c
tests_unit_upper_write_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_upper_write_test_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/v1_test
tests_unit_v1_test_SOURCES = tests/unit/v1_test.c
tests_unit_v1_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_v1_test_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/engine_test
tests_unit_engine_test_SOURCES = tests/unit/engine_test.c
tests_unit_engine_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_engine_test_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
