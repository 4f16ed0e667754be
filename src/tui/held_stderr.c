/* Knows where words on stderr wait: a library's would tear the screen. */
#include "tui/held_stderr.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"

#define HELD_MAX (1 << 20) /* bytes */

void held_stderr_take(struct held_stderr *held)
{
	held->fd = held->kept = -1;
	if (!isatty(STDERR_FILENO))
		return;
	held->kept = memfd_create("varve-stderr", MFD_CLOEXEC);
	if (held->kept < 0)
		return;
	held->fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	dup2(held->kept, STDERR_FILENO);
}

void held_stderr_release(struct held_stderr *held)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	if (held->fd < 0)
		return;
	dup2(held->fd, STDERR_FILENO);
	if (lseek(held->kept, 0, SEEK_SET) == 0 &&
	    fs_read_fd(held->kept, HELD_MAX, &text, &err) == 0 && text.len)
		(void)!write(STDERR_FILENO, text.data, text.len);
	close(held->fd);
	close(held->kept);
}
