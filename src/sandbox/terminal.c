/* Knows how what is typed reaches a terminal in a sandbox, and its output the
 * user's. */
#include "sandbox/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

static void copy_size(int to)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(to, TIOCSWINSZ, &size);
}

/* false: that end is gone. */
static bool pass(int from, int to)
{
	char bytes[8192];
	struct err ignored = ERR_INIT;
	ssize_t n = read(from, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	return n > 0 &&
	       fs_write_all(to, bytes, (size_t)n, &ignored) == 0;
}

static int open_resizes(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void __attribute__((noreturn)) relay(int master)
{
	int resizes = open_resizes();
	struct signalfd_siginfo info;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = master, .events = POLLIN },
			{ .fd = STDIN_FILENO, .events = POLLIN },
			{ .fd = resizes, .events = POLLIN },
		};

		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[0].revents && !pass(master, STDOUT_FILENO))
			_exit(0);
		if (fds[1].revents && !pass(STDIN_FILENO, master)) {
			kill(getppid(), SIGHUP);
			_exit(0);
		}
		if (fds[2].revents) {
			(void)!read(resizes, &info, sizeof(info));
			copy_size(master);
		}
	}
}

static int open_pty(int *master, int *slave, struct err *err)
{
	char name[64];

	*master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*master < 0 || grantpt(*master) < 0 || unlockpt(*master) < 0 ||
	    ptsname_r(*master, name, sizeof(name)) != 0)
		return err_sys(err, errno, "cannot make a terminal");
	*slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *slave < 0 ? err_sys(err, errno, "cannot open '%s'", name) : 0;
}

int terminal_open(struct terminal *out, struct err *err)
{
	AUTO_FD int master = -1;
	AUTO_FD int slave = -1;
	struct termios raw;

	*out = (struct terminal){ .fd = 0 };
	if (tcgetattr(STDIN_FILENO, &out->was) < 0)
		return err_sys(err, errno, "standard input is no terminal");
	if (open_pty(&master, &slave, err) < 0)
		return -1;
	tcsetattr(slave, TCSANOW, &out->was);
	copy_size(slave);
	out->relay = fork();
	if (out->relay < 0)
		return err_sys(err, errno, "cannot fork");
	if (out->relay == 0) {
		close(slave);
		relay(master);
	}
	raw = out->was;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	out->fd = STEAL_FD(slave);
	return 0;
}

void terminal_close(struct terminal *terminal)
{
	if (!terminal || !terminal->fd)
		return;
	close(terminal->fd);
	terminal->fd = 0;
	while (waitpid(terminal->relay, NULL, 0) < 0 && errno == EINTR)
		;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->was);
}
