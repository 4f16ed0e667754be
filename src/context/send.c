/* Knows the bytes of the tar that the docker client sends. */
#include "context/send.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "context/entry.h"
#include "spec/tarblock.h"

#define ADDED_MODE 0600

struct context_sender {
	struct context *context;
	const char *name;
	struct span dockerfile;
	size_t next;        /* entry */
	struct buf waiting; /* bytes to go before what follows */
	size_t taken;       /* of them */
	int fd;             /* of the file whose content goes, or -1 */
	const char *path;   /* its name */
	off_t left;         /* bytes of it */
	size_t padding;     /* behind it */
	bool ended;
};

struct context_sender *context_sender_new(struct tree *tree, const char *name,
					  struct span dockerfile)
{
	struct context_sender *sender = mem_alloc(sizeof(*sender));

	*sender = (struct context_sender){ .context = context_of(tree),
					   .name = name, .fd = -1,
					   .dockerfile = dockerfile };
	return sender;
}

void context_sender_free(struct context_sender *sender)
{
	if (!sender)
		return;
	if (sender->fd >= 0)
		close(sender->fd);
	buf_release(&sender->waiting);
	free(sender);
}

static void add_zeros(struct buf *out, size_t count)
{
	static const char zeros[2 * TAR_BLOCK_SIZE];

	buf_add(out, zeros, count);
}

static int start_entry(struct context_sender *sender, struct entry *entry,
		       struct err *err)
{
	AUTO(buf_release) struct buf name = BUF_INIT;
	struct tar_entry header;
	int has = entry_header(sender->context, entry, &header, &name, err);

	if (has <= 0)
		return has;
	header.uname = (char *)(uintptr_t)layertar_user_name(entry->owner);
	header.gname = (char *)(uintptr_t)layertar_group_name(entry->group);
	tar_header_format(&header, &sender->waiting);
	entry_header_release(&header);
	if (!entry_has_content(entry))
		return 0;
	sender->fd = tree_open(&sender->context->tree, &entry->node, err);
	if (sender->fd < 0)
		return -1;
	sender->path = entry->node.path;
	sender->left = entry->node.size;
	sender->padding = tar_padding((uint64_t)sender->left);
	return 0;
}

/* ---- the end ---- */

static void add_file(struct buf *out, const char *name, struct span text)
{
	struct tar_entry header = { .name = (char *)(uintptr_t)name,
				    .mode = ADDED_MODE, .typeflag = '0',
				    .size = (int64_t)text.len,
				    .mtime.tv_sec = time(NULL),
				    .atime_sec = -1 };

	tar_header_format(&header, out);
	buf_add(out, text.ptr ? text.ptr : "", text.len);
}

/* Docker's client does not fill up what it adds last, nor end the tar; and a
 * .dockerignore that is there was changed already. */
static int add_outside(struct context_sender *sender, struct err *err)
{
	AUTO_FREE char *ignore = mem_printf(IGNORE_NAME "\n%s\n",
					    sender->name);
	const struct node *node;
	int found = tree_find(&sender->context->tree, IGNORE_NAME, &node, err);

	if (found < 0)
		return -1;
	add_file(&sender->waiting, sender->name, sender->dockerfile);
	if (found)
		return 0;
	add_zeros(&sender->waiting, tar_padding(sender->dockerfile.len));
	add_file(&sender->waiting, IGNORE_NAME, span_of(ignore));
	return 0;
}

static int end_tar(struct context_sender *sender, struct err *err)
{
	sender->ended = true;
	if (sender->name)
		return add_outside(sender, err);
	add_zeros(&sender->waiting, 2 * TAR_BLOCK_SIZE);
	return 0;
}

/* ---- reading ---- */

static ssize_t read_file(struct context_sender *sender, void *bytes,
			 size_t len, struct err *err)
{
	ssize_t n;

	if ((off_t)len > sender->left)
		len = (size_t)sender->left;
	do
		n = read(sender->fd, bytes, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, errno, "cannot read '%s'", sender->path);
	if (n == 0)
		return err_set(err, ERR_FAILED, "'%s' became shorter while it "
			       "was sent", sender->path);
	sender->left -= n;
	if (sender->left > 0)
		return n;
	close(sender->fd);
	sender->fd = -1;
	add_zeros(&sender->waiting, sender->padding);
	return n;
}

static size_t take_waiting(struct context_sender *sender, void *bytes,
			   size_t len)
{
	size_t left = sender->waiting.len - sender->taken;

	if (len > left)
		len = left;
	memcpy(bytes, sender->waiting.data + sender->taken, len);
	sender->taken += len;
	if (len == left) {
		buf_clear(&sender->waiting);
		sender->taken = 0;
	}
	return len;
}

ssize_t context_sender_read(struct context_sender *sender, void *bytes,
			    size_t len, struct err *err)
{
	struct context *context = sender->context;

	for (;;) {
		int done;

		if (sender->waiting.len)
			return (ssize_t)take_waiting(sender, bytes, len);
		if (sender->fd >= 0)
			return read_file(sender, bytes, len, err);
		if (sender->ended)
			return 0;
		done = sender->next < context->count ?
		       start_entry(sender, context->entries[sender->next++],
				   err) : end_tar(sender, err);
		if (done < 0)
			return -1;
	}
}
