/* Knows which edits of a Dockerfile keep its meaning. */
#include <string.h>

#include "base/fs.h"
#include "plan/advise_parts.h"

#define MANIFEST_MAX (4u << 20)

void advise_drafts_release(struct advise_drafts *drafts)
{
	for (size_t i = 0; i < drafts->count; i++) {
		free(drafts->items[i].what);
		free(drafts->items[i].rule);
		free(drafts->items[i].text);
	}
	free(drafts->items);
}

/* One stage of the plan while it is looked at. */
struct look {
	struct workspace *workspace;
	struct step *const *steps;
	size_t count;
	struct advise_drafts *out;
};

static void add(struct look *look, struct advise_draft draft)
{
	if (look->out->count < DRAFTS_MAX) {
		MEM_PUSH(look->out->items, look->out->count) = draft;
		return;
	}
	free(draft.what);
	free(draft.rule);
	free(draft.text);
}

/* ---- text ---- */

/* The offset at which line n (from 1) begins. */
static size_t line_start(const char *text, int n)
{
	const char *at = text;

	while (--n > 0 && *at) {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return (size_t)(at - text);
}

static void add_part(struct buf *out, const char *text, size_t from, size_t to)
{
	buf_add(out, text + from, to - from);
	if (to > from && out->data[out->len - 1] != '\n')
		buf_addc(out, '\n');
}

/* Moves an instruction before another, and puts a line (or NULL) there too. */
static char *move(const char *text, const struct instr *what,
		  const struct instr *before, const char *line)
{
	size_t from = line_start(text, what->at.line);
	size_t to = line_start(text, what->at.end_line + 1);
	size_t at = line_start(text, before->at.line);
	size_t low = at < from ? at : from;
	struct buf out = BUF_INIT;

	add_part(&out, text, 0, low);
	if (at > from)
		add_part(&out, text, to, at);
	if (line)
		buf_addf(&out, "%s\n", line);
	add_part(&out, text, from, to);
	if (at <= from)
		add_part(&out, text, at, from);
	add_part(&out, text, at > to ? at : to, strlen(text));
	return buf_steal(&out);
}

/* ---- questions ---- */

static bool reads_context(const struct look *look, const struct step *step)
{
	return step->instr && !step->trigger && step->sources.count &&
	       step->instr->kind == INSTR_COPY &&
	       step->source_tree == look->workspace->context;
}

/* Changes the configuration, and nothing that a RUN or COPY sees. */
static bool is_aside(const struct step *step)
{
	return step->instr && !step->trigger &&
	       (step->instr->kind == INSTR_LABEL ||
		step->instr->kind == INSTR_EXPOSE ||
		step->instr->kind == INSTR_MAINTAINER ||
		step->instr->kind == INSTR_STOPSIGNAL);
}

static char *absolute_dest(const struct step *step)
{
	const char *dir = step->after.working_dir;
	AUTO_FREE char *joined = step->dest[0] == '/' ?
		mem_strdup(step->dest) :
		mem_printf("%s/%s", dir && *dir ? dir : "", step->dest);

	return fs_clean_path(joined);
}

static bool is_of_system(const char *dest)
{
	static const char *const dirs[] = {
		"/etc", "/usr", "/bin", "/sbin", "/lib", "/var", "/dev",
		"/proc", "/sys", "/run", "/tmp", "/root", "/opt", NULL };

	if (!strcmp(dest, "/"))
		return true;
	for (size_t i = 0; dirs[i]; i++)
		if (!strncmp(dest, dirs[i], strlen(dirs[i])))
			return true;
	return false;
}

/* ---- a RUN that does not read what was copied ---- */

static bool may_pass(const struct look *look, const struct step *step)
{
	AUTO_FREE char *dest = NULL;

	if (is_aside(step))
		return true;
	if (!reads_context(look, step))
		return false;
	dest = absolute_dest(step);
	return !is_of_system(dest);
}

static void try_reorder(struct look *look, size_t at)
{
	const struct step *run = look->steps[at], *before;
	size_t to = at, copy = at;

	if (run->trigger || !advise_run_is_system(run->instr))
		return;
	while (to > 0 && look->steps[to - 1]->stage == run->stage &&
	       may_pass(look, look->steps[to - 1])) {
		to--;
		copy = reads_context(look, look->steps[to]) ? to : copy;
	}
	if (copy == at)
		return;
	before = look->steps[copy];
	add(look, (struct advise_draft){
		.kind = ADVISE_REORDER, .line = run->instr->at.line,
		.what = mem_printf("move the RUN of line %d before the COPY "
				   "of line %d", run->instr->at.line,
				   before->instr->at.line),
		.rule = mem_strdup("the RUN only calls the system's package "
				   "manager with names of packages, and what "
				   "is copied in between lies in no directory "
				   "of the system"),
		.text = move(look->workspace->text, run->instr, before->instr,
			     NULL) });
}

/* ---- manifests first ---- */

static char *join(const char *dir, const char *name)
{
	return *dir ? mem_printf("%s/%s", dir, name) : mem_strdup(name);
}

/* 1 all of it can be moved, 0 it says something that reads more, -1. */
static int check_manifest(struct tree *tree, const char *path,
			  const struct advise_install *install,
			  struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	int rc;

	buf_addc(&text, '\n'); /* what begins a line follows one */
	rc = tree_read(tree, path, MANIFEST_MAX, &text, err);
	if (rc <= 0)
		return rc;
	for (size_t i = 0; install->refuses[i]; i++)
		if (strstr(text.data, install->refuses[i]))
			return 0;
	return 1;
}

/* The names that are there; 0: no manifest, or one that forbids it. */
static int find_manifests(struct look *look, const char *dir,
			  const struct advise_install *install,
			  struct strv *out)
{
	struct tree *tree = look->workspace->context;
	struct err err = ERR_INIT;
	const struct node *node;

	if (install->makes) {
		AUTO_FREE char *made = join(dir, install->makes);

		if (tree_find(tree, made, &node, &err) != 0)
			return 0;
	}
	for (size_t i = 0; i < install->manifests.count; i++) {
		AUTO_FREE char *path = join(dir, install->manifests.items[i]);
		bool first = i == 0 || !strcmp(install->tool, "pip");
		int found = tree_find(tree, path, &node, &err);

		if (found != 1 || !S_ISREG(node->mode) || node->hidden) {
			if (first)
				return 0;
			continue;
		}
		/* Lock files repeat what the manifest says in other words. */
		if (first && check_manifest(tree, path, install, &err) != 1)
			return 0;
		strv_add(out, path);
	}
	return out->count > 0;
}

static void add_flags(struct buf *out, const struct instr *instr)
{
	for (size_t i = 0; i < instr->flag_count; i++)
		buf_addf(out, "--%s=%s ", instr->flags[i].name,
			 instr->flags[i].value ? instr->flags[i].value : "");
}

static bool needs_quotes(const struct strv *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		if (strpbrk(paths->items[i], " \t\\$\"'[]*?"))
			return true;
	return false;
}

/* "COPY --chown=u package.json package-lock.json ./" */
static char *copy_line(const struct step *copy, const struct strv *paths)
{
	const struct instr *instr = copy->instr;
	const char *dest = instr->words[instr->word_count - 1].text;
	size_t len = strlen(dest);
	struct buf out = BUF_INIT;

	buf_addf(&out, "%s ", instr->keyword);
	add_flags(&out, instr);
	for (size_t i = 0; i < paths->count; i++)
		buf_addf(&out, "%s ", paths->items[i]);
	buf_addf(&out, "%s%s", dest, len && dest[len - 1] == '/' ? "" : "/");
	return buf_steal(&out);
}

/* One directory goes where the RUN works. */
static bool is_splittable(const struct look *look, const struct step *copy,
			  const struct step *run)
{
	AUTO_FREE char *dest = NULL, *work = NULL;
	const char *dir = run->after.working_dir;

	if (!reads_context(look, copy) || copy->instr->json ||
	    copy->instr->word_count != 2 || copy->sources.count != 1 ||
	    !copy->sources.items[0].is_dir || !copy->sources.items[0].node ||
	    strpbrk(copy->instr->rest, "$\\\"'*?[<"))
		return false;
	dest = absolute_dest(copy);
	work = fs_clean_path(dir && *dir ? dir : "/");
	return !strcmp(dest, work);
}

static void try_split(struct look *look, size_t at)
{
	const struct step *run = look->steps[at], *copy;
	AUTO(strv_release) struct strv paths = { 0 };
	struct advise_install install;
	size_t to = at;

	if (run->trigger || !advise_run_installs(run->instr, &install))
		return;
	while (to > 0 && is_aside(look->steps[to - 1]))
		to--;
	copy = to > 0 ? look->steps[to - 1] : run;
	if (copy->stage == run->stage && is_splittable(look, copy, run) &&
	    find_manifests(look, copy->sources.items[0].node->path, &install,
			   &paths) && !needs_quotes(&paths)) {
		AUTO_FREE char *line = copy_line(copy, &paths);

		add(look, (struct advise_draft){
			.kind = ADVISE_SPLIT, .line = copy->instr->at.line,
			.what = mem_printf("copy what %s reads before line %d, "
					   "and all else after it",
					   install.tool,
					   run->instr->at.line),
			.rule = mem_printf("'%s' installs what its manifests "
					   "name: they have no scripts and no "
					   "local paths, and the COPY brings "
					   "nothing that it makes",
					   run->instr->rest),
			.text = move(look->workspace->text, run->instr,
				     copy->instr, line) });
	}
	strv_release(&install.manifests);
}

/* ---- an ARG that comes too early ---- */

/* Read by programs without being named. */
static bool is_well_known(const char *name)
{
	static const char *const names[] = {
		"DEBIAN_FRONTEND", "PATH", "HOME", "LANG", "LC_", "TZ", "CC",
		"CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "MAKEFLAGS", "PIP_",
		"PYTHON", "NPM_", "npm_", "NODE_", "YARN_", "GO", "CGO_",
		"CARGO", "RUST", "BUNDLE_", "GEM_", "MAVEN_", "JAVA_",
		"SOURCE_DATE_EPOCH", "http_proxy", "https_proxy", "no_proxy",
		"ftp_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
		"FTP_PROXY", "all_proxy", "ALL_PROXY", "TERM", NULL };

	for (size_t i = 0; names[i]; i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	return false;
}

static bool names_it(const struct step *step, const char *name)
{
	return !step->instr || step->trigger ||
	       strstr(step->instr->text, name) != NULL;
}

static void try_arg(struct look *look, size_t at)
{
	const struct step *arg = look->steps[at];
	size_t run = 0, to = at + 1;
	const char *name;

	if (arg->trigger || arg->instr->pair_count != 1 || arg->stage < 0)
		return;
	name = arg->instr->pairs[0].name;
	if (is_well_known(name))
		return;
	while (to < look->count && look->steps[to]->stage == arg->stage &&
	       !names_it(look->steps[to], name)) {
		if (!run && look->steps[to]->instr->kind == INSTR_RUN)
			run = to;
		to++;
	}
	if (!run || to == look->count ||
	    look->steps[to]->stage != arg->stage || look->steps[to]->trigger)
		return;
	add(look, (struct advise_draft){
		.kind = ADVISE_ARG, .line = arg->instr->at.line,
		.from = run, .to = to,
		.what = mem_printf("declare %s where it is first named, at "
				   "line %d", name,
				   look->steps[to]->instr->at.line),
		.rule = mem_printf("no instruction in between names %s, and "
				   "it is no variable that programs are known "
				   "to read", name),
		.text = move(look->workspace->text, arg->instr,
			     look->steps[to]->instr, NULL) });
}

int advise_drafts_make(struct workspace *workspace, const struct plan *plan,
		       struct advise_drafts *out, struct err *err)
{
	struct look look = { .workspace = workspace, .out = out };

	(void)err;
	look.steps = plan_steps(plan, &look.count);
	for (size_t i = 0; i < look.count; i++) {
		const struct instr *instr = look.steps[i]->instr;

		if (!instr || look.steps[i]->label_flag)
			continue;
		if (instr->kind == INSTR_RUN) {
			try_reorder(&look, i);
			try_split(&look, i);
		} else if (instr->kind == INSTR_ARG) {
			try_arg(&look, i);
		}
	}
	return 0;
}
