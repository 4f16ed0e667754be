/* Knows how the first process of a namespace waits, and how all descriptors
 * are closed also on kernels without close_range. */
#include "sandbox/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLOEXEC_FLAG 4u /* CLOSE_RANGE_CLOEXEC */

static void each_from(int first, void (*act)(int fd))
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd >= first && fd != dirfd(dir))
			act(fd);
	}
	closedir(dir);
}

static void close_one(int fd)
{
	close(fd);
}

static void cloexec_one(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void process_close_from(int first)
{
	if (syscall(SYS_close_range, first, ~0u, 0u) < 0)
		each_from(first, close_one);
}

void process_cloexec_from(int first)
{
	if (syscall(SYS_close_range, first, ~0u, CLOEXEC_FLAG) < 0)
		each_from(first, cloexec_one);
}

/* which: as waitpid takes it. */
static int wait_until(pid_t pid, pid_t which)
{
	int status = 0;
	pid_t ended;

	do {
		ended = waitpid(which, &status, 0);
	} while (ended != pid && (ended >= 0 || errno == EINTR));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

int process_wait(pid_t pid)
{
	return wait_until(pid, -1);
}

int process_wait_alone(pid_t pid)
{
	return wait_until(pid, pid);
}
