/* Knows the grammar of WWW-Authenticate. */
#include "transport/challenge.h"

#include <string.h>
#include <strings.h>

void challenge_release(struct challenge *challenge)
{
	free(challenge->realm);
	free(challenge->service);
	free(challenge->scope);
	free(challenge->error);
	*challenge = (struct challenge){ CHALLENGE_NONE, NULL, NULL, NULL,
					 NULL };
}

static bool is_token(char c)
{
	return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?={}", c);
}

static void skip_blanks(const char **at)
{
	*at += strspn(*at, " \t,");
}

static struct span take_token(const char **at)
{
	struct span token = { *at, 0 };

	while (is_token(**at))
		(*at)++;
	token.len = (size_t)(*at - token.ptr);
	return token;
}

/* A quoted string or a token. Owned. */
static char *take_value(const char **at)
{
	AUTO(buf_release) struct buf out = BUF_INIT;

	if (**at != '"') {
		struct span token = { *at, strcspn(*at, " \t,") };

		*at += token.len;
		return mem_strndup(token.ptr, token.len);
	}
	for ((*at)++; **at && **at != '"'; (*at)++) {
		if (**at == '\\' && (*at)[1])
			(*at)++;
		buf_addc(&out, **at);
	}
	*at += **at == '"';
	return buf_steal(&out);
}

static void keep(struct challenge *c, struct span name, char *value)
{
	const struct {
		const char *name;
		char **field;
	} table[] = { { "realm", &c->realm }, { "service", &c->service },
		      { "scope", &c->scope }, { "error", &c->error } };

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strlen(table[i].name) == name.len &&
		    strncasecmp(table[i].name, name.ptr, name.len) == 0 &&
		    !*table[i].field) {
			*table[i].field = value;
			return;
		}
	free(value);
}

static enum challenge_scheme scheme_of(struct span word)
{
	if (word.len == 6 && strncasecmp(word.ptr, "Bearer", 6) == 0)
		return CHALLENGE_BEARER;
	if (word.len == 5 && strncasecmp(word.ptr, "Basic", 5) == 0)
		return CHALLENGE_BASIC;
	return CHALLENGE_NONE;
}

/* One challenge: a scheme and the name=value pairs up to the next scheme. */
static bool take_challenge(const char **at, struct challenge *out)
{
	struct span word;

	skip_blanks(at);
	word = take_token(at);
	if (word.len == 0)
		return false;
	out->scheme = scheme_of(word);
	for (;;) {
		const char *before;

		skip_blanks(at);
		before = *at;
		word = take_token(at);
		if (word.len == 0 || **at != '=') {
			*at = before;
			return **at != '=';
		}
		(*at)++;
		keep(out, word, take_value(at));
	}
}

void challenge_parse(const struct strv *values, struct challenge *out)
{
	for (size_t i = 0; i < values->count; i++) {
		const char *at = values->items[i];

		for (;;) {
			AUTO(challenge_release) struct challenge found = { 0 };

			if (!take_challenge(&at, &found))
				break;
			if (found.scheme <= out->scheme ||
			    (found.scheme == CHALLENGE_BEARER && !found.realm))
				continue;
			challenge_release(out);
			*out = found;
			found = (struct challenge){ 0 };
		}
	}
}
