/* Knows the file in which a project's session is kept. */
#include "tui/session.h"

#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "view/row.h"
#include "view/views.h"

#define HEAD "varve session 1"
#define END "end"

void session_release(struct session *session)
{
	free(session->focus);
	free(session->detail);
	free(session->sort);
	free(session->filter);
	free(session->needle);
	strv_release(&session->folds);
	strv_release(&session->stages);
	strv_release(&session->searches);
	strv_release(&session->filters);
	strv_release(&session->commands);
	*session = (struct session){ 0 };
}

enum kind { WORD, NUMBER, YES, DIGEST, LIST };
static const struct field {
	const char *name;
	enum kind kind;
	size_t offset;
} fields[] = {
	{ "focus", WORD, offsetof(struct session, focus) },
	{ "detail", WORD, offsetof(struct session, detail) },
	{ "sort", WORD, offsetof(struct session, sort) },
	{ "filter", WORD, offsetof(struct session, filter) },
	{ "needle", WORD, offsetof(struct session, needle) },
	{ "line", NUMBER, offsetof(struct session, line) },
	{ "split", NUMBER, offsetof(struct session, split) },
	{ "zoomed", YES, offsetof(struct session, zoomed) },
	{ "image", DIGEST, offsetof(struct session, image) },
	{ "fold", LIST, offsetof(struct session, folds) },
	{ "stage", LIST, offsetof(struct session, stages) },
	{ "search", LIST, offsetof(struct session, searches) },
	{ "filtered", LIST, offsetof(struct session, filters) },
	{ "command", LIST, offsetof(struct session, commands) },
};
#define FIELD_COUNT (sizeof(fields) / sizeof(*fields))

/* ---- writing ---- */

static void add_line(struct buf *out, const char *name, const char *value)
{
	/* A line end inside would make two of it. */
	if (value && *value && !strchr(value, '\n'))
		buf_addf(out, "%s %s\n", name, value);
}

static void add_field(struct buf *out, const struct field *field,
		      const struct session *session)
{
	const void *at = (const char *)session + field->offset;
	const struct strv *list = at;
	const struct digest *digest = at;

	switch (field->kind) {
	case WORD:
		add_line(out, field->name, *(char *const *)at);
		break;
	case NUMBER:
		if (*(const int *)at > 0)
			buf_addf(out, "%s %d\n", field->name,
				 *(const int *)at);
		break;
	case YES:
		if (*(const bool *)at)
			add_line(out, field->name, "yes");
		break;
	case DIGEST:
		if (digest_is_set(digest))
			add_line(out, field->name, digest->text);
		break;
	case LIST:
		for (size_t i = 0; i < list->count; i++)
			add_line(out, field->name, list->items[i]);
		break;
	}
}

void session_format(const struct session *session, const char *file,
		    struct buf *out)
{
	AUTO_FREE char *safe = text_line(file, strlen(file));

	buf_addf(out, "%s\n# %s\n", HEAD, safe);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		add_field(out, &fields[i], session);
	buf_addf(out, "%s\n", END);
}

/* ---- reading ---- */

static bool take_number(const char *value, int *out)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (*end || n < 1 || n > INT_MAX)
		return false;
	*out = (int)n;
	return true;
}

static bool take_field(const struct field *field, const char *value,
		       struct session *session)
{
	void *at = (char *)session + field->offset;

	switch (field->kind) {
	case WORD:
		free(*(char **)at);
		*(char **)at = mem_strdup(value);
		return true;
	case NUMBER:
		return take_number(value, at);
	case YES:
		*(bool *)at = true;
		return strcmp(value, "yes") == 0;
	case DIGEST:
		return digest_parse(value, at);
	case LIST:
		strv_add(at, value);
		return true;
	}
	return false;
}

static bool take_line(const char *line, struct session *session)
{
	size_t len = strcspn(line, " ");

	if (*line == '#')
		return true;
	for (size_t i = 0; i < FIELD_COUNT && line[len]; i++)
		if (strlen(fields[i].name) == len &&
		    strncmp(fields[i].name, line, len) == 0)
			return take_field(&fields[i], line + len + 1, session);
	return false;
}

static bool is_text(const char *text)
{
	size_t len = strlen(text), n;
	uint32_t rune;
	bool valid = true;

	for (; len && valid; text += n, len -= n) {
		n = utf8_decode(text, len, &rune, &valid);
		valid = valid && rune >= ' ' && rune != 0x7f;
	}
	return valid;
}

int session_parse(const char *text, struct session *out, struct err *err)
{
	AUTO(session_release) struct session session = { 0 };
	int number = 1;

	*out = (struct session){ 0 };
	for (;; number++) {
		size_t len = strcspn(text, "\n");
		AUTO_FREE char *line = mem_strndup(text, len);

		if (!text[len])
			return err_set(err, ERR_CORRUPT,
				       "its end is missing after line %d",
				       number - 1);
		if (number > 1 && strcmp(line, END) == 0)
			break;
		if (number == 1 ? strcmp(line, HEAD) != 0 :
				  !is_text(line) || !take_line(line, &session))
			return err_set(err, ERR_CORRUPT, "line %d", number);
		text += len + 1;
	}
	*out = session;
	session = (struct session){ 0 };
	return 0;
}

/* ---- the file ---- */

char *session_path(const char *file)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	AUTO_FREE char *real = realpath(file, NULL);
	AUTO_FREE char *dir = NULL;
	struct digest digest;

	if (state && *state == '/')
		dir = mem_printf("%s/varve/sessions", state);
	else if (home && *home)
		dir = mem_printf("%s/.local/state/varve/sessions", home);
	else
		return NULL;
	digest_make(real ? real : file, strlen(real ? real : file), &digest);
	return mem_printf("%s/%.32s", dir, DIGEST_HEX(&digest));
}

int session_load(const char *file, struct session *out, struct err *err)
{
	AUTO_FREE char *path = session_path(file);
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err why = ERR_INIT;
	int found = path ? fs_read(AT_FDCWD, path, SESSION_MAX, &text, err) :
			   0;

	*out = (struct session){ 0 };
	if (found < 0)
		return err_wrap(err, "session '%s'", path);
	if (!found)
		return 0;
	if (strlen(text.data ? text.data : "") != text.len)
		return err_set(err, ERR_CORRUPT, "the session is damaged, "
			       "no text, in '%s'", path);
	if (session_parse(text.data ? text.data : "", out, &why) < 0)
		return err_set(err, ERR_CORRUPT, "the session is damaged, "
			       "%s, in '%s'", why.msg, path);
	return 1;
}

int session_save(const char *file, const struct session *session,
		 struct err *err)
{
	AUTO_FREE char *path = session_path(file);
	AUTO(buf_release) struct buf out = BUF_INIT;
	AUTO_FREE char *dir = NULL;

	if (!path)
		return 0;
	dir = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
	session_format(session, file, &out);
	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0 ||
	    fs_write_atomic(AT_FDCWD, path, out.data, out.len, 0600, false,
			    err) < 0)
		return err_wrap(err, "the session is not kept");
	return 0;
}
