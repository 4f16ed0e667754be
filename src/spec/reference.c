/* Knows the grammar of image references and Docker's short forms of them. */
#include "spec/reference.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

#define NAME_MAX_LEN 255
#define TAG_MAX_LEN 128
#define DEFAULT_DOMAIN "docker.io"
#define LEGACY_DOMAIN "index.docker.io"
#define OFFICIAL "library/"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define HEX DIGITS "abcdefABCDEF"

void reference_release(struct reference *ref)
{
	free(ref->domain);
	free(ref->path);
	free(ref->tag);
	*ref = (struct reference){ 0 };
}

static size_t run_of(struct span text, const char *set)
{
	size_t n = 0;

	while (n < text.len && text.ptr[n] && strchr(set, text.ptr[n]))
		n++;
	return n;
}

static struct span skip(struct span text, size_t n)
{
	return (struct span){ text.ptr + n, text.len - n };
}

/* "." | "_" | "__" | "-"+, or 0 where there is none. */
static size_t separator(struct span text)
{
	if (text.len == 0)
		return 0;
	if (text.ptr[0] == '.')
		return 1;
	if (text.ptr[0] == '_')
		return text.len > 1 && text.ptr[1] == '_' ? 2 : 1;
	return run_of(text, "-");
}

/* component {"/" component} */
static bool is_path(struct span text)
{
	while (text.len > 0) {
		size_t n = run_of(text, LOWER DIGITS);

		if (n == 0)
			return false;
		text = skip(text, n);
		if (text.len == 0)
			return true;
		n = text.ptr[0] == '/' ? 1 : separator(text);
		if (n == 0)
			return false;
		text = skip(text, n);
	}
	return false;
}

static bool is_label(struct span text)
{
	return text.len > 0 && text.ptr[0] != '-' &&
	       text.ptr[text.len - 1] != '-' &&
	       run_of(text, LOWER UPPER DIGITS "-") == text.len;
}

/* labels joined by "." and perhaps ":" port */
static bool is_domain(struct span text)
{
	const char *colon = memchr(text.ptr, ':', text.len);

	if (colon) {
		struct span port = skip(text, (size_t)(colon + 1 - text.ptr));

		if (port.len == 0 || run_of(port, DIGITS) != port.len)
			return false;
		text.len = (size_t)(colon - text.ptr);
	}
	for (;;) {
		const char *dot = memchr(text.ptr, '.', text.len);
		size_t n = dot ? (size_t)(dot - text.ptr) : text.len;

		if (!is_label((struct span){ text.ptr, n }))
			return false;
		if (!dot)
			return true;
		text = skip(text, n + 1);
	}
}

static bool is_tag(struct span text)
{
	return text.len > 0 && text.len <= TAG_MAX_LEN &&
	       text.ptr[0] != '.' && text.ptr[0] != '-' &&
	       run_of(text, LOWER UPPER DIGITS "_.-") == text.len;
}

static int bad_format(struct err *err)
{
	return err_set(err, ERR_INPUT, "invalid reference format");
}

/* algorithm ":" at least 32 hex digits; then go-digest's own checks. */
static int read_digest(struct span text, struct digest *out, struct err *err)
{
	const char *colon = memchr(text.ptr, ':', text.len);
	AUTO_FREE char *copy = mem_strndup(text.ptr, text.len);
	struct span hex;

	if (!colon || !memchr(LOWER UPPER, text.ptr[0], 52) ||
	    run_of(text, LOWER UPPER DIGITS "-_+.") !=
		    (size_t)(colon - text.ptr))
		return bad_format(err);
	hex = skip(text, (size_t)(colon + 1 - text.ptr));
	if (hex.len < 32 || run_of(hex, HEX) != hex.len)
		return bad_format(err);
	if (strncmp(copy, "sha256:", 7) != 0)
		return err_set(err, ERR_INPUT, "unsupported digest algorithm");
	if (hex.len != 64)
		return err_set(err, ERR_INPUT,
			       "invalid checksum digest length");
	if (!digest_parse(copy, out))
		return err_set(err, ERR_INPUT,
			       "invalid checksum digest format");
	return 0;
}

/* What text names before its grammar is looked at; the domain may turn out
 * to be part of the path. */
struct split {
	char *domain;
	char *rest; /* path, tag and digest */
};

