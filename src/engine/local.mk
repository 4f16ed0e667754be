noinst_LIBRARIES += src/engine/libengine.a
src_engine_libengine_a_SOURCES = \
	src/engine/add.c \
	src/engine/bring.c \
	src/engine/build.c src/engine/build.h \
	src/engine/build_daemon.c src/engine/build_daemon.h \
	src/engine/build_heard.c src/engine/build_heard.h \
	src/engine/build_query.c src/engine/build_query.h \
	src/engine/commit.c \
	src/engine/copy.c \
	src/engine/copy_image.c src/engine/copy_image.h \
	src/engine/layout_tar.c \
	src/engine/place.c src/engine/place.h \
	src/engine/place_root.c \
	src/engine/place_daemon.c src/engine/place_daemon.h \
	src/engine/place_write.c src/engine/place_write.h \
	src/engine/engine.h \
	src/engine/fetch.c \
	src/engine/images.h \
	src/engine/extract.c src/engine/extract.h \
	src/engine/import.c \
	src/engine/load.c \
	src/engine/load_legacy.c src/engine/load_legacy.h \
	src/engine/mirror.c src/engine/mirror.h \
	src/engine/mirror_bring.c \
	src/engine/mirror_inside.h \
	src/engine/mirror_tell.c \
	src/engine/meta.c \
	src/engine/distribute.h \
	src/engine/pull.c src/engine/pull_layers.c \
	src/engine/pull_inside.h \
	src/engine/push.c \
	src/engine/resolve.c \
	src/engine/push_inside.h \
	src/engine/cache.h \
	src/engine/cache_from.c \
	src/engine/cache_names.c \
	src/engine/cache_to.c \
	src/engine/register.c src/engine/register.h \
	src/engine/remember.c \
	src/engine/run.c \
	src/engine/save.c \
	src/engine/shell.c src/engine/shell.h \
	src/engine/upper.c src/engine/upper.h \
	src/engine/upper_write.c \
	src/engine/v1.c src/engine/v1.h
EXTRA_DIST += src/engine/README
