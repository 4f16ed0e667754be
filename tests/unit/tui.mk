# Unit tests of the floor tui: each links it and what is below, nothing above.
UNIT_TESTS += tests/unit/canvas_test
tests_unit_canvas_test_SOURCES = tests/unit/canvas_test.c
tests_unit_canvas_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_canvas_test_LDADD = $(TUI_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/actions_test
tests_unit_actions_test_SOURCES = tests/unit/actions_test.c
tests_unit_actions_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_actions_test_LDADD = $(TUI_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/run_state_test
tests_unit_run_state_test_SOURCES = tests/unit/run_state_test.c
tests_unit_run_state_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_run_state_test_LDADD = $(TUI_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/watch_test
tests_unit_watch_test_SOURCES = tests/unit/watch_test.c
tests_unit_watch_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_watch_test_LDADD = $(TUI_LIBS) $(CMOCKA_LIBS)
