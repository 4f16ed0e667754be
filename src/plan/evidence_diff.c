/* Knows how the changed files of a step are shown line by line. */
#include <string.h>

#include "base/fs.h"
#include "plan/evidence.h"
#include "plan/line_diff.h"

static int read_now(const struct step *step, const char *path,
		    struct buf *out, struct err *err)
{
	const struct node *node;
	AUTO_FD int fd = -1;
	int rc = tree_find(step->source_tree, path, &node, err);

	if (rc <= 0)
		return rc;
	if (node->size > EVIDENCE_DIFF_MAX)
		return err_set(err, ERR_INPUT, "'%s' has %lld bytes, more "
			       "than %d", path, (long long)node->size,
			       EVIDENCE_DIFF_MAX);
	fd = tree_open(step->source_tree, node, err);
	if (fd < 0 || fs_read_fd(fd, EVIDENCE_DIFF_MAX, out, err) < 0)
		return -1;
	return 1;
}

static bool is_text(const struct buf *bytes)
{
	return !bytes->len || !memchr(bytes->data, 0, bytes->len);
}

static void add_diff(struct plan *plan, const struct step *step,
		     const char *path, struct buf *out)
{
	AUTO(buf_release) struct buf old = BUF_INIT;
	AUTO(buf_release) struct buf now = BUF_INIT;
	AUTO_FREE char *text = NULL;
	struct err err = ERR_INIT;
	int rc = evidence_old_file(plan, step, path, EVIDENCE_DIFF_MAX, &old,
				   &err);

	if (rc > 0)
		rc = read_now(step, path, &now, &err);
	if (rc <= 0) {
		buf_addf(out, "no diff of `%s`: %s\n", path, rc < 0 ? err.msg :
			 "what it held is not known");
		return;
	}
	if (!is_text(&old) || !is_text(&now)) {
		buf_addf(out, "Binary files a/%s and b/%s differ\n", path,
			 path);
		return;
	}
	buf_adds(&old, "");
	buf_adds(&now, "");
	text = line_diff(path, old.data, now.data);
	buf_adds(out, text);
}

void evidence_diff(struct plan *plan, const struct step *step,
		   struct buf *out)
{
	for (size_t i = 0; i < step->evidence_count; i++) {
		const struct evidence *evidence = &step->evidence[i];

		if (evidence->kind == EVIDENCE_FILE && evidence->op == '~' &&
		    evidence->what && strstr(evidence->what, "content"))
			add_diff(plan, step, evidence->path, out);
	}
}
