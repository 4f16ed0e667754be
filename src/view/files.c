/* Knows how files of layers look as rows. */
#include "view/files.h"

#include <string.h>
#include <sys/stat.h>

struct listing {
	const struct files *files;
	const struct files_view *view;
	bool *keep;
	struct files_list *out;
};

void files_list_release(struct files_list *list)
{
	free(list->items);
	*list = (struct files_list){ 0 };
}

const char *file_state_word(enum file_state state)
{
	static const char *const words[] = {
		[FILE_SAME] = "same", [FILE_ADDED] = "added",
		[FILE_CHANGED] = "changed", [FILE_REMOVED] = "removed",
		[FILE_GONE] = "gone",
	};

	return words[state];
}

const char *file_type_word(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symlink";
	case S_IFCHR:
		return "character device";
	case S_IFBLK:
		return "block device";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	}
	return "unknown";
}

const char *waste_cause_word(enum waste_cause cause)
{
	static const char *const words[] = {
		[WASTE_OVERWRITTEN] = "overwritten",
		[WASTE_DELETED] = "deleted later",
		[WASTE_METADATA] = "chmod/chown copy",
		[WASTE_IDENTICAL] = "identical twice",
	};

	return words[cause];
}

void file_mode_text(mode_t mode, char out[11])
{
	static const char types[] = "?pc?d?b?-?l?s???";
	static const struct { mode_t bit, exec; size_t at; char both, alone; }
	special[] = {
		{ S_ISUID, S_IXUSR, 3, 's', 'S' },
		{ S_ISGID, S_IXGRP, 6, 's', 'S' },
		{ S_ISVTX, S_IXOTH, 9, 't', 'T' },
	};

	out[0] = types[(mode & S_IFMT) >> 12];
	for (size_t i = 0; i < 9; i++)
		out[i + 1] = mode & (0400u >> i) ? "rwx"[i % 3] : '-';
	for (size_t i = 0; i < 3; i++)
		if (mode & special[i].bit)
			out[special[i].at] = mode & special[i].exec
				? special[i].both : special[i].alone;
	out[10] = '\0';
}

static void add_part(struct buf *out, const char *text)
{
	buf_addf(out, "%s%s", out->len ? ", " : "", text);
}

char *differs_text(unsigned differs, const struct file_facts *was,
		   const struct file_facts *now)
{
	struct buf out = BUF_INIT;

	buf_adds(&out, "");
	if (differs & DIFFERS_TYPE) {
		add_part(&out, "type ");
		buf_addf(&out, "%s -> %s", file_type_word(was->mode),
			 file_type_word(now->mode));
	}
	if (differs & DIFFERS_CONTENT)
		add_part(&out, "content");
	if (differs & DIFFERS_DEVICE)
		add_part(&out, "device");
	if (differs & DIFFERS_LINK) {
		add_part(&out, "link");
		if (was->link && now->link)
			buf_addf(&out, " %s -> %s", was->link, now->link);
	}
	if (differs & DIFFERS_MODE) {
		add_part(&out, "mode ");
		buf_addf(&out, "%04o -> %04o", was->mode & 07777u,
			 now->mode & 07777u);
	}
	if (differs & DIFFERS_OWNER) {
		add_part(&out, "owner ");
		buf_addf(&out, "%u:%u -> %u:%u", was->uid, was->gid, now->uid,
			 now->gid);
	}
	if (differs & DIFFERS_XATTR)
		add_part(&out, "xattr");
	return buf_steal(&out);
}

static struct file_facts facts_of(const struct files *files, uint32_t at)
{
	const struct file *file = &files->items[at];

	return (struct file_facts){ file->mode, file->uid, file->gid,
				    files_link(files, at) };
}

char *file_differs_text(const struct files *old, const struct files *now,
			uint32_t at)
{
	const struct file *file = &now->items[at];
	struct file_facts before, after;

	if (file->state != FILE_CHANGED || !old || file->was == FILE_NONE)
		return mem_strdup("");
	before = facts_of(old, file->was);
	after = facts_of(now, at);
	return differs_text(file->differs, &before, &after);
}

/* ---- the list ---- */

static int compare_size(const void *a, const void *b, void *arg)
{
	const struct files *files = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (files->totals[x] != files->totals[y])
		return files->totals[x] < files->totals[y] ? 1 : -1;
	return strcmp(files_name(files, x), files_name(files, y));
}

uint32_t *files_children(const struct files *files,
			 const struct files_view *view, const bool *keep,
			 uint32_t dir, size_t *count)
{
	uint32_t *order = NULL;

	*count = 0;
	for (uint32_t i = files->items[dir].child; i != FILE_NONE;
	     i = files->items[i].next)
		if (keep[i])
			MEM_PUSH(order, *count) = i;
	if (view->by_size && *count > 1)
		qsort_r(order, *count, sizeof(*order), compare_size,
			(void *)(uintptr_t)files);
	return order;
}

