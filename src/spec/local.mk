noinst_LIBRARIES += src/spec/libspec.a
src_spec_libspec_a_SOURCES = \
	src/spec/archive.c src/spec/archive.h \
	src/spec/dirsize.c src/spec/dirsize.h \
	src/spec/site.c src/spec/site.h \
	src/spec/sparse.c src/spec/sparse.h \
	src/spec/tarparse.c src/spec/tarparse.h \
	src/spec/tarsplit.c \
	src/spec/crc64.c src/spec/crc64.h \
	src/spec/gzip.c src/spec/gzip.h \
	src/spec/layerhash.c src/spec/layerhash.h \
	src/spec/layertar.c src/spec/layertar.h \
	src/spec/layerupper.c \
	src/spec/tarblock.h \
	src/spec/tarheader.c \
	src/spec/bzip2.c src/spec/bzip2.h \
	src/spec/belt.c src/spec/belt.h \
	src/spec/chunk.c src/spec/chunk.h \
	src/spec/hasher.c src/spec/hasher.h \
	src/spec/config.c src/spec/config.h \
	src/spec/config_format.c \
	src/spec/config_parse.c \
	src/spec/digest.c src/spec/digest.h \
	src/spec/gofmt.c src/spec/gofmt.h \
	src/spec/gofmt_time.c \
	src/spec/location.c src/spec/location.h \
	src/spec/map.c \
	src/spec/names.c src/spec/names.h \
	src/spec/names_user.c \
	src/spec/reference.c src/spec/reference.h \
	src/spec/run_config.c src/spec/run_fields.h \
	src/spec/tarsum.c src/spec/tarsum.h \
	src/spec/tree.c src/spec/tree.h \
	src/spec/unpack.c \
	src/spec/untar.c src/spec/untar.h \
	src/spec/xz.c src/spec/xz.h
EXTRA_DIST += src/spec/README
