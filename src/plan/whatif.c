/* Knows how a Dockerfile and its arguments look after imagined edits. */
#include "plan/whatif.h"

#include <limits.h>
#include <string.h>

void whatif_release(struct whatif *whatif)
{
	strv_release(&whatif->touch);
	strv_release(&whatif->set_args);
	strv_release(&whatif->move);
	strv_release(&whatif->drop);
	strv_release(&whatif->insert);
	strv_release(&whatif->ignore);
	strv_release(&whatif->unignore);
}

static bool edits_text(const struct whatif *whatif)
{
	return whatif->move.count || whatif->drop.count ||
	       whatif->insert.count;
}

bool whatif_is_set(const struct whatif *whatif)
{
	return edits_text(whatif) || whatif->touch.count ||
	       whatif->set_args.count || whatif->text ||
	       whatif_ignores(whatif);
}

bool whatif_ignores(const struct whatif *whatif)
{
	return whatif->ignore.count || whatif->unignore.count;
}

static void say(const struct strv *list, const char *verb, struct strv *out)
{
	for (size_t i = 0; i < list->count; i++)
		strv_take(out, mem_printf("%s %s", verb, list->items[i]));
}

void whatif_words(const struct whatif *whatif, struct strv *out)
{
	say(&whatif->touch, "touch", out);
	say(&whatif->set_args, "set-arg", out);
	say(&whatif->move, "move", out);
	say(&whatif->drop, "drop", out);
	say(&whatif->insert, "insert", out);
	say(&whatif->ignore, "ignore", out);
	say(&whatif->unignore, "unignore", out);
}

/* ---- lines ---- */

struct line {
	const char *text;
	size_t len;        /* with its newline, if it has one */
	int first, last;   /* of the instruction that it belongs to */
	bool gone;
	struct buf before; /* what now stands before it */
};

struct page {
	const char *name;   /* of the file */
	struct line *lines; /* from index 1; one more than there are */
	int count;
};

static void page_release(struct page *page)
{
	for (int i = 1; page->lines && i <= page->count + 1; i++)
		buf_release(&page->lines[i].before);
	free(page->lines);
}
AUTO_DEFINE_IN_PLACE(struct page, page_release)

static int count_lines(const char *text)
{
	int count = 0;

	for (; *text && count < INT_MAX - 2; count++)
		text += strcspn(text, "\n") + (strchr(text, '\n') != NULL);
	return count;
}

static void join_instructions(struct page *page, const char *text)
{
	AUTO(dockerfile_free) struct dockerfile *file =
		dockerfile_parse(text, strlen(text));

	for (size_t i = 0; i < file->instr_count; i++) {
		const struct place *at = &file->instrs[i]->at;

		for (int n = at->line; n <= at->end_line; n++) {
			if (n < 1 || n > page->count)
				continue;
			page->lines[n].first = at->line;
			page->lines[n].last = at->end_line > page->count ?
				page->count : at->end_line;
		}
	}
}

static void page_make(const char *name, const char *text, struct page *page)
{
	const char *at = text;

	page->name = name;
	page->count = count_lines(text);
	page->lines = mem_array((size_t)page->count + 2,
				sizeof(*page->lines));
	for (int n = 1; n <= page->count + 1; n++) {
		const char *end = strchr(at, '\n');

		page->lines[n] = (struct line){
			.text = at, .first = n, .last = n,
			.len = end ? (size_t)(end + 1 - at) : strlen(at) };
		at += page->lines[n].len;
	}
}

static char *page_text(const struct page *page)
{
	struct buf out = BUF_INIT;

	buf_adds(&out, "");
	for (int n = 1; n <= page->count + 1; n++) {
		const struct line *line = &page->lines[n];

		if (line->before.len && out.len &&
		    out.data[out.len - 1] != '\n')
			buf_addc(&out, '\n');
		buf_add(&out, line->before.data ? line->before.data : "",
			line->before.len);
		if (!line->gone)
			buf_add(&out, line->text, line->len);
	}
	return buf_steal(&out);
}

/* "12", up to stop; the number of a line of the page, or -1 and err. */
static int line_number(const char *text, char stop, const char *flag,
		       const char *form, const char **rest, struct err *err)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end != stop || n < 1 || n >= INT_MAX)
		return err_set(err, ERR_USAGE, "invalid value '%s' for --%s: "
			       "%s is wanted", text, flag, form);
	*rest = end + (stop != '\0');
	return (int)n;
}

