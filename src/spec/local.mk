noinst_LIBRARIES += src/spec/libspec.a
src_spec_libspec_a_SOURCES = \
	src/spec/archive.h \
	src/spec/config.h \
	src/spec/digest.c src/spec/digest.h \
	src/spec/gofmt.h \
	src/spec/layertar.h \
	src/spec/names.h \
	src/spec/reference.h \
	src/spec/tarsum.h \
	src/spec/tree.h \
	src/spec/untar.h
EXTRA_DIST += src/spec/README
