/* Knows how Docker's created-by strings read as instructions. */
#include "view/views.h"

#include <ctype.h>
#include <string.h>

#define SHELL "/bin/sh -c "
#define NOP "#(nop) "

/* Digests in it ("file:<64 hex>") to 12 digits. */
static void add_short(struct buf *out, const char *text)
{
	while (*text) {
		size_t n = strspn(text, "0123456789abcdef");

		if (n == 64) {
			buf_add(out, text, DIGEST_SHORT);
			text += n;
		} else if (n) {
			buf_add(out, text, n);
			text += n;
		} else {
			buf_addc(out, *text++);
		}
	}
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

char *created_by_words(const char *created_by)
{
	struct buf out = BUF_INIT;
	const char *shell, *text = created_by ? created_by : "";
	size_t len = strlen(SHELL);

	/* "|2 A=1 B=2 /bin/sh -c …": the build arguments stay visible. */
	if (*text == '|' && isdigit((unsigned char)text[1]) &&
	    (shell = strstr(text, SHELL))) {
		const char *args = strchr(text, ' ');

		buf_adds(&out, "RUN ");
		if (args && args < shell) {
			buf_addc(&out, '[');
			buf_add(&out, args + 1, (size_t)(shell - args - 2));
			buf_adds(&out, "] ");
		}
		add_short(&out, skip_blanks(shell + len));
		return buf_steal(&out);
	}
	if (strncmp(text, SHELL, len) == 0) {
		text += len;
		if (strncmp(text, NOP, strlen(NOP)) == 0)
			text += strlen(NOP);
		else
			buf_adds(&out, "RUN ");
	}
	add_short(&out, skip_blanks(text));
	return buf_steal(&out);
}
