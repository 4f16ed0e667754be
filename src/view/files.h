/*
 * The files of layers as rows: a list of what is shown, cheap to make again
 * when a fold, a filter or the order changes, and a row for each on demand.
 */
#pragma once

#include "store/files.h"
#include "store/waste.h"
#include "view/files_filter.h"
#include "view/row.h"

struct files_view {
	bool ascii;
	bool by_size;          /* else by name */
	bool brief;            /* rows without mode and owner */
	const struct files_filter *filter; /* or NULL: all */
	int only_layer;        /* what this layer holds or takes; -1: all */
	const struct files *old; /* compared with, or NULL */
};
struct files_line {
	uint32_t at, depth;
};
struct files_list {
	struct files_line *items;
	size_t count;
};
void files_list_release(struct files_list *list);
AUTO_DEFINE_IN_PLACE(struct files_list, files_list_release)
/* Which entries show; returns how many match themselves. */
size_t files_view_keep(const struct files *files,
		       const struct files_view *view, bool *keep);
/* The children of dir that keep has, in the view's order; owned. */
uint32_t *files_children(const struct files *files,
			 const struct files_view *view, const bool *keep,
			 uint32_t dir, size_t *count);
/* What is below top, directories that lead to something shown included.
 * Totals must be there (files_count_totals). */
void files_list_make(const struct files *files, uint32_t top,
		     const struct files_view *view, struct files_list *out);
void files_row(const struct files *files, const struct files_view *view,
	       const struct files_line *line, struct row *out);
/* The same with a mark before the name, one column. */
void files_row_marked(const struct files *files, const struct files_view *view,
		      const struct files_line *line, const char *mark,
		      struct row *out);

const char *file_state_word(enum file_state state);
const char *file_type_word(mode_t mode);
const char *waste_cause_word(enum waste_cause cause);
/* "-rwsr-xr-x" */
void file_mode_text(mode_t mode, char out[11]);
/* "content, mode 0644 -> 0664" of two files; links may be NULL. Owned. */
struct file_facts {
	mode_t mode;
	uint32_t uid, gid;
	const char *link;
};
char *differs_text(unsigned differs, const struct file_facts *was,
		   const struct file_facts *now);
/* "content, mode 0644 -> 0664, owner 0:0 -> 5:5"; "" if nothing. Owned. */
char *file_differs_text(const struct files *old, const struct files *now,
			uint32_t at);
/* "user.note=6869" as it is read: user.note="hi"; security.capability as
 * getcap(8) writes it; others as 0x…. Owned. */
char *xattr_words(const char *attribute);
/* The names of a file's attributes, with blanks between; "" none. Owned. */
char *xattr_names(const struct files *files, uint32_t at);

/* `varve diff`: one row of a file that is not the same. */
void files_diff_row(const struct files *files, const struct files_view *view,
		    uint32_t at, struct row *out);
