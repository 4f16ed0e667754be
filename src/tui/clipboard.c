/* Knows how a terminal is asked to keep a text. */
#include "tui/clipboard.h"

#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/fs.h"

#define COPY_MAX 65536 /* bytes */

static void add_osc52(struct buf *out, const char *text)
{
	buf_adds(out, "\033]52;c;");
	base64_encode(out, text, strlen(text));
	buf_adds(out, "\a");
}

bool clipboard_send(int fd, const char *text)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	const char *tmux = getenv("TMUX");
	struct err err = ERR_INIT;

	if (strlen(text) > COPY_MAX)
		return false;
	add_osc52(&out, text);
	/* tmux may take it for its own, or let it through, or neither. */
	if (tmux && *tmux) {
		buf_adds(&out, "\033Ptmux;\033");
		add_osc52(&out, text);
		buf_adds(&out, "\033\\");
	}
	return fs_write_all(fd, out.data, out.len, &err) == 0;
}
