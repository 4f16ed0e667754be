/* Knows the small JSON answers of token servers and registries. */
#include "transport/token.h"

#include <ctype.h>
#include <string.h>

#include <jansson.h>

#define SECONDS_LEAST 60

void token_release(struct token *token)
{
	free(token->text);
	free(token->refresh);
	*token = (struct token){ NULL, NULL, 0 };
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && *text ? text : NULL;
}

static json_t *load(struct span json)
{
	return json_loadb(json.ptr ? json.ptr : "", json.len, 0, NULL);
}

int token_parse(struct span json, struct token *out, struct err *err)
{
	json_t *root = load(json);
	const char *text = text_of(root, "token");

	if (!text)
		text = text_of(root, "access_token");
	if (text) {
		out->text = mem_strdup(text);
		out->refresh = mem_strdup(text_of(root, "refresh_token"));
		out->seconds = json_integer_value(
			json_object_get(root, "expires_in"));
		if (out->seconds < SECONDS_LEAST)
			out->seconds = SECONDS_LEAST;
	}
	json_decref(root);
	return text ? 0 : err_set(err, ERR_INPUT, "authorization server did "
				  "not include a token in the response");
}

/* MANIFEST_UNKNOWN: "manifest unknown", as docker has it. */
static void add_code(struct buf *out, const char *code)
{
	for (; *code; code++)
		buf_addc(out, *code == '_' ? ' ' :
			 (char)tolower((unsigned char)*code));
}

char *token_error_text(struct span json)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	json_t *root = load(json);
	const json_t *first = json_array_get(json_object_get(root, "errors"),
					     0);
	const char *code = text_of(first, "code");
	const char *message = text_of(first, "message");
	const char *details = text_of(root, "details");

	if (code)
		add_code(&out, code);
	if (code && message)
		buf_adds(&out, ": ");
	if (message || details)
		buf_adds(&out, message ? message : details);
	json_decref(root);
	return out.len ? buf_steal(&out) : NULL;
}

bool token_error_is(struct span json, const char *code)
{
	json_t *root = load(json);
	const char *said = text_of(json_array_get(json_object_get(root,
						  "errors"), 0), "code");
	bool is = said && strcmp(said, code) == 0;

	json_decref(root);
	return is;
}

int token_tags(struct span json, struct strv *out, struct err *err)
{
	json_t *root = load(json);
	const json_t *tags = json_object_get(root, "tags");

	for (size_t i = 0; i < json_array_size(tags); i++)
		if (json_is_string(json_array_get(tags, i)))
			strv_add(out, json_string_value(
				json_array_get(tags, i)));
	if (!json_is_object(root))
		err_set(err, ERR_INPUT, "the list of tags is not JSON");
	out->set = json_is_object(root);
	json_decref(root);
	return out->set ? 0 : -1;
}
