/* Knows how a small program is run for its output. */
#include "base/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>

#include "base/fs.h"

#define NOT_THERE 127

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void __attribute__((noreturn))
become(int dir, const char *const *argv, int in, int out)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(in >= 0 ? in : null, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(null, 2) < 0 || fchdir(dir) < 0)
		_exit(NOT_THERE);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(NOT_THERE);
}

/* Whether the end of the output came in time and before the limit. */
static bool read_all(int fd, int64_t until, size_t limit, struct buf *out)
{
	size_t start = out->len;

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int64_t left = until - now_ms();
		char bytes[65536];
		ssize_t n;

		if (left <= 0)
			return false;
		if (poll(&wait, 1, (int)left) <= 0)
			continue;
		n = read(fd, bytes, sizeof(bytes));
		if (n == 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			buf_add(out, bytes, (size_t)n);
		if (out->len - start > limit)
			return false;
	}
}

/* What fits into a pipe waits there for its reader. */
static int fill_pipe(struct span text, int *in, struct err *err)
{
	AUTO_FD int from = -1;
	AUTO_FD int to = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot make a pipe");
	from = ends[0];
	to = ends[1];
	if (text.len > CAPTURE_INPUT_MAX)
		return err_set(err, ERR_INPUT, "too long an input");
	if (fs_write_all(to, text.ptr, text.len, err) < 0)
		return -1;
	*in = STEAL_FD(from);
	return 0;
}

int capture(int dir, const char *const *argv, int ms, size_t limit,
	    struct buf *out, struct err *err)
{
	return capture_fed(dir, argv, (struct span){ NULL, 0 }, ms, limit, out,
			   err);
}

int capture_fed(int dir, const char *const *argv, struct span input, int ms,
		size_t limit, struct buf *out, struct err *err)
{
	AUTO_FD int in = -1;
	AUTO_FD int from = -1;
	AUTO_FD int to = -1;
	int ends[2], status = 0;
	bool whole;
	pid_t pid;

	if (input.len && fill_pipe(input, &in, err) < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, errno, "cannot make a pipe");
	from = ends[0];
	to = ends[1];
	pid = fork();
	if (pid < 0)
		return err_sys(err, errno, "cannot fork");
	if (pid == 0)
		become(dir, argv, in, to);
	close(STEAL_FD(to));
	whole = read_all(from, now_ms() + ms, limit, out);
	if (!whole)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return whole && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
