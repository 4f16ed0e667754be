# Unit tests of the floor plan: each links it and what is below, nothing above.
if HAVE_CMOCKA
check_LIBRARIES += tests/unit/libbench.a
endif
tests_unit_libbench_a_SOURCES = tests/unit/plan_bench.c tests/unit/plan_bench.h
tests_unit_libbench_a_CFLAGS = $(UNIT_CFLAGS)

UNIT_TESTS += tests/unit/plan_decide_test tests/unit/plan_reason_test \
	tests/unit/plan_config_test \
	tests/unit/plan_vectors_test tests/unit/plan_json_test
PLAN_TEST_LIBS = tests/unit/libbench.a $(PLAN_LIBS) $(CMOCKA_LIBS)
tests_unit_plan_decide_test_SOURCES = tests/unit/plan_decide_test.c
tests_unit_plan_decide_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plan_decide_test_LDADD = $(PLAN_TEST_LIBS)
tests_unit_plan_config_test_SOURCES = tests/unit/plan_config_test.c
tests_unit_plan_config_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plan_config_test_LDADD = $(PLAN_TEST_LIBS)
tests_unit_plan_reason_test_SOURCES = tests/unit/plan_reason_test.c
tests_unit_plan_reason_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plan_reason_test_LDADD = $(PLAN_TEST_LIBS)
tests_unit_plan_vectors_test_SOURCES = tests/unit/plan_vectors_test.c
tests_unit_plan_vectors_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plan_vectors_test_LDADD = $(PLAN_TEST_LIBS)
tests_unit_plan_json_test_SOURCES = tests/unit/plan_json_test.c
tests_unit_plan_json_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plan_json_test_LDADD = $(PLAN_TEST_LIBS)

UNIT_TESTS += tests/unit/line_diff_test
tests_unit_line_diff_test_SOURCES = tests/unit/line_diff_test.c
tests_unit_line_diff_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_line_diff_test_LDADD = $(PLAN_TEST_LIBS)
