noinst_LIBRARIES += src/view/libview.a
src_view_libview_a_SOURCES = \
	src/view/advise.c \
	src/view/advise.h \
	src/view/browse.c src/view/browse.h \
	src/view/config.c \
	src/view/costs.c \
	src/view/evidence.c \
	src/view/evidence.h \
	src/view/files.c src/view/files.h \
	src/view/files_filter.c src/view/files_filter.h \
	src/view/layers.c src/view/layers.h \
	src/view/waste_groups.c src/view/waste_groups.h \
	src/view/lens.c \
	src/view/lens.h \
	src/view/palette.c src/view/palette.h \
	src/view/peek.c src/view/peek.h \
	src/view/place.c \
	src/view/plan.c \
	src/view/row.c \
	src/view/row.h \
	src/view/sign.c \
	src/view/way.c \
	src/view/way.h \
	src/view/syntax.c \
	src/view/syntax.h \
	src/view/text.c \
	src/view/tree.c \
	src/view/tree_row.c \
	src/view/views.h \
	src/view/why.c \
	src/view/words.c \
	src/view/xattr.c
EXTRA_DIST += src/view/README
