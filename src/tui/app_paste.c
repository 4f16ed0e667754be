/* Knows where text that is pasted goes: never is it pressed as keys. */
#include "tui/app.h"

#include "base/utf8.h"
#include "dockerfile/dockerfile.h"

/* A key between the marks; what is no text is left out. */
static void collect(struct app *app, uint32_t key)
{
	struct buf *pasted = &app->pasted;

	if (pasted->len >= DOCKERFILE_MAX)
		return;
	if (key == KEYCODE_ENTER)
		buf_addc(pasted, '\n');
	else if (key == KEYCODE_TAB)
		buf_addc(pasted, '\t');
	else if (key >= ' ' && key != 0x7f && key < KEYCODE_NAMED)
		utf8_append(pasted, key);
}

/* A line takes the first one that there is. */
static void into_prompt(struct app *app)
{
	const struct buf *pasted = &app->pasted;
	size_t n;

	for (size_t at = 0; at < pasted->len; at += n) {
		uint32_t rune;
		bool valid;

		n = utf8_decode(pasted->data + at, pasted->len - at, &rune,
				&valid);
		if (rune == '\n')
			return;
		app_key(app, rune == '\t' ? ' ' : rune);
	}
}

static void put(struct app *app)
{
	if (!app->pasted.len || app->question)
		return;
	app->dirty = true;
	if (app->editor.typing)
		app_edit_paste(app, app->pasted.data, app->pasted.len);
	else if (app_prompt(app))
		into_prompt(app);
	else
		app_say(app, true, "not pasted: i types, and takes it then");
}

bool app_paste_key(struct app *app, uint32_t key)
{
	bool was = app->pasting;

	if (key == KEYCODE_PASTE) {
		app->pasting = true;
		buf_clear(&app->pasted);
		return true;
	}
	/* Esc: should its end ever get lost. */
	if (was && key != KEYCODE_PASTE_END && key != KEYCODE_ESC) {
		collect(app, key);
		return true;
	}
	app->pasting = false;
	if (was)
		put(app);
	return was || key == KEYCODE_PASTE_END;
}
