noinst_LIBRARIES += src/dockerfile/libdockerfile.a
src_dockerfile_libdockerfile_a_SOURCES = \
	src/dockerfile/check.c src/dockerfile/check.h \
	src/dockerfile/csv.c src/dockerfile/csv.h \
	src/dockerfile/diag.c src/dockerfile/diag.h \
	src/dockerfile/dockerfile.h \
	src/dockerfile/dockerfile_json.c src/dockerfile/dockerfile_json.h \
	src/dockerfile/exec_form.c src/dockerfile/exec_form.h \
	src/dockerfile/expand.c src/dockerfile/expand.h \
	src/dockerfile/forms.c src/dockerfile/forms.h \
	src/dockerfile/health.c \
	src/dockerfile/instr.c src/dockerfile/instr.h \
	src/dockerfile/lines.c src/dockerfile/lines.h \
	src/dockerfile/mount.c \
	src/dockerfile/parse.c \
	src/dockerfile/split.c src/dockerfile/split.h \
	src/dockerfile/warning.c src/dockerfile/warning.h
EXTRA_DIST += src/dockerfile/README
