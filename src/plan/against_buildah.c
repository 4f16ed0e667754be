/* Knows buildah's rule (as of 1.28): the history that it writes, and the sum of
 * what a COPY or ADD takes, which stands in it. */
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "plan/against.h"
#include "plan/evidence.h"
#include "spec/layertar.h"
#include "spec/tarblock.h"

#define NOP "/bin/sh -c #(nop) "
#define TAR_END 1024    /* zero bytes behind the last entry */
#define DEPTH_MAX 255   /* directories entered */

/*
 * The sum is that of a tar of the sources by themselves: names as they are
 * put below the destination, no times, the owner that they get, but the names
 * of the owner that they have where they lie.
 */
struct summing {
	const struct step *step;
	struct tree *tree;
	int root;             /* of the context on the disk */
	long uid, gid, mode;  /* mode -1: their own */
	struct sha256 *sha;
	int depth;
};

static char *user_name(uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);

	return mem_strdup(entry ? entry->pw_name : "");
}

static char *group_name(gid_t gid)
{
	const struct group *entry = getgrgid(gid);

	return mem_strdup(entry ? entry->gr_name : "");
}

static char type_of(mode_t mode)
{
	return S_ISREG(mode) ? '0' : S_ISLNK(mode) ? '2' :
	       S_ISDIR(mode) ? '5' : '\0';
}

static int add_content(const struct summing *sum, const struct node *node)
{
	static const char zeros[TAR_BLOCK_SIZE];
	struct err ignored = ERR_INIT;

	if (tree_add_content(sum->tree, node, sum->sha, &ignored) < 0)
		return -1;
	sha256_add(sum->sha, zeros, tar_padding((uint64_t)node->size));
	return 0;
}

/* Extended attributes are in the sum, too, in ways that are not told here. */
static bool has_attributes(const struct summing *sum, const struct node *node)
{
	AUTO_FREE char *path = mem_printf("/proc/self/fd/%d/%s", sum->root,
					  node->path);

	return llistxattr(path, NULL, 0) > 0;
}

