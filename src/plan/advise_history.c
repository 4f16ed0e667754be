/* Knows what changed in a context lately: by git, or by the journals. */
#include <stdio.h>
#include <string.h>

#include "base/capture.h"
#include "base/fs.h"
#include "context/ignore.h"
#include "plan/advise_parts.h"
#include "plan/elsewhere.h"
#include "plan/journal.h"

#define GIT_MS 5000
#define GIT_OUT_MAX (16u << 20)
#define JOURNALS_MAX 16

void advise_history_release(struct advise_history *history)
{
	for (size_t i = 0; i < history->count; i++)
		strv_release(&history->changes[i]);
	free(history->changes);
}

/* As the client walks: nothing below a directory that it does not enter. */
static bool is_sent(const struct ignore *rules, const char *path)
{
	if (!rules)
		return true;
	for (const char *at = path; (at = strchr(at, '/')); at++) {
		AUTO_FREE char *dir = mem_strndup(path, (size_t)(at - path));

		if (ignore_match(rules, dir).ignored &&
		    !ignore_may_hold(rules, dir))
			return false;
	}
	return !ignore_match(rules, path).ignored;
}

static void take(struct advise_history *history, struct strv *change)
{
	if (change->count)
		MEM_PUSH(history->changes, history->count) = *change;
	else
		strv_release(change);
	*change = (struct strv){ 0 };
}

/* ---- git ---- */

/* "\1<hash>", a line end and the first name begin a commit; names end with
 * NUL. */
static void read_log(const struct buf *log, const struct ignore *rules,
		     struct advise_history *out)
{
	const char *at = log->data, *end = log->data + log->len;
	struct strv change = { 0 };

	while (at < end) {
		size_t len = strnlen(at, (size_t)(end - at));
		const char *name = at;

		if (*at == '\1') {
			take(out, &change);
			name += strcspn(at, "\n");
			name += *name == '\n';
		}
		if (*name && is_sent(rules, name))
			strv_add(&change, name);
		at += len + 1;
	}
	take(out, &change);
}

/* Nothing that a repository's configuration names is run. */
static int from_git(struct workspace *workspace, int changes,
		    struct advise_history *out, struct err *err)
{
	AUTO(buf_release) struct buf log = BUF_INIT;
	char many[16];
	const char *const argv[] = {
		"git", "--no-pager", "-c", "core.fsmonitor=false",
		"-c", "log.showSignature=false", "-c", "protocol.allow=never",
		"log", "-z", "-n", many, "--no-merges", "--name-only",
		"--relative", "--no-renames", "--no-ext-diff",
		"--no-textconv", "--format=format:%x01%H", "--", ".", NULL,
	};
	int dir = context_root_fd(workspace->context), rc;

	if (dir < 0)
		return 0;
	snprintf(many, sizeof(many), "%d", changes);
	rc = capture(dir, argv, GIT_MS, GIT_OUT_MAX, &log, err);
	if (rc <= 0 || !log.len)
		return rc < 0 ? -1 : 0;
	read_log(&log, context_ignore(workspace->context), out);
	out->source = ADVISE_FROM_GIT;
	return out->count > 0;
}

/* ---- journals ---- */

static void compare(const struct journal *old, const struct journal *now,
		    struct advise_history *out)
{
	struct strv change = { 0 };
	size_t i = 0, j = 0, common = 0;

	while (i < old->count || j < now->count) {
		const struct journal_entry *a = &old->entries[i];
		const struct journal_entry *b = &now->entries[j];
		int order = i == old->count ? 1 : j == now->count ? -1 :
			    strcmp(a->path, b->path);

		i += order <= 0;
		j += order >= 0;
		common += order == 0;
		if (order || strcmp(a->sum, b->sum))
			strv_add(&change, order > 0 ? b->path : a->path);
	}
	/* Another COPY to the same place is no change of this one. */
	if (common * 2 < old->count || common * 2 < now->count)
		strv_release(&change);
	else
		take(out, &change);
}

static void from_step(struct plan *plan, int dir, const struct step *step,
		      struct advise_history *out)
{
	AUTO(journal_release) struct journal newer = { 0 };
	struct digest images[JOURNALS_MAX];
	size_t count = elsewhere_same_shape(plan, step, images, JOURNALS_MAX);

	for (size_t i = 0; i < count; i++) {
		struct journal older = { 0 };
		struct err ignored = ERR_INIT;

		if (journal_read(dir, &images[i], &older, &ignored) <= 0)
			continue;
		if (newer.count)
			compare(&older, &newer, out);
		journal_release(&newer);
		newer = older;
	}
}

static bool from_journals(struct workspace *workspace, struct plan *plan,
			  struct advise_history *out)
{
	int dir = store_private_fd(workspace->store);
	size_t count;
	struct step *const *steps = plan_steps(plan, &count);

	for (size_t i = 0; dir >= 0 && i < count; i++)
		if (steps[i]->sources.count &&
		    steps[i]->source_tree == workspace->context)
			from_step(plan, dir, steps[i], out);
	out->source = ADVISE_FROM_JOURNALS;
	return out->count > 0;
}

/* ---- neither ---- */

static void from_files(struct workspace *workspace, struct advise_history *out)
{
	const struct node *node;

	for (size_t i = 0; (node = context_entry(workspace->context, i)); i++) {
		struct strv change = { 0 };

		if (S_ISDIR(node->mode) || node->hidden)
			continue;
		strv_add(&change, node->path);
		take(out, &change);
	}
	out->source = ADVISE_FROM_FILES;
}

int advise_history_make(struct workspace *workspace, struct plan *plan,
			const struct advise_options *options,
			struct advise_history *out, struct err *err)
{
	int rc = options->no_git ? 0 :
		 from_git(workspace, options->changes, out, err);

	if (rc < 0)
		return -1;
	if (!rc && !from_journals(workspace, plan, out))
		from_files(workspace, out);
	return 0;
}
