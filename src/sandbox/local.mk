noinst_LIBRARIES += src/sandbox/libsandbox.a
src_sandbox_libsandbox_a_SOURCES = \
	src/sandbox/builtin.c \
	src/sandbox/caps.c src/sandbox/caps.h \
	src/sandbox/cgroup.c src/sandbox/cgroup.h \
	src/sandbox/cgroup_mount.c src/sandbox/cgroup_mount.h \
	src/sandbox/devices.c src/sandbox/devices.h \
	src/sandbox/exec.c \
	src/sandbox/files.c \
	src/sandbox/initlayer.c src/sandbox/initlayer.h \
	src/sandbox/limits.c \
	src/sandbox/masks.c \
	src/sandbox/mount.c src/sandbox/mount.h \
	src/sandbox/mounts.c \
	src/sandbox/oci.c \
	src/sandbox/oci_config.c src/sandbox/oci_config.h \
	src/sandbox/overlay.c src/sandbox/overlay.h \
	src/sandbox/process.c src/sandbox/process.h \
	src/sandbox/rootfs.c \
	src/sandbox/run.h \
	src/sandbox/sandbox.c src/sandbox/sandbox.h \
	src/sandbox/scope.c src/sandbox/scope.h \
	src/sandbox/seccomp.c src/sandbox/seccomp.h \
	src/sandbox/seccomp_profile.c \
	src/sandbox/supervise.c src/sandbox/supervise.h \
	src/sandbox/terminal.c src/sandbox/terminal.h \
	src/sandbox/userns.c src/sandbox/userns.h \
	src/sandbox/volume.c src/sandbox/volume.h \
	src/sandbox/volume_copy.c
EXTRA_DIST += src/sandbox/README
