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
	*worker = (struct worker){ .pid_fd = -1, .out_fd = -1, .err_fd = -1,
				    .in_fd = -1 };
}

static void run_child(char *const *argv, int in, int out, int errors)
{
	sigset_t none;

	if (in < 0)
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	setpgid(0, 0);
	/* A screen that dies must not leave a build behind. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&none);
	/* First the handlers: curses' own would give the terminal back when
	 * a worker is stopped before it is another program. */
	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	/* A Ctrl-Z that came before it left the screen's group waits for it
	 * still, and would stop it for good: to ignore it forgets it. */
	signal(SIGTSTP, SIG_IGN);
	signal(SIGTSTP, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (in >= 0)
		dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	execv("/proc/self/exe", argv);
	_exit(127);
}

/* The ends of the child, and those that stay here. */
struct pipes {
	int in[2], out[2], errors[2];
};

static void pipes_release(struct pipes *pipes)
{
	int *ends[] = { pipes->in, pipes->out, pipes->errors };

	for (int i = 0; i < 6; i++)
		if (ends[i / 2][i % 2] >= 0)
			close(ends[i / 2][i % 2]);
}
AUTO_DEFINE_IN_PLACE(struct pipes, pipes_release)

static int pipes_open(struct pipes *pipes, bool talks, struct err *err)
{
	if (pipe2(pipes->out, O_CLOEXEC) < 0 ||
	    pipe2(pipes->errors, O_CLOEXEC) < 0 ||
	    (talks && pipe2(pipes->in, O_CLOEXEC) < 0))
		return err_sys(err, errno, "cannot make a pipe");
	return 0;
}

static void take_pipes(struct worker *worker, struct pipes *pipes)
{
	worker->out_fd = STEAL_FD(pipes->out[0]);
	worker->err_fd = STEAL_FD(pipes->errors[0]);
	worker->in_fd = STEAL_FD(pipes->in[1]);
	fcntl(worker->out_fd, F_SETFL, O_NONBLOCK);
	fcntl(worker->err_fd, F_SETFL, O_NONBLOCK);
	if (worker->in_fd >= 0)
		fcntl(worker->in_fd, F_SETFL, O_NONBLOCK);
}

static int start(struct worker *worker, const struct strv *args, bool talks,
		 struct err *err)
{
	AUTO_FREE char **argv = mem_array(args->count + 2, sizeof(*argv));
	AUTO(pipes_release) struct pipes pipes = { { -1, -1 }, { -1, -1 },
						   { -1, -1 } };
	char name[] = "varve";
	pid_t pid;

	worker_release(worker);
	argv[0] = name;
	for (size_t i = 0; i < args->count; i++)
		argv[i + 1] = args->items[i];
	if (pipes_open(&pipes, talks, err) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		run_child(argv, pipes.in[0], pipes.out[1], pipes.errors[1]);
	if (pid < 0)
		return err_sys(err, errno, "cannot start a worker");
	setpgid(pid, pid);
	worker->pid = pid;
	take_pipes(worker, &pipes);
	worker->pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (worker->pid_fd >= 0)
		fcntl(worker->pid_fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

int worker_start(struct worker *worker, const struct strv *args,
		 struct err *err)
{
	return start(worker, args, false, err);
}

int worker_start_talking(struct worker *worker, const struct strv *args,
			 struct err *err)
{
	return start(worker, args, true, err);
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

char *worker_words(const struct worker *worker)
{
	const char *text = worker->err.data ? worker->err.data : "";

	if (strncmp(text, "varve: ", 7) == 0)
		text += 7;
	if (!*text)
		return mem_printf("the worker ended with status %d",
				  WIFEXITED(worker->status) ?
					  WEXITSTATUS(worker->status) :
					  128 + WTERMSIG(worker->status));
	return mem_strndup(text, strcspn(text, "\n"));
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
	if (worker->in_fd >= 0)
		close(worker->in_fd);
	buf_release(&worker->out);
	buf_release(&worker->err);
	worker_init(worker);
}
