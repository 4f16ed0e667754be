/* What the browser's panes share. No other file includes it. */
#pragma once

#include "store/blame.h"
#include "tui/browser.h"
#include "tui/loader.h"
#include "view/browse.h"
#include "view/layers.h"
#include "view/peek.h"

enum browser_pane { BROWSER_LAYERS, BROWSER_FILES, BROWSER_FACTS,
		    BROWSER_PANES };
enum browser_prompt { PROMPT_NONE, PROMPT_SEARCH, PROMPT_FILTER,
		      PROMPT_EXTRACT };

/* An image as far as a layer: what is compared with. */
struct browser_side {
	struct digest image; /* unset: none */
	size_t layers;
	char *name;
};

struct browser {
	const struct model *model;
	bool open, zoomed;
	struct pane *panes[BROWSER_PANES];
	enum browser_pane focus;

	/* The image: copies, because the store may be read again. */
	struct digest image;
	char *name;
	struct image_config config;
	struct layer *layers;
	const struct layer **layer_list;
	size_t layer_count;
	struct layer_steps steps;
	int *lines;
	char **texts;
	char *text;              /* the Dockerfile that the lines are of */
	unsigned file_version;

	size_t layer;            /* selected */
	bool aggregate, waste_shown, by_size, brief, brief_set;
	struct browser_side from, mark;  /* from: set while comparing */
	bool compare_alone;      /* nothing is behind the comparison */
	bool compare_kinds;      /* it brought the filter's kinds along */

	struct loader loader, waste_loader;
	struct files *old, *now;
	struct browse browse;    /* of now */
	struct waste *waste;
	struct files *waste_files;
	struct waste_groups waste_groups;
	struct worker extractor;
	char *extract_to;

	char *reveal;            /* the path to go to once it is read */
	int line;                /* of the Dockerfile, to go to; 0: none */

	struct peek peek;        /* a file that is looked at */
	bool peeking, peek_diff; /* it shows what changed */
	char *peek_path;
	uint32_t peek_at;        /* in now */

	enum browser_prompt asking;
	struct prompt prompt;
	struct strv past[PROMPT_EXTRACT + 1]; /* what was typed before */
	char *needle, *filter;
	char *label;             /* of the prompt, where it names something */
	char *before;            /* what the prompt began with */
	int prompt_from;

	unsigned version;        /* of what the panes show */
	char *message;
	bool message_bad;
};

void browser_say(struct browser *browser, bool bad, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The entry under the cursor of the files, or that is looked at; FILE_NONE. */
uint32_t browser_file(const struct browser *browser);
/* Which tree holds an entry, and where: of the removed the old one. */
const struct files *browser_side_of(const struct browser *browser,
				    uint32_t *at);

void browser_side_set(struct browser_side *side, const struct digest *image,
		      size_t layers, const char *name);
void browser_side_clear(struct browser_side *side);
/* The pane with the focus; and another, which comes to the front. */
struct pane *browser_active(const struct browser *browser);
void browser_go_to(struct browser *browser, enum browser_pane pane);

void browser_close(struct browser *browser);
/* The mark is compared with what shows; alone: and nothing else was there
 * before. false: there is no mark. And its end. */
bool browser_compare_mark(struct browser *browser, bool alone);
void browser_end_compare(struct browser *browser);
/* The filter is what the comparison brought along, no more. */
bool browser_only_kinds(const struct browser *browser);

/* To a path of the files of a layer's changes; to what made a layer. */
void browser_reveal(struct browser *browser, size_t layer, const char *path);
void browser_open_step(struct browser *browser, size_t layer);

/* browser_type.c */
void browser_ask(struct browser *browser, enum browser_prompt prompt,
		 const char *text);
bool browser_set_filter(struct browser *browser, const char *words);
/* Its kind: word says these (FILES_KIND, 0: there is none). */
void browser_set_kinds(struct browser *browser, unsigned kinds);
unsigned browser_kinds(const struct browser *browser);
/* Few matches of a filter are all seen at once. */
void browser_unfold_matches(struct browser *browser);
/* The next match in the pane with the focus, from a row on. */
bool browser_find(struct browser *browser, const char *text, int from,
		  int dir);
/* The layers pane selects: what it stands on is read. */
void browser_layer_moved(struct browser *browser);

/* browser_load.c */
void browser_forget(struct browser *browser);
int browser_take_image(struct browser *browser, const struct digest *image,
		       struct err *err);
/* What is selected; and then to a path of it, or NULL. */
void browser_load(struct browser *browser);
void browser_load_to(struct browser *browser, const char *path);
void browser_cancel(struct browser *browser);
/* The lines of the layers, after the Dockerfile was changed elsewhere. */
void browser_follow_text(struct browser *browser);
void browser_load_waste(struct browser *browser);
void browser_extract(struct browser *browser, const char *dest);

/* browser_look.c */
bool browser_look(struct browser *browser, uint32_t at); /* false: says why */
/* What changed, the text, the bytes, and around. */
void browser_look_next(struct browser *browser);
const char *browser_look_word(const struct browser *browser);

/* Each pane in a file of its own. */
struct pane *layers_pane_new(struct browser *browser);
struct pane *files_pane_new(struct browser *browser);
struct pane *facts_pane_new(struct browser *browser);
/* The next match of the needle (NULL: the next change) from a row on. */
bool files_pane_find(struct pane *pane, const char *text, int from, int dir);
/* Opens a directory or looks at a file. */
void files_pane_open(struct pane *pane);
/* Of a file that is looked at, if there is one: back to the list. */
void files_pane_close(struct pane *pane);
/* What the cursor is on, or was when a file began to be looked at; or
 * FILE_NONE. */
uint32_t files_pane_at(const struct pane *pane);
/* To an entry, under the file that is looked at as well. */
void files_pane_follow(struct pane *pane, uint32_t at);
/* After filter or order changed: to be seen, so no file is looked at. */
void files_pane_again(struct pane *pane);
/* All matches of the filter. */
void files_pane_unfold(struct pane *pane);
