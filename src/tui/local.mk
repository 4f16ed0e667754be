noinst_LIBRARIES += src/tui/libtui.a
src_tui_libtui_a_SOURCES = \
	src/tui/tui.h
EXTRA_DIST += src/tui/README
