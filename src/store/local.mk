noinst_LIBRARIES += src/store/libstore.a
src_store_libstore_a_SOURCES = \
	src/store/changes.c \
	src/store/draft.c \
	src/store/fsck.c src/store/fsck.h \
	src/store/images.c \
	src/store/inside.h \
	src/store/layers.c \
	src/store/lookup.c \
	src/store/merge.c src/store/merge.h \
	src/store/put.c \
	src/store/quiet.c \
	src/store/recover.c \
	src/store/remove.c \
	src/store/repositories.c \
	src/store/rootfs.c \
	src/store/store.c \
	src/store/store.h
EXTRA_DIST += src/store/README
