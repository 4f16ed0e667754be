/* Knows what a COPY or ADD names, and when its key needs no reading. */
#include "plan/walk.h"

#include <stdio.h>
#include <string.h>

#define ACCOUNTS_MAX (1024 * 1024) /* bytes of /etc/passwd or group read */

bool plan_is_url(const char *word)
{
	return !strncmp(word, "http://", 7) || !strncmp(word, "https://", 8);
}

/* ---- where the sources are ---- */

/* strconv.ParseInt(text, 10, 0) */
static bool parse_index(const char *text, long *out)
{
	const char *digits = text + (*text == '-' || *text == '+');
	size_t len = strlen(digits);

	if (!len || len > 17 || strspn(digits, "0123456789") != len)
		return false;
	*out = strtol(text, NULL, 10);
	return true;
}

static int from_stage(struct plan *plan, struct step *step, int stage,
		      struct err *err)
{
	const struct stage_end *end = &plan->stages[stage];

	if (end->known && base_unread(plan, &end->image))
		return 0;
	if (end->known)
		return plan_tree(plan, &end->image, &step->source_tree, err);
	step->culprit = end->culprit;
	return 0;
}

static int from_image(struct plan *plan, struct step *step, const char *name,
		      struct err *err)
{
	struct digest id;

	if (plan_bring_image(plan, step, name, NULL, &id, err) < 0)
		return err_wrap(err, "invalid from flag value %s", name);
	if (digest_equal(&id, &plan->image))
		plan->fresh = true;
	if (base_unread(plan, &id))
		return 0;
	return plan_tree(plan, &id, &step->source_tree, err);
}

static int find_tree(struct plan *plan, struct step *step, struct err *err)
{
	const char *from = instr_flag_value(step->instr, "from");
	int stage;
	long index;

	if (!from || !*from) {
		step->source_tree = plan->input.context;
		return 0;
	}
	stage = stage_named(plan, from);
	if (stage < 0 && parse_index(from, &index)) {
		if (index == plan->stage)
			return err_set(err, ERR_INPUT, "invalid from flag "
				       "value %s: refers to current build "
				       "stage", from);
		if (index < 0 || index > plan->stage)
			return err_set(err, ERR_INPUT, "invalid from flag "
				       "value %s: index out of bounds", from);
		stage = (int)index;
	}
	return stage >= 0 ? from_stage(plan, step, stage, err) :
			    from_image(plan, step, from, err);
}

/* ---- the key ---- */

static char *key_prefix(const struct step *step)
{
	return mem_printf("#(nop) %s %s%s", instr_name(step->instr->kind),
			  step->chown ? "--chown=" : "",
			  step->chown ? step->chown : "");
}

void copying_set_key(struct step *step, const char *key)
{
	AUTO_FREE char *prefix = key_prefix(step);
	struct strv cmd = { 0 };

	if (step->sources.key != key) {
		free(step->sources.key);
		step->sources.key = mem_strdup(key);
	}
	dispatch_shell(&step->after, &cmd);
	strv_take(&cmd, mem_printf("%s%s in %s ", prefix, key, step->dest));
	cmd.set = true;
	strv_release(&step->probe.cmd);
	step->probe.cmd = cmd;
	free(step->created_by);
	step->created_by = strv_join(&cmd, " ");
}

static bool is_source_hash(const char *text, size_t len)
{
	static const char *const kinds[] = { "file:", "dir:", "multi:" };

	for (size_t i = 0; i < 3; i++) {
		size_t kind = strlen(kinds[i]);

		if (len > kind && !memcmp(text, kinds[i], kind)) {
			text += kind;
			len -= kind;
			break;
		}
	}
	return len == 64 && strspn(text, "0123456789abcdef") >= 64;
}

/* Whether last is the key of this COPY with some hash in it. */
static bool same_shape(const struct step *step, const char *last)
{
	AUTO_FREE char *prefix = key_prefix(step);
	AUTO_FREE char *suffix = mem_printf(" in %s ", step->dest);
	size_t before = strlen(prefix), after = strlen(suffix);
	size_t len = strlen(last);

	if (len <= before + after || memcmp(last, prefix, before) ||
	    memcmp(last + len - after, suffix, after))
		return false;
	return is_source_hash(last + before, len - before - after);
}