static struct split split_domain(const char *text)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : 0;
	AUTO_FREE char *first = mem_strndup(text, n);
	bool named = slash && (strpbrk(first, ".:") ||
			       strcmp(first, "localhost") == 0);
	const char *domain = named ? first : DEFAULT_DOMAIN;
	const char *rest = named ? slash + 1 : text;

	if (strcmp(domain, LEGACY_DOMAIN) == 0)
		domain = DEFAULT_DOMAIN;
	return (struct split){
		.domain = mem_strdup(domain),
		.rest = strcmp(domain, DEFAULT_DOMAIN) == 0 &&
					!strchr(rest, '/')
				? mem_printf(OFFICIAL "%s", rest)
				: mem_strdup(rest),
	};
}

static void split_release(struct split *split)
{
	free(split->domain);
	free(split->rest);
}
AUTO_DEFINE_IN_PLACE(struct split, split_release)

static int parse_name(const struct split *split, size_t path_len,
		      struct reference *out, struct err *err)
{
	struct span path = { split->rest, path_len };

	if (!is_path(path))
		return bad_format(err);
	if (is_domain(span_of(split->domain))) {
		out->domain = mem_strdup(split->domain);
		out->path = mem_strndup(path.ptr, path.len);
	} else if (is_path(span_of(split->domain))) {
		out->domain = mem_strdup("");
		out->path = mem_printf("%s/%.*s", split->domain,
				       SPAN_ARG(path));
	} else {
		return bad_format(err);
	}
	if (strlen(split->domain) + 1 + path_len > NAME_MAX_LEN)
		return err_set(err, ERR_INPUT,
			       "repository name must not be more than %d "
			       "characters",
			       NAME_MAX_LEN);
	return 0;
}

int reference_parse(const char *text, struct reference *out, struct err *err)
{
	AUTO(reference_release) struct reference ref = { 0 };
	AUTO(split_release) struct split split = split_domain(text);
	const char *at = strchr(split.rest, '@');
	size_t named = at ? (size_t)(at - split.rest) : strlen(split.rest);
	const char *colon = memchr(split.rest, ':', named);
	size_t path_len = colon ? (size_t)(colon - split.rest) : named;
	struct digest id;

	if (digest_parse_hex(text, &id))
		return err_set(err, ERR_INPUT,
			       "invalid repository name (%s), cannot specify "
			       "64-byte hexadecimal strings",
			       text);
	if (strpbrk(split.rest, UPPER) &&
	    strcspn(split.rest, UPPER) < strcspn(split.rest, ":"))
		return err_set(err, ERR_INPUT,
			       "invalid reference format: repository name must "
			       "be lowercase");
	if (parse_name(&split, path_len, &ref, err) < 0)
		return -1;
	if (colon) {
		struct span tag = { colon + 1, named - path_len - 1 };

		if (!is_tag(tag))
			return bad_format(err);
		ref.tag = mem_strndup(tag.ptr, tag.len);
	}
	if (at && read_digest(span_of(at + 1), &ref.digest, err) < 0)
		return -1;

	*out = ref;
	ref = (struct reference){ 0 };
	return 0;
}

void reference_default_tag(struct reference *ref)
{
	if (!ref->tag && !digest_is_set(&ref->digest))
		ref->tag = mem_strdup("latest");
}

char *reference_name(const struct reference *ref)
{
	size_t official = sizeof(OFFICIAL) - 1;

	if (strcmp(ref->domain, DEFAULT_DOMAIN) != 0)
		return mem_printf("%s%s%s", ref->domain,
				  ref->domain[0] ? "/" : "", ref->path);
	if (strncmp(ref->path, OFFICIAL, official) == 0 &&
	    !strchr(ref->path + official, '/'))
		return mem_strdup(ref->path + official);
	return mem_strdup(ref->path);
}

static char *with_tag_and_digest(const struct reference *ref, const char *name)
{
	return mem_printf("%s%s%s%s%s", name, ref->tag ? ":" : "",
			  ref->tag ? ref->tag : "",
			  digest_is_set(&ref->digest) ? "@" : "",
			  ref->digest.text);
}

char *reference_familiar(const struct reference *ref)
{
	AUTO_FREE char *name = reference_name(ref);

	return with_tag_and_digest(ref, name);
}

char *reference_full(const struct reference *ref)
{
	AUTO_FREE char *name =
		mem_printf("%s%s%s", ref->domain, ref->domain[0] ? "/" : "",
			   ref->path);

	return with_tag_and_digest(ref, name);
}
