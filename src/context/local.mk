noinst_LIBRARIES += src/context/libcontext.a
src_context_libcontext_a_SOURCES = \
	src/context/context.h \
	src/context/ignore.h \
	src/context/source.h
EXTRA_DIST += src/context/README
