# Text in, text out. GOLDEN_UPDATE=1 writes what is expected anew.
check_PROGRAMS += tests/golden/dockerfile_golden
TESTS += tests/golden/dockerfile_golden
tests_golden_dockerfile_golden_SOURCES = tests/golden/dockerfile_golden.c
tests_golden_dockerfile_golden_CPPFLAGS = $(AM_CPPFLAGS) \
	-DTEST_DATA='"$(abs_top_srcdir)/tests"'
tests_golden_dockerfile_golden_LDADD = $(DOCKERFILE_LIBS)
EXTRA_DIST += tests/golden/dockerfile
