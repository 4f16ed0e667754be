/* Knows how a command is started so that all of it ends with its first
 * process, with a cancel, or with the death of varve itself. */
#include "sandbox/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "sandbox/process.h"

#define CHUNK 32768 /* as much as Docker copies at once */
#define NOT_STARTED 125

/* What the new processes tell before they are gone. */
struct shared {
	pid_t supervisor;
	struct err err;
};

struct pipes {
	int out[2], err[2]; /* of the command */
	int alive[2];       /* written end: theirs until the command starts,
	                       then the supervisor's alone */
	int life[2];        /* written end: ours alone */
};

/* Descriptors of the new processes, after all else is closed. */
enum { FD_OUT = 3, FD_ERR, FD_ALIVE, FD_LIFE, FD_CGROUP, FD_END };

/* ---- in the new processes ---- */

void supervise_created(void)
{
	(void)!write(FD_ALIVE, "c", 1); /* nobody reads: the caller is gone */
	close(FD_ALIVE);
}

/* Signals as at the birth of a session; handlers of the caller would run
 * code that is not there after the exec. */
static void reset_signals(void)
{
	struct sigaction act = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &act, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Moves the descriptors to their fixed numbers and closes all others. */
static void keep_descriptors(const int from[FD_END])
{
	int high[FD_END];

	for (int i = FD_OUT; i < FD_END; i++)
		high[i] = from[i] < 0 ? -1 :
			fcntl(from[i], F_DUPFD_CLOEXEC, 2 * FD_END);
	for (int i = FD_OUT; i < FD_END; i++)
		if (high[i] >= 0)
			dup3(high[i], i, O_CLOEXEC);
		else
			close(i);
	process_close_from(FD_END);
}

static bool caller_is_gone(void)
{
	struct pollfd life = { .fd = FD_LIFE };

	return poll(&life, 1, 0) > 0;
}

static void __attribute__((noreturn))
run_main(const struct supervised *what, struct shared *shared)
{
	struct err err = ERR_INIT;

	close(FD_LIFE);
	setsid();
	if (what->terminal) {
		ioctl(FD_OUT, TIOCSCTTY, 0);
		dup2(FD_OUT, STDIN_FILENO);
	}
	dup2(FD_OUT, STDOUT_FILENO);
	dup2(FD_ERR, STDERR_FILENO);
	close(FD_OUT);
	close(FD_ERR);
	what->main(what->arg, &err);
	shared->err = err;
	_exit(NOT_STARTED);
}

/* A fork with flags; all architectures take these five arguments so. */
static pid_t spawn(unsigned long flags)
{
	return (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL,
			      NULL);
}

/* To be born in a cgroup is cheap, to move there takes milliseconds. */
static pid_t spawn_in_cgroup(unsigned long flags, int cgroup)
{
	struct clone_args args = {
		.flags = flags | CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));
	AUTO_FD int procs = -1;

	if (pid >= 0)
		return (pid_t)pid;
	procs = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (procs < 0 || write(procs, "0", 1) < 0)
		return -1;
	return spawn(flags);
}

static void __attribute__((noreturn))
supervise_child(const struct supervised *what, struct shared *shared)
{
	unsigned long flags = (unsigned long)what->namespaces | CLONE_NEWPID;
	pid_t pid;

	/* A terminal's signals are for the caller, who cancels. */
	setsid();
	reset_signals();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (caller_is_gone())
		_exit(NOT_STARTED);
	pid = what->cgroup_fd >= 0 ? spawn_in_cgroup(flags, FD_CGROUP) :
				     spawn(flags);
	if (pid < 0) {
		err_sys(&shared->err, errno, "cannot create namespaces");
		_exit(NOT_STARTED);
	}
	if (pid == 0)
		run_main(what, shared);
	close(FD_OUT);
	close(FD_ERR);
	_exit(process_wait(pid));
}

/*
 * Between the caller, who may have threads, and the supervisor stands a
 * fork that exits at once: only the C library's fork leaves the allocator
 * usable, and only the bare system call makes the namespace and a child of
 * the caller in one go.
 */
static void __attribute__((noreturn))
middle(const struct supervised *what, const struct pipes *pipes,
       struct shared *shared)
{
	int out = what->interactive ? STDOUT_FILENO : pipes->out[1];
	int errors = what->interactive ? STDERR_FILENO : pipes->err[1];
	const int keep[FD_END] = {
		-1, -1, -1, what->terminal ? what->terminal : out,
		what->terminal ? what->terminal : errors, pipes->alive[1],
		pipes->life[0], what->cgroup_fd,
	};
	pid_t pid;

	keep_descriptors(keep);
	pid = spawn(CLONE_PARENT | CLONE_NEWPID);
	if (pid == 0)
		supervise_child(what, shared);
	if (pid < 0)
		err_sys(&shared->err, errno, "cannot create a pid namespace");
	shared->supervisor = pid;
	_exit(pid < 0);
}

/* ---- in the caller ---- */

static void pipes_release(struct pipes *pipes)
{
	int *all = (int *)pipes;

	for (size_t i = 0; i < sizeof(*pipes) / sizeof(int); i++)
		if (all[i] >= 0)
			close(all[i]);
}
AUTO_DEFINE_IN_PLACE(struct pipes, pipes_release)

