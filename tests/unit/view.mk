# Unit tests of the floor view: each links it and what is below, nothing above.
UNIT_TESTS += tests/unit/text_test
tests_unit_text_test_SOURCES = tests/unit/text_test.c
tests_unit_text_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_text_test_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/rows_test
tests_unit_rows_test_SOURCES = tests/unit/rows_test.c
tests_unit_rows_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_rows_test_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/golden/rows
UNIT_TESTS += tests/unit/browse_test
tests_unit_browse_test_SOURCES = tests/unit/browse_test.c
tests_unit_browse_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_browse_test_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/syntax_test
tests_unit_syntax_test_SOURCES = tests/unit/syntax_test.c
tests_unit_syntax_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_syntax_test_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/peek_test
tests_unit_peek_test_SOURCES = tests/unit/peek_test.c
tests_unit_peek_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_peek_test_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/palette_test
tests_unit_palette_test_SOURCES = tests/unit/palette_test.c
tests_unit_palette_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_palette_test_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/xattr_test
tests_unit_xattr_test_SOURCES = tests/unit/xattr_test.c
tests_unit_xattr_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_xattr_test_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)

UNIT_TESTS += tests/unit/waste_groups_test
tests_unit_waste_groups_test_SOURCES = tests/unit/waste_groups_test.c
tests_unit_waste_groups_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_waste_groups_test_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)
