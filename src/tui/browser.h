/*
 * The layer browser: the layers of an image beside the files of one of them,
 * of the image up to it, or of what differs between two; below them what is
 * known of the file, or the bytes that are lost. It fills the screen in place
 * of the panes.
 */
#pragma once

#include "tui/mouse.h"
#include "tui/pane.h"
#include "tui/prompt.h"

struct browser;

struct browser *browser_new(const struct model *model);
void browser_free(struct browser *browser);
bool browser_is_open(const struct browser *browser);
bool browser_is_looking(const struct browser *browser); /* at a file */
/* The image's layers, the top one selected. */
void browser_show(struct browser *browser, const struct digest *image);
/* What an image is to be compared with, and the comparison with it. */
void browser_mark(struct browser *browser, const struct digest *image);
void browser_compare(struct browser *browser, const struct digest *image);
const struct digest *browser_marked(const struct browser *browser);

/* Takes in what changed, for an area of this size. */
void browser_update(struct browser *browser, const struct area *area);
void browser_draw(const struct browser *browser, struct canvas *canvas,
		  const struct area *area);
/* A line that is being typed takes the key: true. */
bool browser_key(struct browser *browser, const struct keymap *keys,
		 uint32_t key);
/* false: it is none of its actions. */
bool browser_act(struct browser *browser, enum action action);
void browser_mouse(struct browser *browser, const struct area *area,
		   const struct mouse *mouse);
/* Whether something came from a worker. */
bool browser_poll(struct browser *browser);
bool browser_is_idle(const struct browser *browser);
/* Readable when there is something to poll, -1: nothing runs. */
#define BROWSER_FDS 4
size_t browser_fds(const struct browser *browser, int fds[BROWSER_FDS]);
/* What is typed, or NULL. */
const struct prompt *browser_prompt(const struct browser *browser);
/* To a row of the pane with the focus. */
void browser_go(struct browser *browser, int row);
/* The line of the Dockerfile to go to, once; then it is closed. 0: none. */
int browser_take_line(struct browser *browser);
/* What there is to say, once; owned, or NULL. */
char *browser_take_message(struct browser *browser, bool *bad);
/* What y copies: the path, or the digest of the layer. Owned, or NULL. */
char *browser_copied(const struct browser *browser);