static int pipes_open(struct pipes *pipes, struct err *err)
{
	if (pipe2(pipes->out, O_CLOEXEC) < 0 ||
	    pipe2(pipes->err, O_CLOEXEC) < 0 ||
	    pipe2(pipes->alive, O_CLOEXEC) < 0 ||
	    pipe2(pipes->life, O_CLOEXEC) < 0 ||
	    fcntl(pipes->out[0], F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(pipes->err[0], F_SETFL, O_NONBLOCK) < 0)
		return err_sys(err, errno, "cannot make pipes");
	return 0;
}

static void close_end(int *fd)
{
	close(*fd);
	*fd = -1;
}

struct pump {
	const struct supervised *what;
	struct pipes *pipes;
	pid_t supervisor;
	bool cancelled;
	char *chunk;
};

/* All that dies with the supervisor: everything. */
static void cancel(struct pump *pump)
{
	pump->cancelled = true;
	kill(pump->supervisor, SIGKILL);
}

static void deliver(struct pump *pump, int stream, size_t len)
{
	if (!pump->cancelled &&
	    pump->what->output(pump->what->output_arg, stream, pump->chunk,
			       len) != 0)
		cancel(pump);
}

/* False: the supervisor is gone. */
static bool lives(struct pump *pump)
{
	ssize_t n;

	do {
		n = read(pump->pipes->alive[0], pump->chunk, 1);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		deliver(pump, SANDBOX_CREATED, 0);
	return n > 0;
}

/* One chunk; false when there is none now or none ever. */
static bool pass_on(struct pump *pump, int *fd, int stream)
{
	ssize_t n;

	do {
		n = read(*fd, pump->chunk, CHUNK);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		close_end(fd);
	if (n <= 0)
		return false;
	deliver(pump, stream, (size_t)n);
	return true;
}

/*
 * Until the supervisor is gone. Nobody in the namespace outlives it, so what
 * is in the pipes then is all there will be; a descriptor that somehow got
 * away does not keep us.
 */
static void pump_run(struct pump *pump)
{
	struct pipes *pipes = pump->pipes;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = pipes->out[0], .events = POLLIN },
			{ .fd = pipes->err[0], .events = POLLIN },
			{ .fd = pipes->alive[0], .events = POLLIN },
			{ .fd = pump->cancelled ? -1 : pump->what->cancel_fd,
			  .events = POLLIN },
		};

		if (poll(fds, 4, -1) < 0)
			continue;
		if (fds[2].revents && !lives(pump))
			break;
		if (fds[0].revents)
			pass_on(pump, &pipes->out[0], 1);
		if (fds[1].revents)
			pass_on(pump, &pipes->err[0], 2);
		if (fds[3].revents)
			cancel(pump);
	}
	while (pipes->out[0] >= 0 && pass_on(pump, &pipes->out[0], 1))
		;
	while (pipes->err[0] >= 0 && pass_on(pump, &pipes->err[0], 2))
		;
}

static pid_t wait_for(pid_t pid, int *status, struct rusage *usage)
{
	pid_t ended;

	do {
		ended = wait4(pid, status, 0, usage);
	} while (ended < 0 && errno == EINTR);
	return ended;
}

static int start(const struct supervised *what, struct pipes *pipes,
		 struct shared *shared, struct err *err)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return err_sys(err, errno, "cannot fork");
	if (pid == 0)
		middle(what, pipes, shared);
	wait_for(pid, &status, NULL);
	if (shared->supervisor <= 0) {
		*err = shared->err;
		return err->kind ? -1 :
			err_set(err, ERR_FAILED, "cannot start a process");
	}
	close_end(&pipes->out[1]);
	close_end(&pipes->err[1]);
	close_end(&pipes->alive[1]);
	close_end(&pipes->life[0]);
	return 0;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t cpu_ns(const struct rusage *usage)
{
	return ((int64_t)usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) *
		       1000000000 +
	       ((int64_t)usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) *
		       1000;
}

static int conclude(const struct pump *pump, const struct shared *shared,
		    int status, struct err *err)
{
	if (pump->cancelled)
		return err_set(err, ERR_CANCELLED, "cancelled");
	if (shared->err.kind) {
		*err = shared->err;
		return -1;
	}
	if (WIFSIGNALED(status))
		return err_set(err, ERR_FAILED,
			       "the command's supervisor was killed");
	return 0;
}

static int follow(const struct supervised *what, struct pipes *pipes,
		  struct shared *shared, struct sandbox_result *result,
		  struct err *err)
{
	AUTO_FREE char *chunk = mem_alloc(CHUNK);
	struct pump pump = { .what = what, .pipes = pipes, .chunk = chunk };
	int64_t begin = now_ns();
	struct rusage usage = { 0 };
	int status = 0;

	if (start(what, pipes, shared, err) < 0)
		return -1;
	pump.supervisor = shared->supervisor;
	pump_run(&pump);
	wait_for(shared->supervisor, &status, &usage);
	if (conclude(&pump, shared, status, err) < 0)
		return -1;
	result->status = WEXITSTATUS(status);
	result->wall_ns = now_ns() - begin;
	result->cpu_ns = cpu_ns(&usage);
	return 0;
}

int supervise(const struct supervised *what, struct sandbox_result *result,
	      struct err *err)
{
	AUTO(pipes_release) struct pipes pipes = {
		{ -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 }
	};
	struct shared *shared;
	int rc;

	if (pipes_open(&pipes, err) < 0)
		return -1;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return err_sys(err, errno, "cannot map memory");
	rc = follow(what, &pipes, shared, result, err);
	munmap(shared, sizeof(*shared));
	return rc;
}