bool copying_same_shape(const struct step *step, const struct strv *cmd)
{
	AUTO(strv_release) struct strv shell = { 0 };

	dispatch_shell(&step->after, &shell);
	if (cmd->count != shell.count + 1)
		return false;
	for (size_t i = 0; i < shell.count; i++)
		if (strcmp(shell.items[i], cmd->items[i]))
			return false;
	return same_shape(step, cmd->items[cmd->count - 1]);
}

bool copying_same_shape_text(const struct step *step, const char *created_by)
{
	AUTO(strv_release) struct strv shell = { 0 };
	AUTO_FREE char *joined = NULL;
	size_t len;

	dispatch_shell(&step->after, &shell);
	joined = strv_join(&shell, " ");
	len = strlen(joined);
	return !strncmp(created_by, joined, len) && created_by[len] == ' ' &&
	       same_shape(step, created_by + len + 1);
}

/*
 * A key is made when its files are known or when a hit is possible; where a
 * miss is certain the engine reads the files once, while it copies.
 */
static int make_key(struct plan *plan, struct step *step, struct err *err)
{
	struct tree *tree = step->source_tree;
	int rc = source_known(tree, &step->sources, err);
	bool settled = plan->input.no_cache || plan->busted || plan->late ||
		       !plan->image_known || plan->against;

	if (rc < 0)
		return -1;
	if (!rc && !settled)
		rc = probe_possible(plan, step, err);
	if (rc < 0)
		return -1;
	if (!rc)
		return 0;
	if (source_make_key(tree, &step->sources, err) < 0)
		return -1;
	copying_set_key(step, step->sources.key);
	step->key_open = false;
	return 0;
}

static int no_context(const struct step *step, struct err *err)
{
	const char *word = step->words.count ? step->words.items[0] : "";

	word += *word == '/';
	word += strncmp(word, "./", 2) ? 0 : 2;
	return err_set(err, ERR_INPUT, "%s failed: file not found in build "
		       "context or excluded by .dockerignore: stat %s: file "
		       "does not exist", instr_name(step->instr->kind), word);
}

/* The words that are paths; those behind a COPY's first URL do not count. */
static size_t local_words(const struct step *step, struct strv *out)
{
	size_t urls = 0;

	for (size_t i = 0; i < step->words.count; i++) {
		if (!plan_is_url(step->words.items[i]))
			strv_add(out, step->words.items[i]);
		else
			urls++;
		if (urls && step->instr->kind == INSTR_COPY)
			break;
	}
	return urls;
}

int plan_check_dest(const struct step *step, size_t items, struct err *err)
{
	size_t len = strlen(step->dest);

	if (items > 1 && (!len || step->dest[len - 1] != '/'))
		return err_set(err, ERR_INPUT, "When using %s with more than "
			       "one source file, the destination must be a "
			       "directory and end with a /",
			       instr_name(step->instr->kind));
	return 0;
}

/* Beside a download a pattern may match nothing. */
static int find_local(struct step *step, const struct strv *words, bool alone,
		      struct err *err)
{
	const char *verb = instr_name(step->instr->kind);

	if (!words->count)
		return 0;
	if (!step->source_tree)
		return no_context(step, err);
	if (alone)
		return source_find(step->source_tree, verb, words,
				   &step->sources, err);
	for (size_t i = 0; i < words->count; i++)
		if (source_add(step->source_tree, verb, words->items[i],
			       &step->sources, err) < 0)
			return -1;
	return 0;
}

static int find_sources(struct step *step, size_t *urls, struct err *err)
{
	AUTO(strv_release) struct strv words = { 0 };

	*urls = local_words(step, &words);
	if (find_local(step, &words, *urls == 0, err) < 0)
		return -1;
	if (*urls && step->instr->kind == INSTR_COPY)
		return err_set(err, ERR_INPUT, "COPY failed: source can't be "
			       "a URL for COPY");
	return plan_check_dest(step, step->sources.count + *urls, err);
}

