noinst_LIBRARIES += src/dockerfile/libdockerfile.a
src_dockerfile_libdockerfile_a_SOURCES = \
	src/dockerfile/dockerfile.h \
	src/dockerfile/expand.h
EXTRA_DIST += src/dockerfile/README
