FUZZ_TARGETS += tests/fuzz/dockerfile_fuzz
tests_fuzz_dockerfile_fuzz_SOURCES = tests/fuzz/dockerfile_fuzz.c $(FUZZ_MAIN)
tests_fuzz_dockerfile_fuzz_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/dockerfile"'
tests_fuzz_dockerfile_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_dockerfile_fuzz_LDADD = $(DOCKERFILE_LIBS)
