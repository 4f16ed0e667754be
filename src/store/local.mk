noinst_LIBRARIES += src/store/libstore.a
src_store_libstore_a_SOURCES = \
	src/store/blame.c src/store/blame.h \
	src/store/changes.c \
	src/store/distribution.c src/store/distribution.h \
	src/store/draft.c \
	src/store/files.c src/store/files.h \
	src/store/files_compare.c \
	src/store/files_look.c \
	src/store/fsck.c src/store/fsck.h \
	src/store/images.c \
	src/store/inside.h \
	src/store/kept.c \
	src/store/layers.c \
	src/store/lineage.c src/store/lineage.h \
	src/store/lookup.c \
	src/store/merge.c src/store/merge.h \
	src/store/mirror.c \
	src/store/pack.c src/store/pack.h \
	src/store/prune.c \
	src/store/put.c \
	src/store/quiet.c \
	src/store/recover.c \
	src/store/remove.c \
	src/store/repositories.c \
	src/store/rootfs.c \
	src/store/scan.c src/store/scan.h \
	src/store/store.c \
	src/store/store.h \
	src/store/usage.c src/store/usage.h \
	src/store/waste.c src/store/waste.h
EXTRA_DIST += src/store/README
