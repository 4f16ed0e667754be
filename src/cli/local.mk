noinst_LIBRARIES += src/cli/libcli.a
src_cli_libcli_a_SOURCES = \
	src/cli/advise.c \
	src/cli/cache_flags.c \
	src/cli/blame.c \
	src/cli/build.c \
	src/cli/build_daemon.c src/cli/build_daemon.h \
	src/cli/build_flags.c src/cli/build_flags.h \
	src/cli/cancel.c src/cli/cancel.h \
	src/cli/cli.c src/cli/cli.h \
	src/cli/context.c \
	src/cli/copy.c \
	src/cli/df.c \
	src/cli/diff.c \
	src/cli/dive_ci.c src/cli/dive_ci.h \
	src/cli/files.c \
	src/cli/fsck.c \
	src/cli/history.c \
	src/cli/image_files.c src/cli/image_files.h \
	src/cli/image_flags.c src/cli/image_flags.h \
	src/cli/images.c \
	src/cli/import.c \
	src/cli/inspect.c \
	src/cli/jansson_text.c src/cli/jansson_text.h \
	src/cli/learn.c \
	src/cli/lesson.c src/cli/lesson.h \
	src/cli/lesson_parts.h src/cli/lesson_play.c \
	src/cli/lesson_predict.c \
	src/cli/load.c \
	src/cli/opts.c \
	src/cli/parse.c \
	src/cli/plan.c \
	src/cli/planning.c \
	src/cli/planning.h \
	src/cli/resolver.c src/cli/resolver.h \
	src/cli/serve.c src/cli/serve.h \
	src/cli/shell.c \
	src/cli/step_name.c src/cli/step_name.h \
	src/cli/print.c src/cli/print.h \
	src/cli/prune.c \
	src/cli/pull.c \
	src/cli/push.c \
	src/cli/registry_flags.c src/cli/registry_flags.h \
	src/cli/transfer.c src/cli/transfer.h \
	src/cli/login.c \
	src/cli/progress.c src/cli/progress.h \
	src/cli/rmi.c \
	src/cli/save.c \
	src/cli/tag.c \
	src/cli/tree.c \
	src/cli/verb.h \
	src/cli/waste.c
EXTRA_DIST += src/cli/README
