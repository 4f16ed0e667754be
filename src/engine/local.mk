noinst_LIBRARIES += src/engine/libengine.a
src_engine_libengine_a_SOURCES = \
	src/engine/build.h \
	src/engine/images.h
EXTRA_DIST += src/engine/README
