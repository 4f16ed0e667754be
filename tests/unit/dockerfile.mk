# Unit tests of the floor dockerfile: each links it and what is below, nothing above.
UNIT_TESTS += tests/unit/dockerfile_test
tests_unit_dockerfile_test_SOURCES = tests/unit/dockerfile_test.c \
	tests/unit/vectors.c tests/unit/vectors.h
tests_unit_dockerfile_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dockerfile_test_LDADD = $(DOCKERFILE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/dockerfile_place_test
tests_unit_dockerfile_place_test_SOURCES = tests/unit/dockerfile_place_test.c
tests_unit_dockerfile_place_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dockerfile_place_test_LDADD = $(DOCKERFILE_LIBS) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/expand_test
tests_unit_expand_test_SOURCES = tests/unit/expand_test.c \
	tests/unit/vectors.c tests/unit/vectors.h
tests_unit_expand_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_expand_test_LDADD = $(DOCKERFILE_LIBS) $(CMOCKA_LIBS)
