FUZZ_TARGETS += tests/fuzz/http_name_fuzz
tests_fuzz_http_name_fuzz_SOURCES = tests/fuzz/http_name_fuzz.c $(FUZZ_MAIN)
tests_fuzz_http_name_fuzz_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/http_name"'
tests_fuzz_http_name_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_http_name_fuzz_LDADD = $(TRANSPORT_LIBS)
