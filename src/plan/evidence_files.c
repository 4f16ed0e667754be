/* Knows how the files of a COPY or ADD are told from those of last time. */
#include <string.h>

#include "plan/evidence.h"
#include "plan/journal.h"
#include "spec/tarsum.h"

#define REHASH_MAX (8 << 20)   /* bytes read to tell content from mode */

static void add_file(struct step *step, char op, const char *path,
		     const char *what)
{
	struct evidence *evidence = step_evidence(step, EVIDENCE_FILE);

	evidence->op = op;
	evidence->path = mem_strdup(path);
	evidence->what = what && *what ? mem_strdup(what) : NULL;
}

static void add_part(struct buf *out, const char *text)
{
	if (out->len)
		buf_adds(out, ", ");
	buf_adds(out, text);
}

static int replace_mode(struct buf *header, unsigned now, unsigned old)
{
	AUTO_FREE char *from = mem_printf("mode%uuid", now);
	AUTO_FREE char *to = mem_printf("mode%uuid", old);
	char *at = memmem(header->data, header->len, from, strlen(from));
	struct buf out = BUF_INIT;
	size_t before;

	if (!at)
		return 0;
	before = (size_t)(at - header->data);
	buf_add(&out, header->data, before);
	buf_adds(&out, to);
	buf_add(&out, at + strlen(from),
		header->len - before - strlen(from));
	buf_release(header);
	*header = out;
	return 1;
}

/* Whether the old sum comes out with the old mode: then only that differs. */
static bool only_mode(struct tree *tree, const struct node *node,
		      const struct journal_entry *old)
{
	AUTO(sha256_free) struct sha256 *sha = sha256_new();
	AUTO(buf_release) struct buf header = BUF_INIT;
	struct err ignored = ERR_INIT;
	unsigned type = node->mode & ~07777u;
	struct digest sum;

	if (node->size > REHASH_MAX ||
	    tree->ops->sum_header(tree, node, &header, &ignored) != 1)
		return false;
	if (!replace_mode(&header, node->mode, type | old->mode) &&
	    !replace_mode(&header, node->mode & 07777u, old->mode))
		return false;
	sha256_add(sha, header.data, header.len);
	if (S_ISREG(node->mode) &&
	    tree_add_content(tree, node, sha, &ignored) < 0)
		return false;
	sha256_end(sha, &sum);
	return !strcmp(DIGEST_HEX(&sum), old->sum);
}

static bool content_differs(struct tree *tree, const struct node *node,
			    const struct journal_entry *old,
			    const struct journal_entry *now, bool other)
{
	if (now->type != 'f' || old->type != 'f')
		return false;
	if (old->size != now->size || !other ||
	    (node && tree_imagined(tree, node)))
		return true;
	if (old->mtime_sec == now->mtime_sec &&
	    old->mtime_nsec == now->mtime_nsec)
		return false;
	return old->mode == now->mode || !node || !only_mode(tree, node, old);
}

static void add_number(struct buf *what, const char *name, const char *form,
		       long old, long now)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	if (old == now)
		return;
	if (*form == 'o')
		buf_addf(&text, "%s %04lo -> %04lo", name, (unsigned long)old,
			 (unsigned long)now);
	else
		buf_addf(&text, "%s %ld -> %ld", name, old, now);
	add_part(what, text.data);
}

static const char *type_word(char type)
{
	switch (type) {
	case 'f':
		return "file";
	case 'd':
		return "directory";
	case 'l':
		return "link";
	case 'p':
		return "fifo";
	case 'b':
	case 'c':
		return "device";
	default:
		return "other";
	}
}

void evidence_type_change(struct buf *out, char old, char now)
{
	buf_addf(out, "type %s -> %s", type_word(old), type_word(now));
}

/* What differs in words: "content, mode 0644 -> 0664". Of another type of
 * thing nothing else is worth telling. */
static void changes(struct tree *tree, const struct journal_entry *old,
		    const struct journal_entry *now, struct buf *what)
{
	AUTO(buf_release) struct buf parts = BUF_INIT;
	struct err ignored = ERR_INIT;
	const struct node *node = NULL;

	if (old->type != now->type) {
		evidence_type_change(what, old->type, now->type);
		return;
	}
	add_number(&parts, "mode", "o", (long)old->mode, (long)now->mode);
	add_number(&parts, "uid", "d", old->uid, now->uid);
	add_number(&parts, "gid", "d", old->gid, now->gid);
	if (strcmp(old->link, now->link)) {
		AUTO_FREE char *text = mem_printf("link %s -> %s", old->link,
						  now->link);
		add_part(&parts, text);
	}
	if (strcmp(old->capability, now->capability))
		add_part(&parts, "xattr");
	if (tree_find(tree, now->path, &node, &ignored) <= 0)
		node = NULL;
	if (content_differs(tree, node, old, now, parts.len > 0))
		add_part(what, "content");
	if (parts.len)
		add_part(what, parts.data);
	if (!what->len)
		add_part(what, now->type == 'l' ? "what it leads to" :
						  "its sum");
}

