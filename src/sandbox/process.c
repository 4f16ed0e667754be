/* Knows how all descriptors from a number on are closed, also on kernels
 * without close_range. */
#include "sandbox/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
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
