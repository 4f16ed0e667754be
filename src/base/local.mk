noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_SOURCES = \
	src/base/base64.c src/base/base64.h \
	src/base/buf.c src/base/buf.h \
	src/base/capture.c src/base/capture.h \
	src/base/err.c src/base/err.h \
	src/base/fs.c src/base/fs.h src/base/gettext.h src/base/lazy.c src/base/lazy.h \
	src/base/fs_remove.c \
	src/base/locale.c src/base/locale.h \
	src/base/mem.c src/base/mem.h \
	src/base/subids.c src/base/subids.h \
	src/base/utf8.c src/base/utf8.h
EXTRA_DIST += src/base/README
