noinst_LIBRARIES += src/context/libcontext.a
src_context_libcontext_a_SOURCES = \
	src/context/cache.c \
	src/context/context.c src/context/context.h \
	src/context/entry.h \
	src/context/glob.c src/context/glob.h \
	src/context/header.c \
	src/context/ignored.c \
	src/context/ignore.c src/context/ignore.h \
	src/context/regex.c src/context/regex.h \
	src/context/regex_class.c src/context/regex_class.h \
	src/context/regex_parse.c src/context/regex_parse.h \
	src/context/scan.c \
	src/context/send.c src/context/send.h \
	src/context/source.c src/context/source.h \
	src/context/source_walk.c src/context/source_walk.h \
	src/context/tar.c \
	src/context/tar_index.c src/context/tar_index.h \
	src/context/walk.c
EXTRA_DIST += src/context/README
