noinst_LIBRARIES += src/plan/libplan.a
src_plan_libplan_a_SOURCES = \
	src/plan/args.c \
	src/plan/args.h \
	src/plan/base.c \
	src/plan/changes.c \
	src/plan/command.c \
	src/plan/command.h \
	src/plan/copying.c \
	src/plan/decide.c \
	src/plan/dispatch.c \
	src/plan/edit.c \
	src/plan/elsewhere.c \
	src/plan/elsewhere.h \
	src/plan/event.c \
	src/plan/event.h \
	src/plan/event_json.c \
	src/plan/evidence.c \
	src/plan/evidence.h \
	src/plan/evidence_files.c \
	src/plan/evidence_layer.c \
	src/plan/ghost.c \
	src/plan/index.c \
	src/plan/index.h \
	src/plan/journal.c \
	src/plan/journal.h \
	src/plan/nearest.c \
	src/plan/nearest.h \
	src/plan/never.c \
	src/plan/never.h \
	src/plan/plan.c \
	src/plan/plan.h \
	src/plan/plan_json.c \
	src/plan/plan_read.c \
	src/plan/probe.c \
	src/plan/reason.c \
	src/plan/record.c \
	src/plan/secret.c \
	src/plan/secret.h \
	src/plan/stdin_context.c \
	src/plan/stdin_context.h \
	src/plan/summary.c \
	src/plan/walk.h \
	src/plan/workspace.c \
	src/plan/workspace.h
EXTRA_DIST += src/plan/README
