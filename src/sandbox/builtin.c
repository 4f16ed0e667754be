/* Knows how a new process in new namespaces becomes what a command finds
 * when Docker runs it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/caps.h"
#include "sandbox/process.h"
#include "sandbox/run.h"
#include "sandbox/seccomp.h"

/* The only interface that a network of its own has. */
static int raise_loopback(struct err *err)
{
	struct ifreq request = { .ifr_flags = IFF_UP };
	AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(request.ifr_name, "lo");
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return err_sys(err, errno, "cannot raise the loopback");
	return 0;
}

/* A session keyring of its own, as runc gives; not every kernel has keys. */
static void join_keyring(const char *id)
{
	char name[96];

	snprintf(name, sizeof(name), "_ses.%.64s", id);
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
}

/* We may have been told to be killed early; the command was not. */
static void reset_oom(void)
{
	AUTO_FD int fd = open("proc/self/oom_score_adj",
			      O_WRONLY | O_CLOEXEC);

	(void)!write(fd, "0", 1);
}

static int name_host(const struct run *run, struct err *err)
{
	const char *name = run->spec->hostname;

	if (sethostname(name, strlen(name)) < 0)
		return err_sys(err, errno, "cannot set the host name '%s'",
			       name);
	return 0;
}

static int make_room(struct run *run, struct err *err)
{
	if (cgroup_enter(&run->cgroup, err) < 0 ||
	    rootfs_make(run, err) < 0 || mounts_make(run, err) < 0)
		return -1;
	reset_oom();
	if (masks_apply(err) < 0 || rootfs_enter(err) < 0 ||
	    name_host(run, err) < 0)
		return -1;
	return run->spec->network_none ? raise_loopback(err) : 0;
}

/* Standard input is the container's own null; the pipes are the user's, so
 * that /dev/stdout can be opened again. */
static int set_streams(const struct run *run, struct err *err)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 ||
	    (!run->spec->interactive && dup2(null, STDIN_FILENO) < 0))
		return err_sys(err, errno, "cannot open /dev/null");
	/* What the caller's output goes to stays the caller's. */
	if (run->spec->interactive && !run->spec->terminal) {
		process_cloexec_from(STDERR_FILENO + 1);
		return 0;
	}
	if (fchown(STDOUT_FILENO, (uid_t)run->account.uid, (gid_t)-1) < 0 ||
	    fchown(STDERR_FILENO, (uid_t)run->account.uid, (gid_t)-1) < 0)
		return err_sys(err, errno, "cannot give the output to %ld",
			       run->account.uid);
	process_cloexec_from(STDERR_FILENO + 1);
	return 0;
}

int builtin_run(void *arg, struct err *err)
{
	struct run *run = arg;

	join_keyring(run->spec->id);
	if (make_room(run, err) < 0 || set_streams(run, err) < 0 ||
	    limits_apply(&run->spec->limits, err) < 0)
		return -1;
	umask(022);
	/* Before the user changes: root reaches every directory. */
	if (chdir(run->cwd) < 0)
		return err_sys(err, errno, "cannot enter '%s'", run->cwd);
	/* Without no_new_privs a filter needs the capability that goes. */
	if (seccomp_apply(err) < 0 || caps_become(&run->account, err) < 0)
		return -1;
	return exec_command(run, err);
}
