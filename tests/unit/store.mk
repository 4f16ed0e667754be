# Unit tests of the floor store: each links it and what is below, nothing above.
STORE_HELP = tests/unit/store_help.c tests/unit/store_help.h

UNIT_TESTS += tests/unit/store_open_test
tests_unit_store_open_test_SOURCES = tests/unit/store_open_test.c $(STORE_HELP)
tests_unit_store_open_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_open_test_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/store_damage_test
tests_unit_store_damage_test_SOURCES = tests/unit/store_damage_test.c $(STORE_HELP)
tests_unit_store_damage_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_damage_test_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/store_names_test
tests_unit_store_names_test_SOURCES = tests/unit/store_names_test.c $(STORE_HELP)
tests_unit_store_names_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_names_test_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/store_tree_test
tests_unit_store_tree_test_SOURCES = tests/unit/store_tree_test.c $(STORE_HELP)
tests_unit_store_tree_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_tree_test_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/store_crash_test
tests_unit_store_crash_test_SOURCES = tests/unit/store_crash_test.c $(STORE_HELP)
tests_unit_store_crash_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_crash_test_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/files_test
tests_unit_files_test_SOURCES = tests/unit/files_test.c $(STORE_HELP)
tests_unit_files_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_files_test_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/lineage_test
tests_unit_lineage_test_SOURCES = tests/unit/lineage_test.c
tests_unit_lineage_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_lineage_test_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)
