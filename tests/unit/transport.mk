# Unit tests of the floor transport: each links it and what is below, nothing above.
UNIT_TESTS += tests/unit/http_name_test
tests_unit_http_name_test_SOURCES = tests/unit/http_name_test.c
tests_unit_http_name_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_http_name_test_LDADD = $(TRANSPORT_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/http_test
tests_unit_http_test_SOURCES = tests/unit/http_test.c
tests_unit_http_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_http_test_LDADD = $(TRANSPORT_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/unit/http_server.py
UNIT_TESTS += tests/unit/registry_test
tests_unit_registry_test_SOURCES = tests/unit/registry_test.c
tests_unit_registry_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_registry_test_LDADD = $(TRANSPORT_LIBS) $(CMOCKA_LIBS)
