/* Knows how a program is started on the terminal, and what editors take. */
#include "tui/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

/* Whether the editor takes "+N" for a line; to others it would be a file. */
static bool takes_line(const char *editor)
{
	static const char *const names[] = {
		"vi", "vim", "nvim", "nvi", "vis", "view", "ex", "gvim",
		"nano", "rnano", "pico", "emacs", "emacsclient", "mg", "jed",
		"joe", "jmacs", "jstar", "jpico", "micro", "kak", "ne", "zile",
	};
	const char *end = editor + strcspn(editor, " \t"), *name = end;
	size_t len;

	while (name > editor && name[-1] != '/')
		name--;
	len = strcspn(name, " \t.-"); /* vim.tiny, emacs-nox */
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == len &&
		    strncmp(names[i], name, len) == 0)
			return true;
	return false;
}

/* As a shell starts a program: default signals, none blocked. */
static void prepare(int stderr_fd)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGTSTP, SIGPIPE,
				       SIGHUP, SIGTERM, SIGWINCH };
	sigset_t none;

	if (stderr_fd >= 0)
		dup2(stderr_fd, STDERR_FILENO);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int wait_for(pid_t pid, int *status)
{
	pid_t got;

	do {
		got = waitpid(pid, status, WUNTRACED);
		/* Ctrl-Z in it: the shell waits for us to stop, too. */
		if (got > 0 && WIFSTOPPED(*status))
			raise(SIGSTOP);
	} while (got < 0 ? errno == EINTR : WIFSTOPPED(*status));
	return got < 0 ? -1 : 0;
}

/* In the child; does not return. */
static void run_editor(const char *path, int line)
{
	const char *editor = getenv("VISUAL");
	AUTO_FREE char *script = NULL, *at = mem_printf("+%d", line);

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (!editor || !*editor)
		editor = "vi";
	/* An editor may be a command with words of its own. */
	script = mem_printf("%s \"$@\"", editor);
	if (takes_line(editor))
		execl("/bin/sh", "sh", "-c", script, "sh", at, path,
		      (char *)NULL);
	else
		execl("/bin/sh", "sh", "-c", script, "sh", path,
		      (char *)NULL);
	_exit(127);
}

int child_edit(const char *path, int line, int stderr_fd, struct err *err)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		prepare(stderr_fd);
		run_editor(path, line);
	}
	if (pid < 0 || wait_for(pid, &status) < 0)
		return err_sys(err, errno, "cannot start an editor");
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return err_set(err, ERR_FAILED,
			       "the editor could not be started: "
			       "see $VISUAL and $EDITOR");
	if (WEXITSTATUS(status))
		return err_set(err, ERR_FAILED,
			       "the editor ended with status %d",
			       WEXITSTATUS(status));
	return 0;
}

/* In the child; does not return. */
static void run_shell(const char *command)
{
	static const char script[] =
		"sh -c \"$1\"; s=$?; "
		"printf '\\n[ended with status %s: press Enter] ' \"$s\"; "
		"read -r line";
	const char *shell = getenv("SHELL");

	if (!shell || !*shell)
		shell = "/bin/sh";
	if (command)
		execl("/bin/sh", "sh", "-c", script, "sh", command,
		      (char *)NULL);
	else
		execl(shell, shell, (char *)NULL);
	_exit(127);
}

int child_shell(const char *dir, const char *command, int stderr_fd,
		struct err *err)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		prepare(stderr_fd);
		if (chdir(dir) < 0)
			_exit(127);
		run_shell(command);
	}
	if (pid < 0 || wait_for(pid, &status) < 0)
		return err_sys(err, errno, "cannot start a shell");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(err, ERR_FAILED, "the shell could not be "
			       "started in '%s': see $SHELL", dir);
	return 0;
}

int child_self(const struct strv *args, struct err *err)
{
	AUTO_FREE char **argv = mem_array(args->count + 2, sizeof(*argv));
	char name[] = "varve";
	int status;
	pid_t pid;

	argv[0] = name;
	for (size_t i = 0; i < args->count; i++)
		argv[i + 1] = args->items[i];
	pid = fork();
	if (pid == 0) {
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	if (pid < 0 || wait_for(pid, &status) < 0)
		return err_sys(err, errno, "cannot start 'varve %s'", argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}
