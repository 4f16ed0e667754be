/* Knows where text that is pasted goes: never is it pressed as keys. */
#include "tui/app.h"

#include "base/utf8.h"
#include "dockerfile/dockerfile.h"

/* Without a key for so long, the mark of its end got lost. */
#define LOST_MS 1000

/* A key between the marks; what is no text is left out. CR LF ends one line,
 * as either does alone. */
static void collect(struct app *app, uint32_t key)
{
	struct buf *pasted = &app->pasted;
	bool second = key == '\n' && app->pasted_last == KEYCODE_ENTER;

	app->pasted_last = key;
	if (pasted->len >= DOCKERFILE_MAX || second)
		return;
	if (key == KEYCODE_ENTER || key == '\n')
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

static void end(struct app *app)
{
	app->pasting = false;
	put(app);
}

bool app_paste_key(struct app *app, uint32_t key)
{
	bool was = app->pasting;

	if (key == KEYCODE_PASTE) {
		app->pasting = true;
		app->pasted_last = KEYCODE_NONE;
		buf_clear(&app->pasted);
	} else if (was && key == KEYCODE_PASTE_END) {
		end(app);
	} else if (was) {
		collect(app, key); /* Esc, too: any key may be in it */
	}
	app->pasted_at = app_now();
	return was || key == KEYCODE_PASTE || key == KEYCODE_PASTE_END;
}

int64_t app_paste_due(const struct app *app)
{
	return app->pasting ? app->pasted_at + LOST_MS : 0;
}

void app_poll_paste(struct app *app)
{
	if (app->pasting && app_now() >= app_paste_due(app))
		end(app);
}