static void compare_files(struct step *step, const struct journal *old,
			  const struct journal *now)
{
	size_t i = 0, j = 0, shown = 0, more = 0;

	while (i < old->count || j < now->count) {
		const struct journal_entry *left = &old->entries[i];
		const struct journal_entry *right = &now->entries[j];
		int order = i == old->count ? 1 : j == now->count ? -1 :
			    strcmp(left->path, right->path);
		AUTO(buf_release) struct buf what = BUF_INIT;
		bool same = !order && !strcmp(left->sum, right->sum);

		i += order <= 0;
		j += order >= 0;
		if (same)
			continue;
		if (shown++ >= EVIDENCE_FILES_SHOWN) {
			more++;
			continue;
		}
		if (!order)
			changes(step->source_tree, left, right, &what);
		add_file(step, order < 0 ? '-' : order > 0 ? '+' : '~',
			 order <= 0 ? left->path : right->path, what.data);
	}
	if (more) {
		AUTO_FREE char *note = mem_printf("and %zu more files", more);

		step_note(step, note);
	}
}

/* 1 both sides are there, 0 the old one is not, -1. */
static int read_both(struct plan *plan, struct step *step,
		     const struct digest *image, struct journal *old,
		     struct journal *now, struct err *err)
{
	int dir = store_private_fd(plan->input.store);
	int rc = journal_read(dir, image, old, err);

	if (rc <= 0)
		return rc;
	return journal_make(step->source_tree, &step->sources, now, err) < 0 ?
	       -1 : 1;
}

int evidence_files(struct plan *plan, struct step *step,
		   const struct digest *image, struct err *err)
{
	AUTO(journal_release) struct journal old = { 0 };
	AUTO(journal_release) struct journal now = { 0 };
	struct err unread = ERR_INIT;
	int rc = read_both(plan, step, image, &old, &now, &unread);
	size_t first = step->evidence_count;

	(void)err;
	if (rc <= 0 && evidence_layer(plan, step, image,
				      EVIDENCE_FILES_SHOWN)) {
		bool none = step->evidence_count == first;

		step_note(step, "from layer: no record of the files was "
			  "kept; a layer does not tell attributes, nor a file "
			  "that was copied over an equal one");
		if (none)
			step_note(step, "no file differs: another docker "
				  "client may have sent them, whose modes "
				  "count otherwise; try --client-mode 28 "
				  "(or 20.10)");
		return 0;
	}
	if (rc <= 0) {
		AUTO_FREE char *note = mem_printf(
			"the files of image %.12s cannot be compared: %s",
			DIGEST_HEX(image), rc < 0 ? unread.msg :
			"no record of them was kept");

		step_note(step, note);
		return 0;
	}
	compare_files(step, &old, &now);
	return 0;
}

char *evidence_files_note(const struct step *step)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	size_t count = 0;

	for (size_t i = 0; i < step->evidence_count; i++) {
		const struct evidence *evidence = &step->evidence[i];

		if (evidence->kind != EVIDENCE_FILE)
			continue;
		if (count++ < 3)
			buf_addf(&text, "%s`%s`", text.len ? ", " : "",
				 evidence->path);
	}
	if (!count)
		return NULL;
	if (count > 3)
		buf_addf(&text, " and %zu more", count - 3);
	buf_adds(&text, count > 1 ? " differ" : " differs");
	return buf_steal(&text);
}

/* ---- hits ---- */

static bool is_hard_link(struct tree *tree, const char *path)
{
	struct err ignored = ERR_INIT;
	const struct node *node;

	return tree_find(tree, path, &node, &ignored) > 0 && node->hardlink;
}

/* The sum is the same: what can differ all the same? */
static void unseen_change(struct step *step, const struct journal_entry *old,
			  const struct journal_entry *now, size_t *touched)
{
	bool moved = old->mtime_sec != now->mtime_sec ||
		     old->mtime_nsec != now->mtime_nsec;

	if (strcmp(old->link, now->link) && !step->warning)
		step->warning = mem_printf(
			"the link `%s` points to `%s`, formerly `%s`: Docker "
			"looks at the file it leads to only", now->path,
			now->link, old->link);
	else if (now->type == 'f' && moved && !step->warning &&
		 is_hard_link(step->source_tree, now->path))
		step->warning = mem_printf(
			"`%s` changed, but it is a second hard link, whose "
			"content Docker does not look at", now->path);
	else if (moved)
		++*touched;
}

/* Neither times nor links: told without the lines of the journal. */
static bool nothing_moved(struct plan *plan, struct step *step,
			  const struct digest *image)
{
	struct err ignored = ERR_INIT;
	struct digest old, now;

	return journal_read_fingerprint(store_private_fd(plan->input.store),
					image, &old, &ignored) > 0 &&
	       journal_fingerprint(step->source_tree, &step->sources, &now,
				   &ignored) == 0 &&
	       digest_equal(&old, &now);
}

int evidence_unseen(struct plan *plan, struct step *step,
		    const struct digest *image, struct err *err)
{
	AUTO(journal_release) struct journal old = { 0 };
	AUTO(journal_release) struct journal now = { 0 };
	struct err unread = ERR_INIT;
	const char *first = NULL;
	size_t touched = 0;

	(void)err;
	if (nothing_moved(plan, step, image) ||
	    read_both(plan, step, image, &old, &now, &unread) <= 0)
		return 0;
	for (size_t i = 0; i < now.count; i++) {
		const struct journal_entry *entry =
			journal_find(&old, now.entries[i].path);

		if (entry && !strcmp(entry->sum, now.entries[i].sum))
			unseen_change(step, entry, &now.entries[i], &touched);
		if (touched && !first)
			first = now.entries[i].path;
	}
	if (touched) {
		AUTO(buf_release) struct buf note = BUF_INIT;

		buf_addf(&note, "mtime differs: ignored (`%s`", first);
		if (touched > 1)
			buf_addf(&note, " and %zu more", touched - 1);
		buf_adds(&note, ", content same)");
		step_note(step, note.data);
	}
	return 0;
}
