/* Knows how a file of a layer is looked at: what changed in it, its text, its
 * bytes. */
#include "tui/browser_state.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "plan/line_diff.h"

#define DIFF_MAX ((size_t)256 << 10) /* bytes of either side */

static int open_content(struct browser *browser, struct err *err)
{
	uint32_t in = browser->peek_at;
	const struct files *side = browser_side_of(browser, &in);
	int fd = files_open(side, in, err);

	return fd < 0 ? -1 : peek_open(fd, &browser->peek, err);
}

/* ---- what changed ---- */

static bool is_small_file(const struct file *file)
{
	return S_ISREG(file->mode) && file->size <= DIFF_MAX;
}

static bool has_diff(const struct browser *browser)
{
	const struct file *now = &browser->now->items[browser->peek_at];

	return now->state == FILE_CHANGED && browser->old &&
	       now->was != FILE_NONE && now->differs & DIFFERS_CONTENT &&
	       is_small_file(now) &&
	       is_small_file(&browser->old->items[now->was]);
}

/* false: it is no text, or cannot be read. */
static bool read_text(const struct files *files, uint32_t at, struct buf *out)
{
	struct err err = ERR_INIT;
	AUTO_FD int fd = files_open(files, at, &err);

	buf_adds(out, "");
	return fd >= 0 && fs_read_fd(fd, DIFF_MAX, out, &err) >= 0 &&
	       !memchr(out->data, 0, out->len);
}

/* 1; 0: there is none; -1. */
static int open_diff(struct browser *browser, struct err *err)
{
	uint32_t at = browser->peek_at;
	AUTO(buf_release) struct buf old = BUF_INIT;
	AUTO(buf_release) struct buf now = BUF_INIT;
	AUTO_FREE char *text = NULL;
	AUTO_FD int fd = -1;

	if (!has_diff(browser) ||
	    !read_text(browser->old, browser->now->items[at].was, &old) ||
	    !read_text(browser->now, at, &now))
		return 0;
	text = line_diff(browser->peek_path, old.data, now.data);
	if (!*text)
		return 0;
	fd = memfd_create("diff", MFD_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "cannot keep the diff");
	if (fs_write_all(fd, text, strlen(text), err) < 0 ||
	    peek_open(STEAL_FD(fd), &browser->peek, err) < 0)
		return -1;
	return 1;
}

/* ---- opening ---- */

/* What changed comes first, where it can be told. */
static int open_first(struct browser *browser, struct err *err)
{
	int found = open_diff(browser, err);

	browser->peek_diff = found > 0;
	return found == 0 ? open_content(browser, err) : found;
}

bool browser_look(struct browser *browser, uint32_t at)
{
	uint32_t in = at;
	const struct files *side = browser_side_of(browser, &in);
	struct err err = ERR_INIT;

	if (!S_ISREG(side->items[in].mode)) {
		browser_say(browser, true, "it is a %s: nothing to look into",
			    file_type_word(side->items[in].mode));
		return false;
	}
	free(browser->peek_path);
	browser->peek_path = files_path(side, in);
	browser->peek_at = at;
	if (open_first(browser, &err) < 0) {
		browser_say(browser, true, "%s", err.msg);
		return false;
	}
	browser->peeking = true;
	return true;
}

void browser_look_next(struct browser *browser)
{
	struct err err = ERR_INIT;
	bool again = browser->peek_diff || (browser->peek.hex &&
					    has_diff(browser));

	if (!again) {
		browser->peek.hex = !browser->peek.hex;
		return;
	}
	peek_release(&browser->peek);
	if (browser->peek_diff) {
		browser->peek_diff = false;
		if (open_content(browser, &err) == 0)
			return;
	} else if (open_first(browser, &err) >= 0) {
		return;
	}
	browser_say(browser, true, "%s", err.msg);
	browser->peeking = false;
	browser->version++;
}

const char *browser_look_word(const struct browser *browser)
{
	return browser->peek_diff ? "diff" : browser->peek.hex ? "bytes" :
								 "text";
}
