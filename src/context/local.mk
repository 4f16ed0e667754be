noinst_LIBRARIES += src/context/libcontext.a
src_context_libcontext_a_SOURCES = \
	src/context/context.h \
	src/context/glob.c src/context/glob.h \
	src/context/ignore.c src/context/ignore.h \
	src/context/regex.c src/context/regex.h \
	src/context/regex_class.c src/context/regex_class.h \
	src/context/regex_parse.c src/context/regex_parse.h \
	src/context/source.h
EXTRA_DIST += src/context/README