static void list_below(struct listing *listing, uint32_t dir, uint32_t depth)
{
	size_t count;
	AUTO_FREE uint32_t *order = files_children(
		listing->files, listing->view, listing->keep, dir, &count);

	for (size_t i = 0; i < count; i++) {
		MEM_PUSH(listing->out->items, listing->out->count) =
			(struct files_line){ order[i], depth };
		list_below(listing, order[i], depth + 1);
	}
}

size_t files_view_keep(const struct files *files,
		       const struct files_view *view, bool *keep)
{
	struct files_filter all;

	files_filter_init(&all);
	return files_filter_apply(view->filter ? view->filter : &all, files,
				  view->only_layer, keep);
}

void files_list_make(const struct files *files, uint32_t top,
		     const struct files_view *view, struct files_list *out)
{
	AUTO_FREE bool *keep = mem_array(files->count, sizeof(*keep));
	struct listing listing = { files, view, keep, out };

	*out = (struct files_list){ 0 };
	files_view_keep(files, view, keep);
	/* A file is shown itself; the root only by what is in it. */
	if (top > 0 && !S_ISDIR(files->items[top].mode)) {
		if (keep[top])
			MEM_PUSH(out->items, out->count) =
				(struct files_line){ top, 0 };
		return;
	}
	list_below(&listing, top, 0);
}

/* ---- rows ---- */

static enum style state_style(enum file_state state)
{
	static const enum style styles[] = {
		[FILE_SAME] = STYLE_PLAIN, [FILE_ADDED] = STYLE_ADDED,
		[FILE_CHANGED] = STYLE_CHANGED,
		[FILE_REMOVED] = STYLE_REMOVED, [FILE_GONE] = STYLE_DIM,
	};

	return styles[state];
}

static char state_glyph(enum file_state state)
{
	return " +~-?"[state];
}

static void add_link(const struct files *files, uint32_t at, struct row *out)
{
	const char *link = files_link(files, at);
	uint32_t other = files_hardlink(files, at);

	if (link && !files->names_only)
		row_addf(out, STYLE_DIM, " -> %s", link);
	if (other != FILE_NONE) {
		AUTO_FREE char *path = files_path(files, other);

		row_addf(out, STYLE_DIM, " link to /%s", path);
	}
}

static void add_mode(const struct files *files, const struct file *file,
		     struct row *out)
{
	AUTO_FREE char *owner = files->names_only ? mem_strdup("?") :
		mem_printf("%u:%u", file->uid, file->gid);
	char mode[11];

	file_mode_text(file->mode, mode);
	if (files->names_only)
		memset(mode + 1, '?', sizeof(mode) - 2);
	row_addf(out, STYLE_DIM, "  %s  %-9s", mode, owner);
}

static void add_xattrs(const struct files *files, uint32_t at, struct row *out)
{
	AUTO_FREE char *names = xattr_names(files, at);

	if (*names)
		row_addf(out, STYLE_DIM, "  [%s]", names);
}

void files_row_marked(const struct files *files, const struct files_view *view,
		      const struct files_line *line, const char *mark,
		      struct row *out)
{
	const struct file *file = &files->items[line->at];
	enum style style = state_style(file->state);
	/* A second name has no bytes of its own in a total. */
	AUTO_FREE char *size = text_size((int64_t)(
		S_ISREG(file->mode) ? file->size : files->totals[line->at]));
	AUTO_FREE char *differs = file_differs_text(view->old, files,
						    line->at);

	/* Of names alone: whether they differ is not known yet. */
	if (files->names_only && file->state == FILE_CHANGED &&
	    !file->differs)
		row_addf(out, STYLE_DIM, "? %-7s", "maybe");
	else
		row_addf(out, style, "%c %-7s", state_glyph(file->state),
			 file_state_word(file->state));
	if (!view->brief)
		add_mode(files, file, out);
	row_addf(out, STYLE_SIZE, " %8s  ",
		 !S_ISREG(file->mode) && !S_ISDIR(file->mode) ? "" :
		 files->names_only ? "?" : size);
	row_addf(out, STYLE_DIM, "%*s%s", (int)line->depth * 2, "", mark);
	row_addf(out, style, "%s%s", files_name(files, line->at),
		 S_ISDIR(file->mode) ? "/" : "");
	add_link(files, line->at, out);
	if (!view->brief)
		add_xattrs(files, line->at, out);
	if (*differs)
		row_addf(out, STYLE_DIM, "  (%s)", differs);
}

void files_row(const struct files *files, const struct files_view *view,
	       const struct files_line *line, struct row *out)
{
	files_row_marked(files, view, line, "", out);
}

void files_diff_row(const struct files *files, const struct files_view *view,
		    uint32_t at, struct row *out)
{
	const struct file *file = &files->items[at];
	AUTO_FREE char *path = files_path(files, at);
	AUTO_FREE char *differs = file_differs_text(view->old, files, at);
	AUTO_FREE char *size = text_size((int64_t)file->size);

	row_addf(out, state_style(file->state), "%c /%s%s",
		 state_glyph(file->state), path,
		 S_ISDIR(file->mode) && at ? "/" : "");
	if (*differs)
		row_addf(out, STYLE_DIM, "  %s", differs);
	else if (S_ISREG(file->mode))
		row_addf(out, STYLE_DIM, "  %s", size);
}