static int no_line(const struct page *page, const char *flag, int n,
		   struct err *err)
{
	return err_set(err, ERR_USAGE, "--%s: %s has no line %d (it has %d)",
		       flag, page->name, n, page->count);
}

static void add_line(struct buf *out, const char *text, size_t len)
{
	buf_add(out, text, len);
	if (len && text[len - 1] != '\n')
		buf_addc(out, '\n');
}

static int drop(struct page *page, const char *flag, const char *word,
		struct err *err)
{
	const char *rest;
	int n = line_number(word, '\0', flag, "LINE", &rest, err);

	if (n < 0)
		return -1;
	if (n > page->count)
		return no_line(page, flag, n, err);
	for (int i = page->lines[n].first; i <= page->lines[n].last; i++)
		page->lines[i].gone = true;
	return 0;
}

static int apply_drop(struct page *page, const char *word, struct err *err)
{
	return drop(page, "drop", word, err);
}

static int apply_unignore(struct page *page, const char *word,
			  struct err *err)
{
	return drop(page, "unignore", word, err);
}

static int apply_ignore(struct page *page, const char *word, struct err *err)
{
	if (strchr(word, '\n'))
		return err_set(err, ERR_USAGE, "--ignore: a pattern is one "
			       "line");
	add_line(&page->lines[page->count + 1].before, word, strlen(word));
	return 0;
}

static int apply_insert(struct page *page, const char *word, struct err *err)
{
	const char *rest;
	int n = line_number(word, ':', "insert", "LINE:TEXT", &rest, err);

	if (n < 0)
		return -1;
	if (n > page->count + 1)
		return no_line(page, "insert", n, err);
	add_line(&page->lines[page->lines[n].first].before, rest,
		 strlen(rest));
	return 0;
}

static int apply_move(struct page *page, const char *word, struct err *err)
{
	const char *rest;
	int from = line_number(word, ':', "move", "LINE:LINE", &rest, err);
	int to = from < 0 ? -1 : line_number(rest, '\0', "move", "LINE:LINE",
					     &rest, err);
	struct buf *place;

	if (to < 0)
		return -1;
	if (from > page->count || to > page->count + 1)
		return no_line(page, "move", from > page->count ? from : to,
			       err);
	place = &page->lines[page->lines[to].first].before;
	for (int i = page->lines[from].first; i <= page->lines[from].last;
	     i++) {
		add_line(place, page->lines[i].text, page->lines[i].len);
		page->lines[i].gone = true;
	}
	return 0;
}

static int apply(struct page *page, const struct strv *words,
		 int (*edit)(struct page *page, const char *word,
			     struct err *err), struct err *err)
{
	for (size_t i = 0; i < words->count; i++)
		if (edit(page, words->items[i], err) < 0)
			return -1;
	return 0;
}

char *whatif_text(const struct whatif *whatif, const char *text,
		  struct err *err)
{
	AUTO(page_release) struct page page = { 0 };

	page_make("the Dockerfile", text, &page);
	join_instructions(&page, text);
	if (apply(&page, &whatif->drop, apply_drop, err) < 0 ||
	    apply(&page, &whatif->insert, apply_insert, err) < 0 ||
	    apply(&page, &whatif->move, apply_move, err) < 0)
		return NULL;
	return page_text(&page);
}

int whatif_ignore(const struct whatif *whatif, const char *now,
		  struct whatif_ignore *out, struct err *err)
{
	AUTO(page_release) struct page page = { 0 };

	page_make(IGNORE_NAME, now ? now : "", &page);
	if (apply(&page, &whatif->unignore, apply_unignore, err) < 0 ||
	    apply(&page, &whatif->ignore, apply_ignore, err) < 0)
		return -1;
	*out = (struct whatif_ignore){ .text = page_text(&page) };
	for (int n = 1; n <= page.count; n++)
		if (!page.lines[n].gone)
			MEM_PUSH(out->was, out->count) = n;
	for (size_t i = 0; i < whatif->ignore.count; i++)
		MEM_PUSH(out->was, out->count) = 0;
	return 0;
}

void whatif_ignore_release(struct whatif_ignore *ignore)
{
	free(ignore->text);
	free(ignore->was);
}

/* ---- arguments ---- */

