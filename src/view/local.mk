noinst_LIBRARIES += src/view/libview.a
src_view_libview_a_SOURCES = \
	src/view/row.h \
	src/view/views.h
EXTRA_DIST += src/view/README
