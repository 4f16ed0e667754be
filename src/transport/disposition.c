/* Knows the parameters of Content-Disposition as Go's mime package does. */
#include "transport/disposition.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "transport/url.h"

/* The pieces of filename*0*= …: as many as a header can have of a use. */
#define PIECES_MAX 64

struct params {
	struct span rest;
	char *name;                 /* filename= */
	char *pieces[PIECES_MAX];   /* filename*n= */
	bool encoded[PIECES_MAX];   /* filename*n*= */
	char *extended;             /* filename*= */
};

static void params_release(struct params *params)
{
	free(params->name);
	free(params->extended);
	for (int i = 0; i < PIECES_MAX; i++)
		free(params->pieces[i]);
}
AUTO_DEFINE_IN_PLACE(struct params, params_release)

static bool is_special(char c)
{
	return c && strchr("()<>@,;:\\\"/[]?=", c);
}

static bool is_token(char c)
{
	return c > ' ' && c < 0x7f && !is_special(c);
}

static bool take_char(struct span *text, char c)
{
	if (text->len == 0 || *text->ptr != c)
		return false;
	text->ptr++;
	text->len--;
	return true;
}

static struct span take_token(struct span *text)
{
	struct span token = { text->ptr, 0 };

	while (text->len && is_token(*text->ptr)) {
		text->ptr++;
		text->len--;
		token.len++;
	}
	return token;
}

/* After the opening quote; NULL if there is no closing one. */
static char *take_quoted(struct span *text)
{
	AUTO(buf_release) struct buf value = BUF_INIT;

	while (text->len) {
		char c = *text->ptr++;

		text->len--;
		if (c == '"')
			return buf_steal(&value);
		if (c == '\r' || c == '\n')
			return NULL;
		if (c == '\\' && text->len && is_special(*text->ptr)) {
			c = *text->ptr++;
			text->len--;
		}
		buf_addc(&value, c);
	}
	return NULL;
}

static char *take_value(struct span *text)
{
	struct span token;

	if (take_char(text, '"'))
		return take_quoted(text);
	token = take_token(text);
	return token.len ? mem_strndup(token.ptr, token.len) : NULL;
}

/* "*", "*0", "*0*" after "filename"; -1 if it is none of these. */
static int piece_number(const char *suffix, bool *encoded)
{
	size_t digits = strspn(suffix, "0123456789");

	*encoded = suffix[digits] == '*' && suffix[digits + 1] == '\0';
	if (digits == 0 || digits > 2 || (*suffix == '0' && digits > 1) ||
	    (suffix[digits] && !*encoded))
		return -1;
	return atoi(suffix);
}

/* Which of the fields the parameter belongs in; NULL: it is of no use. */
static char **field_of(struct params *params, const char *key)
{
	size_t len = strlen("filename");
	bool encoded;
	int n;

	if (strncasecmp(key, "filename", len) != 0)
		return NULL;
	key += len;
	if (!*key)
		return &params->name;
	if (*key++ != '*')
		return NULL;
	if (!*key)
		return &params->extended;
	n = piece_number(key, &encoded);
	if (n < 0 || n >= PIECES_MAX)
		return NULL;
	params->encoded[n] = encoded;
	return &params->pieces[n];
}

/* 1 for a parameter, 0 at the end, -1 if it is not well-formed. */
static int take_param(struct params *params)
{
	struct span *rest = &params->rest;
	struct span token;
	AUTO_FREE char *key = NULL;
	AUTO_FREE char *value = NULL;
	char **field;

	*rest = utf8_trim_left(*rest);
	if (rest->len == 0)
		return 0;
	if (!take_char(rest, ';'))
		return -1;
	*rest = utf8_trim_left(*rest);
	if (rest->len == 0)
		return 0; /* a trailing semicolon is allowed */
	token = take_token(rest);
	key = mem_strndup(token.ptr, token.len);
	*rest = utf8_trim_left(*rest);
	if (!*key || !take_char(rest, '='))
		return -1;
	*rest = utf8_trim_left(*rest);
	value = take_value(rest);
	if (!value)
		return -1;
	field = field_of(params, key);
	if (field && *field && strcmp(*field, value) != 0)
		return -1;
	if (field && !*field)
		*field = STEAL(value);
	return 1;
}

/* charset'language'text with escapes; two charsets are known. */
static char *decode_extended(const char *text)
{
	const char *language = strchr(text, '\'');
	const char *value = language ? strchr(language + 1, '\'') : NULL;
	size_t len = language ? (size_t)(language - text) : 0;

	if (!value)
		return NULL;
	if (!(len == 5 && strncasecmp(text, "utf-8", len) == 0) &&
	    !(len == 8 && strncasecmp(text, "us-ascii", len) == 0))
		return NULL;
	return url_unescape(span_of(value + 1));
}

static char *join_pieces(const struct params *params)
{
	AUTO(buf_release) struct buf whole = BUF_INIT;

	for (int i = 0; i < PIECES_MAX && params->pieces[i]; i++) {
		AUTO_FREE char *text = NULL;

		if (!params->encoded[i])
			text = mem_strdup(params->pieces[i]);
		else if (i == 0)
			text = decode_extended(params->pieces[i]);
		else
			text = url_unescape(span_of(params->pieces[i]));
		buf_adds(&whole, text ? text : "");
	}
	return params->pieces[0] ? buf_steal(&whole) : NULL;
}

/* What Go leaves under "filename": pieces win over the plain one. */
static char *choose(const struct params *params)
{
	char *name = params->extended ? decode_extended(params->extended) :
					join_pieces(params);

	return name ? name : mem_strdup(params->name);
}

static bool take_type(struct span *rest)
{
	struct span type = *rest;

	type.len = strcspn(type.ptr, ";");
	rest->ptr += type.len;
	rest->len -= type.len;
	type = utf8_trim(type);
	if (take_token(&type).len == 0)
		return false;
	if (type.len == 0)
		return true;
	return take_char(&type, '/') && take_token(&type).len > 0 &&
	       type.len == 0;
}

char *disposition_file_name(const char *header)
{
	AUTO(params_release) struct params params = { .rest = span_of(header) };
	int more;

	if (!take_type(&params.rest))
		return NULL;
	do
		more = take_param(&params);
	while (more > 0);
	return more < 0 ? NULL : choose(&params);
}