static void set_arg(struct imagined *imagined, const char *name,
		    const char *value)
{
	struct build_arg *arg = NULL;

	for (size_t i = 0; i < imagined->arg_count && !arg; i++)
		if (!strcmp(imagined->args[i].name, name))
			arg = &imagined->args[i];
	if (arg) {
		free(arg->value);
	} else {
		arg = &MEM_PUSH(imagined->args, imagined->arg_count);
		*arg = (struct build_arg){ .name = mem_strdup(name) };
	}
	arg->value = mem_strdup(value);
}

static int set_args(const struct whatif *whatif, struct imagined *imagined,
		    struct err *err)
{
	for (size_t i = 0; i < imagined->input.arg_count; i++)
		set_arg(imagined, imagined->input.args[i].name,
			imagined->input.args[i].value);
	for (size_t i = 0; i < whatif->set_args.count; i++) {
		const char *text = whatif->set_args.items[i];
		size_t len = strcspn(text, "=");
		AUTO_FREE char *name = mem_strndup(text, len);

		if (!len || !text[len])
			return err_set(err, ERR_USAGE, "invalid value '%s' "
				       "for --set-arg: K=V is wanted", text);
		set_arg(imagined, name, text + len + 1);
	}
	imagined->input.args = imagined->args;
	imagined->input.arg_count = imagined->arg_count;
	return 0;
}

/* ---- all together ---- */

static int edit_file(const struct whatif *whatif, const struct workspace *now,
		     struct imagined *imagined, struct err *err)
{
	if (!edits_text(whatif) && !whatif->text)
		return 0;
	imagined->text = whatif_text(whatif, whatif->text ? whatif->text :
							    now->text, err);
	if (!imagined->text)
		return -1;
	imagined->file = dockerfile_parse(imagined->text,
					  strlen(imagined->text));
	imagined->input.file = imagined->file;
	return 0;
}

static int edit_ignore(const struct whatif *whatif, struct workspace *now,
		       struct imagined *imagined, struct err *err)
{
	const char *last = now->ignoring ? context_ignore_text(now->ignoring) :
					   NULL;
	struct tree *tree;

	if (whatif_ignore(whatif, context_ignore_text(now->context),
			  &imagined->ignore, err) < 0)
		return -1;
	if (!last || strcmp(last, imagined->ignore.text) != 0) {
		if (context_open_ignoring(now->context, imagined->ignore.text,
					  &tree, err) < 0)
			return -1;
		tree_free(now->ignoring);
		now->ignoring = tree;
	}
	imagined->ignoring = imagined->input.context = now->ignoring;
	return 0;
}

static int edit_context(const struct whatif *whatif, struct workspace *now,
			struct imagined *imagined, struct err *err)
{
	struct whatif_files files = { .touch = &whatif->touch };

	if (!now->context && (whatif->touch.count || whatif_ignores(whatif)))
		return err_set(err, ERR_USAGE, "--%s: there is no context",
			       whatif->touch.count  ? "touch" :
			       whatif->ignore.count ? "ignore" : "unignore");
	if (whatif_ignores(whatif) &&
	    edit_ignore(whatif, now, imagined, err) < 0)
		return -1;
	/* The Dockerfile is one of the files that a COPY . takes. */
	if (imagined->text && now->context && !now->input.outside_file) {
		files.name = now->name;
		files.text = imagined->text;
	}
	if (!files.name && !whatif->touch.count)
		return 0;
	if (whatif_tree(imagined->input.context, &files, &imagined->notes,
			&imagined->context, err) < 0)
		return -1;
	imagined->input.context = imagined->context;
	return 0;
}

int whatif_open(const struct whatif *whatif, struct workspace *now,
		struct imagined **out, struct err *err)
{
	AUTO(imagined_free) struct imagined *imagined =
		mem_alloc(sizeof(*imagined));

	imagined->input = now->input;
	if (set_args(whatif, imagined, err) < 0 ||
	    edit_file(whatif, now, imagined, err) < 0 ||
	    edit_context(whatif, now, imagined, err) < 0)
		return -1;

	*out = STEAL(imagined);
	return 0;
}

void imagined_free(struct imagined *imagined)
{
	if (!imagined)
		return;
	tree_free(imagined->context);
	dockerfile_free(imagined->file);
	for (size_t i = 0; i < imagined->arg_count; i++) {
		free(imagined->args[i].name);
		free(imagined->args[i].value);
	}
	free(imagined->args);
	free(imagined->text);
	whatif_ignore_release(&imagined->ignore);
	strv_release(&imagined->notes);
	free(imagined);
}
