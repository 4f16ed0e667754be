/* Knows how a crash leaves the terminal as it was. */
#include "tui/term_restore.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* For the crash handler, which may call next to nothing. */
static struct {
	volatile sig_atomic_t on;
	struct termios modes;
	char text[256]; /* leaves the screen, shows the cursor, … */
	size_t len;
} restore;

int term_restore_begin(struct err *err)
{
	restore.len = 0;
	if (tcgetattr(STDIN_FILENO, &restore.modes) < 0)
		return err_sys(err, errno, "cannot open the screen");
	return 0;
}

void term_restore_add(const char *text)
{
	while (*text && restore.len < sizeof(restore.text)) {
		if (text[0] == '$' && text[1] == '<' && strchr(text, '>'))
			text = strchr(text, '>') + 1;
		else
			restore.text[restore.len++] = *text++;
	}
}

static void on_crash(int sig)
{
	if (restore.on) {
		(void)!write(STDOUT_FILENO, restore.text, restore.len);
		tcsetattr(STDIN_FILENO, TCSANOW, &restore.modes);
	}
	signal(sig, SIG_DFL);
	raise(sig);
}

void term_restore_prepare(void)
{
	static const int signals[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE,
				       SIGILL };
	struct sigaction action = { .sa_handler = on_crash,
				    .sa_flags = SA_RESETHAND | SA_NODEFER |
						SA_ONSTACK };
	/* A stack that ran out is no place to restore from. */
	static char stack[64 * 1024];
	const stack_t own = { .ss_sp = stack, .ss_size = sizeof(stack) };

	sigaltstack(&own, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaction(signals[i], &action, NULL);
	restore.on = 1;
}

void term_restore_on(bool on)
{
	restore.on = on;
}
