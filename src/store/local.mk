noinst_LIBRARIES += src/store/libstore.a
src_store_libstore_a_SOURCES = \
	src/store/fsck.h \
	src/store/store.h
EXTRA_DIST += src/store/README