/* Docker takes the words in turn, so the engine finds all that a download
 * stands among, and says which word failed. */
static bool left_to_engine(const struct plan *plan, const struct step *step)
{
	if (!plan->input.building || step->instr->kind != INSTR_ADD)
		return false;
	for (size_t i = 0; i < step->words.count; i++)
		if (plan_is_url(step->words.items[i]))
			return true;
	return false;
}

/* A stage whose layers only a registry has, in a preview. */
static bool is_unread(const struct step *step)
{
	const char *from = instr_flag_value(step->instr, "from");

	return from && *from;
}

int copying_prepare(struct plan *plan, struct step *step, struct err *err)
{
	size_t urls;

	if (find_tree(plan, step, err) < 0)
		return -1;
	if (!step->source_tree && (step->culprit || is_unread(step)))
		return 0;
	if (left_to_engine(plan, step)) {
		step->source_tree = NULL;
		return 0;
	}
	if (find_sources(step, &urls, err) < 0)
		return -1;
	if (urls) {
		step->source_tree = NULL;
		return 0;
	}
	return make_key(plan, step, err);
}

/* ---- after a miss ---- */

static void platform_text(const struct platform *p, char out[112])
{
	snprintf(out, 112, "%s/%s%s%s", p->os, p->architecture,
		 *p->variant ? "/" : "", p->variant);
}

static bool platform_fits(const struct platform *want,
			  const struct platform *have)
{
	const char *variant = have->variant;

	if (!*variant && !strcmp(have->architecture, "arm64"))
		variant = "v8";
	return !strcmp(want->os, have->os) &&
	       !strcmp(want->architecture, have->architecture) &&
	       (!*want->variant || !strcmp(want->variant, variant));
}

/* Docker looks the image up again, with the builder's platform (1.9). */
static int check_platform(struct plan *plan, struct err *err)
{
	char want[112], have[112];
	const char *id = plan->image_known ? plan->image.text : "sha256:…";

	if (!plan->has_platform || plan->fresh ||
	    platform_fits(&plan->platform, &plan->arch))
		return 0;
	platform_text(&plan->platform, want);
	platform_text(&plan->arch, have);
	return err_set(err, ERR_INPUT, "failed to get destination image "
		       "\"%s\": image with reference %s was found but does "
		       "not match the specified platform: wanted %s, "
		       "actual: %s", id, id, want, have);
}

int copying_find_owner(struct plan *plan, const struct digest *image,
		       const char *chown, long *uid, long *gid,
		       struct err *err)
{
	AUTO(buf_release) struct buf passwd = BUF_INIT;
	AUTO(buf_release) struct buf group = BUF_INIT;
	struct tree *tree;
	int has_passwd, has_group;

	if (plan_tree(plan, image, &tree, err) < 0)
		return -1;
	has_passwd = tree_read(tree, "etc/passwd", ACCOUNTS_MAX, &passwd, err);
	if (has_passwd < 0)
		return -1;
	has_group = tree_read(tree, "etc/group", ACCOUNTS_MAX, &group, err);
	if (has_group < 0)
		return -1;
	buf_adds(&passwd, "");
	buf_adds(&group, "");
	return names_chown(chown, has_passwd ? passwd.data : NULL,
			   has_group ? group.data : NULL, uid, gid, err);
}

static int check_chown(struct plan *plan, struct step *step, struct err *err)
{
	long uid, gid;

	if (!step->chown || !step->parent_known ||
	    base_unread(plan, &step->parent))
		return 0;
	if (copying_find_owner(plan, &step->parent, step->chown, &uid, &gid,
			       err) < 0)
		return err_wrap(err, "unable to convert uid/gid chown string "
				"to host mapping");
	return 0;
}

int copying_check_target(struct plan *plan, struct step *step,
			 struct err *err)
{
	if (check_platform(plan, err) < 0)
		return -1;
	return check_chown(plan, step, err);
}