/* -1: what this node adds to the sum is not known. */
static int add_node(const struct summing *sum, const struct node *node,
		    const char *name)
{
	AUTO(tar_entry_release) struct tar_entry entry = { 0 };
	AUTO(buf_release) struct buf header = BUF_INIT;
	struct stat st;

	if (!type_of(node->mode) || node->hardlink ||
	    tree_imagined(sum->tree, node) || has_attributes(sum, node) ||
	    fstatat(sum->root, node->path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	entry = (struct tar_entry){
		.name = mem_strdup(name),
		.mode = sum->mode >= 0 && !S_ISLNK(node->mode) ?
			(uint32_t)sum->mode : node->mode & 07777,
		.uid = sum->uid, .gid = sum->gid,
		.size = S_ISREG(node->mode) ? node->size : 0,
		.typeflag = type_of(node->mode),
		.linkname = mem_strdup(node->link),
		.uname = user_name(st.st_uid),
		.gname = group_name(st.st_gid),
		.atime_sec = -1,
	};
	tar_header_format(&entry, &header);
	sha256_add(sum->sha, header.data, header.len);
	return S_ISREG(node->mode) ? add_content(sum, node) : 0;
}

static int add_below(struct summing *sum, const struct node *dir,
		     const char *prefix)
{
	const struct node *const *children;
	struct err ignored = ERR_INIT;
	size_t count;
	int rc = 0;

	if (sum->depth >= DEPTH_MAX ||
	    tree_list(sum->tree, dir, &children, &count, &ignored) < 0)
		return -1;
	sum->depth++;
	for (size_t i = 0; i < count && rc == 0; i++) {
		AUTO_FREE char *name = mem_printf("%s%s", prefix,
						  children[i]->name);
		AUTO_FREE char *below = mem_printf("%s/", name);

		rc = add_node(sum, children[i], name);
		if (rc == 0 && S_ISDIR(children[i]->mode))
			rc = add_below(sum, children[i], below);
	}
	sum->depth--;
	return rc;
}

/* A single file has the name that it gets. */
static char *name_of(const struct summing *sum,
		     const struct source_item *item)
{
	const char *dest = sum->step->dest, *slash = strrchr(dest, '/');
	bool as_it_is = sum->step->sources.count > 1 || !*dest ||
			!strcmp(dest, ".") || !strcmp(dest, "..") ||
			(slash && (!slash[1] || !strcmp(slash, "/.") ||
				   !strcmp(slash, "/..")));

	return mem_strdup(as_it_is ? item->name : slash ? slash + 1 : dest);
}

/* "file:…" or "dir:…"; NULL: not known. is_dir: the destination is one. */
static char *item_sum(struct summing *sum, const struct source_item *item,
		      bool is_dir)
{
	AUTO_FREE char *name = is_dir ? mem_strdup(item->name) :
					name_of(sum, item);
	AUTO(sha256_free) struct sha256 *sha = sha256_new();
	char zeros[TAR_END] = { 0 };
	struct digest digest;

	if (!item->node)
		return NULL;
	sum->sha = sha;
	if (item->is_dir ? add_below(sum, item->node, "") < 0 :
			   add_node(sum, item->node, name) < 0)
		return NULL;
	sha256_add(sha, zeros, sizeof(zeros));
	sha256_end(sha, &digest);
	return mem_printf("%s:%s", item->is_dir ? "dir" : "file",
			  DIGEST_HEX(&digest));
}

/* The word that stands in the history; NULL: not known. */
static char *sources_sum(struct summing *sum, bool is_dir)
{
	const struct source_set *set = &sum->step->sources;
	AUTO(buf_release) struct buf all = BUF_INIT;
	struct digest digest;

	for (size_t i = 0; i < set->count; i++) {
		AUTO_FREE char *one = item_sum(sum, &set->items[i], is_dir);

		if (!one)
			return NULL;
		buf_addf(&all, "%s%s", i ? "," : "", one);
	}
	if (set->count < 2)
		return set->count ? buf_steal(&all) : NULL;
	digest_make(all.data, all.len, &digest);
	return mem_printf("multi:%s", DIGEST_HEX(&digest));
}

/* Whether the destination is a directory below the step. */
static bool dest_is_dir(struct plan *plan, const struct step *step)
{
	const char *dir = step->after.working_dir;
	AUTO_FREE char *joined = *step->dest == '/' ?
		mem_strdup(step->dest + 1) :
		mem_printf("%s/%s", dir + (*dir == '/'), step->dest);
	AUTO_FREE char *resolved = NULL;
	const struct node *node = NULL;
	struct err ignored = ERR_INIT;
	struct tree *tree;

	return plan_tree(plan, &plan->image, &tree, &ignored) == 0 &&
	       tree_resolve(tree, joined, true, &resolved, &node,
			    &ignored) > 0 && node && S_ISDIR(node->mode);
}

/* Declared arguments that have a value: "K=V" or only "K", sorted. */
static void args_of(const struct plan *plan, const struct step *step,
		    bool values, struct strv *out)
{
	const struct arg_list *list = &plan->args.stage;
	struct args_scope scope = { &plan->args, &step->after.env };

	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->items[i].name;
		const char *value = args_lookup(&scope, name, strlen(name));

		if (value)
			strv_take(out, values ?
				  mem_printf("%s=%s", name, value) :
				  mem_strdup(name));
	}
	strv_sort(out);
}

static size_t count_blanks(const char *text)
{
	size_t count = 0;

	while ((text = strchr(text, ' '))) {
		count++;
		text++;
	}
	return count;
}

/* As it stands in the file, continued lines joined: only what is before the
 * first word is cut off. */
static char *text_of(const struct step *step)
{
	const char *tail = step->instr->tail;

	return mem_printf("%s%s", step->text, tail ? tail : "");
}

static char *buildah_run(const struct plan *plan, const struct step *step)
{
	AUTO(strv_release) struct strv args = { 0 };
	AUTO_FREE char *joined = NULL, *text = text_of(step);
	/* One blank ends the word, whatever it is; all others are kept. */
	const char *rest = text + strlen("RUN");

	rest += *rest != '\0';
	args_of(plan, step, true, &args);
	joined = strv_join(&args, " ");
	if (!args.count)
		return mem_printf("/bin/sh -c %s", rest);
	return mem_printf("|%zu %s /bin/sh -c %s", count_blanks(joined) + 1,
			  joined, rest);
}

/* All but COPY and ADD, whose text holds a sum. */
static char *buildah_text(const struct plan *plan, const struct step *step)
{
	AUTO(strv_release) struct strv args = { 0 };
	AUTO_FREE char *joined = NULL, *text = text_of(step);

	if (step->instr->kind == INSTR_RUN)
		return buildah_run(plan, step);
	if (step->instr->kind != INSTR_ARG)
		return mem_printf(NOP "%s", text);
	args_of(plan, step, false, &args);
	joined = strv_join(&args, " ");
	return mem_printf(NOP "ARG %s", joined);
}

/* "COPY file:… in /x ": whether all but the sum is that of the step. */
static bool same_copy(const struct step *step, const char *created_by)
{
	const struct instr *instr = step->instr;
	const char *dest = instr->words[instr->word_count - 1].text;
	AUTO_FREE char *head = mem_printf(NOP "%s ", instr_name(instr->kind));
	AUTO_FREE char *tail = mem_printf(" in %s ", dest);
	size_t len = strlen(created_by), before = strlen(head);
	size_t after = strlen(tail);

	return len > before + after && !memcmp(created_by, head, before) &&
	       !strcmp(created_by + len - after, tail) &&
	       strcspn(created_by + before, " ") == len - before - after;
}

/* The sum of the sources as they are now, or NULL. */
static char *sum_now(struct plan *plan, struct step *step, struct err *err)
{
	struct summing sum = { .step = step, .tree = step->source_tree,
			       .root = evidence_root(step) };
	struct layer_rule rule = { 0, 0, -1 };

	if (sum.root < 0 || against_find_rule(plan, step, &rule, err) < 0)
		return NULL;
	sum.uid = rule.uid;
	sum.gid = rule.gid;
	sum.mode = rule.mode;
	return sources_sum(&sum, dest_is_dir(plan, step));
}

/* The sum of an archive is that of what it holds. */
static bool may_unpack(const struct step *step)
{
	return step->instr->kind == INSTR_ADD && step->sources.count == 1 &&
	       !step->sources.items[0].is_dir;
}

static int buildah_copy(struct plan *plan, struct step *step, size_t at,
			const struct history *entry, struct err *err)
{
	struct err ignored = ERR_INIT;
	AUTO_FREE char *now = NULL, *head = NULL;

	if (!same_copy(step, entry->created_by)) {
		against_words(plan, step, entry->created_by, step->text);
		against_miss(plan, step, WHY_COMMAND, CONFIDENCE_HIGH, NULL);
		return 0;
	}
	if (against_other_ignore(plan, step))
		return 0;
	now = sum_now(plan, step, &ignored);
	if (!now)
		return against_files(plan, step, at, CONFIDENCE_MEDIUM, err);
	head = mem_printf(NOP "%s %s in ", instr_name(step->instr->kind),
			  now);
	if (!strncmp(entry->created_by, head, strlen(head))) {
		against_hit(plan, step, at + 1, CONFIDENCE_HIGH);
		return 0;
	}
	/* The layer tells which files, but not all that the sum is of. */
	if (against_files(plan, step, at, CONFIDENCE_HIGH, err) < 0)
		return -1;
	if (step->verdict == VERDICT_HIT ||
	    (step->why == WHY_NOT_RECORDED && !may_unpack(step)))
		against_miss(plan, step, WHY_SOURCES, CONFIDENCE_HIGH,
			     mem_strdup("their sum is another; the layer "
					"does not show what differs, such as "
					"the owner in the context"));
	return 0;
}

/* Without --layers nothing is kept of single steps, and only the last entry
 * says what it stands on. */
static bool kept(const struct history *entry)
{
	return !strncmp(entry->comment, "FROM ", 5);
}

/* "|2 A=1 B=2 /bin/sh -c x": whether what is behind the arguments is equal. */
static bool same_but_args(const struct step *step, const char *old,
			  const char *now)
{
	const char *left = strstr(old, "/bin/sh -c ");
	const char *right = strstr(now, "/bin/sh -c ");

	return step->instr->kind == INSTR_RUN && left && right &&
	       !strcmp(left, right);
}

int against_buildah(struct plan *plan, struct step *step, struct err *err)
{
	size_t at;
	const struct history *entry = against_entry(plan, step, &at);
	AUTO_FREE char *now = NULL;

	if (!entry)
		return 0;
	if (!kept(entry)) {
		against_miss(plan, step, WHY_FIRST, CONFIDENCE_HIGH,
			     mem_strdup("the image was made without "
					"--layers"));
		return 0;
	}
	if (instr_copies(step->instr->kind))
		return buildah_copy(plan, step, at, entry, err);
	now = buildah_text(plan, step);
	if (!strcmp(entry->created_by, now)) {
		against_hit(plan, step, at + 1, CONFIDENCE_HIGH);
		return 0;
	}
	against_words(plan, step, entry->created_by, now);
	against_miss(plan, step, same_but_args(step, entry->created_by, now) ?
		     WHY_BUILD_ARG : WHY_COMMAND, CONFIDENCE_HIGH, NULL);
	return 0;
}
