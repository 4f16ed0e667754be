# Unit tests of the floor spec: each links it and what is below, nothing above.
UNIT_TESTS += tests/unit/digest_test
tests_unit_digest_test_SOURCES = tests/unit/digest_test.c
tests_unit_digest_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_digest_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/gzip_test
tests_unit_gzip_test_SOURCES = tests/unit/gzip_test.c
tests_unit_gzip_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_gzip_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/config_test
tests_unit_config_test_SOURCES = tests/unit/config_test.c
tests_unit_config_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_config_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/gofmt_test
tests_unit_gofmt_test_SOURCES = tests/unit/gofmt_test.c
tests_unit_gofmt_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_gofmt_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/names_test
tests_unit_names_test_SOURCES = tests/unit/names_test.c
tests_unit_names_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_names_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/reference_test
tests_unit_reference_test_SOURCES = tests/unit/reference_test.c
tests_unit_reference_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_reference_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
# What reads and writes tars; tarmake makes them.
UNIT_TESTS += tests/unit/layertar_test tests/unit/untar_test \
	tests/unit/unpack_test tests/unit/unpack_back_test
tests_unit_layertar_test_SOURCES = tests/unit/layertar_test.c \
	tests/unit/tarmake.c tests/unit/tarmake.h
tests_unit_layertar_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_layertar_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
tests_unit_untar_test_SOURCES = tests/unit/untar_test.c \
	tests/unit/tarmake.c tests/unit/tarmake.h
tests_unit_untar_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_untar_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
UNPACK_ROOT = tests/unit/unpack_root.c tests/unit/unpack_root.h \
	tests/unit/tarmake.c tests/unit/tarmake.h
tests_unit_unpack_test_SOURCES = tests/unit/unpack_test.c $(UNPACK_ROOT)
tests_unit_unpack_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_unpack_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
tests_unit_unpack_back_test_SOURCES = tests/unit/unpack_back_test.c $(UNPACK_ROOT)
tests_unit_unpack_back_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_unpack_back_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/hasher_test
tests_unit_hasher_test_SOURCES = tests/unit/hasher_test.c
tests_unit_hasher_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_hasher_test_LDADD = $(SPEC_LIBS) $(CMOCKA_LIBS)
