noinst_LIBRARIES += src/plan/libplan.a
src_plan_libplan_a_SOURCES = \
	src/plan/event.h \
	src/plan/plan.h \
	src/plan/workspace.h
EXTRA_DIST += src/plan/README
