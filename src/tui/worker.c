/* Knows how the program runs itself as a child and listens to it. */
#include "tui/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define STOP_MS 3000 /* a build is given to end in order */

void worker_init(struct worker *worker)
{
	*worker = (struct worker){ .pid_fd = -1, .out_fd = -1, .err_fd = -1 };
}

static void run_child(char *const *argv, int out, int errors)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	setpgid(0, 0);
	/* A screen that dies must not leave a build behind. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	execv("/proc/self/exe", argv);
	_exit(127);
}

int worker_start(struct worker *worker, const struct strv *args,
		 struct err *err)
{
	AUTO_FREE char **argv = mem_array(args->count + 2, sizeof(*argv));
	int out[2], errors[2];
	char name[] = "varve";
	pid_t pid;

	worker_release(worker);
	argv[0] = name;
	for (size_t i = 0; i < args->count; i++)
		argv[i + 1] = args->items[i];
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot make a pipe");
	if (pipe2(errors, O_CLOEXEC) < 0) {
		int saved = errno;

		close(out[0]);
		close(out[1]);
		return err_sys(err, saved, "cannot make a pipe");
	}
	pid = fork();
	if (pid == 0)
		run_child(argv, out[1], errors[1]);
	close(out[1]);
	close(errors[1]);
	if (pid < 0) {
		int saved = errno;

		close(out[0]);
		close(errors[0]);
		return err_sys(err, saved, "cannot start a worker");
	}
	setpgid(pid, pid);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(errors[0], F_SETFL, O_NONBLOCK);
	worker->pid = pid;
	worker->out_fd = out[0];
	worker->err_fd = errors[0];
	worker->pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (worker->pid_fd >= 0)
		fcntl(worker->pid_fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

bool worker_runs(const struct worker *worker)
{
	return worker->pid > 0;
}

/* A turn takes in so much only, so that a chatty worker cannot keep the
 * screen from drawing. */
static void take_in(int *fd, struct buf *out, size_t limit)
{
	char bytes[65536];

	for (int turn = 0; turn < 16 && *fd >= 0; turn++) {
		ssize_t n = read(*fd, bytes, sizeof(bytes));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			close(*fd);
			*fd = -1;
			return;
		}
		if (out->len + (size_t)n <= limit)
			buf_add(out, bytes, (size_t)n);
	}
}

bool worker_poll(struct worker *worker)
{
	bool tells = worker->pid_fd >= 0 || worker->out_fd >= 0 ||
		     worker->err_fd >= 0;
	bool gone;

	if (!worker->pid)
		return false;
	/* Asked before reading: what it wrote before it went is then there. */
	gone = waitpid(worker->pid, &worker->status, tells ? WNOHANG : 0) ==
	       worker->pid;
	take_in(&worker->out_fd, &worker->out, WORKER_OUT_MAX);
	take_in(&worker->err_fd, &worker->err, WORKER_ERR_MAX);
	if (!gone)
		return false;
	worker->pid = 0;
	if (worker->pid_fd >= 0)
		close(worker->pid_fd);
	worker->pid_fd = -1;
	return true;
}

void worker_cancel(struct worker *worker)
{
	if (!worker->pid)
		return;
	kill(-worker->pid, worker->cancelled ? SIGKILL : SIGTERM);
	worker->cancelled = true;
}

void worker_stop(struct worker *worker)
{
	struct pollfd wait = { .fd = worker->pid_fd, .events = POLLIN };

	if (!worker->pid)
		return;
	kill(-worker->pid, SIGTERM);
	if (worker->pid_fd >= 0)
		poll(&wait, 1, STOP_MS);
	worker_release(worker);
}

void worker_release(struct worker *worker)
{
	if (worker->pid) {
		kill(-worker->pid, SIGKILL);
		waitpid(worker->pid, NULL, 0);
	}
	if (worker->pid_fd >= 0)
		close(worker->pid_fd);
	if (worker->out_fd >= 0)
		close(worker->out_fd);
	if (worker->err_fd >= 0)
		close(worker->err_fd);
	buf_release(&worker->out);
	buf_release(&worker->err);
	worker_init(worker);
}
