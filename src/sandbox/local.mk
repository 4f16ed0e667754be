noinst_LIBRARIES += src/sandbox/libsandbox.a
src_sandbox_libsandbox_a_SOURCES = \
	src/sandbox/sandbox.h \
	src/sandbox/userns.h
EXTRA_DIST += src/sandbox/README
