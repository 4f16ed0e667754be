/* Knows the parts of a URL, their escapes, and what Go refuses in them. */
#include "transport/url.h"

#include <string.h>
#include <strings.h>

#include "spec/gofmt.h"

struct parts {
	struct span scheme;    /* "http://" */
	struct span user;      /* with its "@", or empty */
	struct span host;      /* with the port */
	struct span path;
	struct span query;     /* with its "?", or empty */
	struct span fragment;  /* without the "#" */
};

static struct span cut(struct span *text, const char *stop)
{
	struct span head = { text->ptr, 0 };

	while (head.len < text->len && !strchr(stop, text->ptr[head.len]))
		head.len++;
	text->ptr += head.len;
	text->len -= head.len;
	return head;
}

static struct parts split(const char *url)
{
	struct parts parts = { 0 };
	struct span rest = span_of(url), tail;
	const char *slashes = strstr(url, "://"), *user;

	tail = rest;
	rest = cut(&tail, "#");
	if (tail.len)
		parts.fragment = (struct span){ tail.ptr + 1, tail.len - 1 };
	tail = rest;
	rest = cut(&tail, "?");
	parts.query = tail;
	parts.scheme = (struct span){ rest.ptr, 0 };
	if (slashes && slashes < rest.ptr + rest.len)
		parts.scheme.len = (size_t)(slashes - url) + strlen("://");
	rest.ptr += parts.scheme.len;
	rest.len -= parts.scheme.len;
	parts.host = cut(&rest, "/");
	parts.path = rest;
	user = parts.host.len ?
		memrchr(parts.host.ptr, '@', parts.host.len) : NULL;
	parts.user = (struct span){ parts.host.ptr, 0 };
	if (user)
		parts.user.len = (size_t)(user - parts.host.ptr) + 1;
	parts.host.ptr += parts.user.len;
	parts.host.len -= parts.user.len;
	return parts;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int hex_byte(struct span text)
{
	if (text.len < 3 || hex_digit(text.ptr[1]) < 0 ||
	    hex_digit(text.ptr[2]) < 0)
		return -1;
	return hex_digit(text.ptr[1]) * 16 + hex_digit(text.ptr[2]);
}

char *url_unescape(struct span text)
{
	AUTO(buf_release) struct buf out = BUF_INIT;

	while (text.len) {
		int c = (unsigned char)*text.ptr;
		size_t n = 1;

		if (c == '%') {
			c = hex_byte(text);
			n = 3;
		}
		if (c <= 0) /* a NUL is no more welcome than a bad escape */
			return NULL;
		buf_addc(&out, (char)c);
		text.ptr += n;
		text.len -= n;
	}
	return buf_steal(&out);
}

static int refuse(struct err *err, const char *url, const char *reason,
		  struct span what)
{
	AUTO(buf_release) struct buf text = BUF_INIT;

	buf_adds(&text, "parse ");
	gofmt_quote(&text, url, strlen(url));
	buf_addf(&text, ": %s", reason);
	if (what.ptr) {
		buf_addc(&text, ' ');
		gofmt_quote(&text, what.ptr, what.len);
	}
	return err_set(err, ERR_INPUT, "%s", text.data);
}

static int check_escapes(struct err *err, const char *url, struct span part)
{
	for (; part.len; part.ptr++, part.len--) {
		struct span bad = { part.ptr, part.len < 3 ? part.len : 3 };

		if (*part.ptr == '%' && hex_byte(part) < 0)
			return refuse(err, url, "invalid URL escape", bad);
	}
	return 0;
}

static int check_port(struct err *err, const char *url, struct span port)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	bool good = port.len == 0 || *port.ptr == ':';

	for (size_t i = 1; i < port.len; i++)
		good = good && port.ptr[i] >= '0' && port.ptr[i] <= '9';
	if (good)
		return 0;
	buf_adds(&text, "invalid port ");
	gofmt_quote(&text, port.ptr, port.len);
	buf_adds(&text, " after host");
	return refuse(err, url, text.data, (struct span){ NULL, 0 });
}

static int check_host(struct err *err, const char *url, struct span host)
{
	const char *end = host.ptr + host.len, *mark;

	if (host.len && *host.ptr == '[') {
		mark = memrchr(host.ptr, ']', host.len);
		if (!mark)
			return refuse(err, url, "missing ']' in host",
				      (struct span){ NULL, 0 });
		mark++;
	} else {
		mark = host.len ? memrchr(host.ptr, ':', host.len) : NULL;
	}
	if (mark && check_port(err, url, (struct span){ mark,
					(size_t)(end - mark) }) < 0)
		return -1;
	if (check_escapes(err, url, host) < 0)
		return -1;
	for (size_t i = 0; i < host.len; i++)
		if (strchr(" \\^`{|}", host.ptr[i])) {
			AUTO(buf_release) struct buf text = BUF_INIT;

			buf_adds(&text, "invalid character ");
			gofmt_quote(&text, &host.ptr[i], 1);
			buf_adds(&text, " in host name");
			return refuse(err, url, text.data,
				      (struct span){ NULL, 0 });
		}
	return 0;
}

int url_check(const char *url, struct err *err)
{
	struct parts parts = split(url);
	AUTO_FREE char *plain = mem_strndup(url, strcspn(url, "#"));

	for (const char *p = url; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return refuse(err, plain, "net/url: invalid control "
				      "character in URL",
				      (struct span){ NULL, 0 });
	if (check_host(err, plain, parts.host) < 0 ||
	    check_escapes(err, plain, parts.path) < 0 ||
	    check_escapes(err, url, parts.fragment) < 0)
		return -1;
	return 0;
}

bool url_has_host(const char *url)
{
	return split(url).host.len > 0;
}

char *url_path(const char *url)
{
	return url_unescape(split(url).path);
}

static bool is_plain(char c, const char *also)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-_.~", c)) ||
	       (c && strchr(also, c));
}

static void escape(struct buf *out, struct span text, const char *also)
{
	for (; text.len; text.ptr++, text.len--)
		if (is_plain(*text.ptr, also))
			buf_addc(out, *text.ptr);
		else
			buf_addf(out, "%%%02X", (unsigned char)*text.ptr);
}

/* A path that is well-formed stays; else all of it is escaped anew. */
static void add_path(struct buf *out, struct span path)
{
	AUTO_FREE char *plain = NULL;
	bool good = true;

	for (size_t i = 0; i < path.len; i++)
		good = good && is_plain(path.ptr[i], "!$&'()*+,;=:@[]%/");
	plain = good ? NULL : url_unescape(path);
	if (plain)
		escape(out, span_of(plain), "$&+,/:;=@");
	else
		buf_add(out, path.ptr, path.len);
}

static char *format(const char *url, bool show)
{
	struct parts parts = split(url);
	struct buf out = BUF_INIT;
	const char *colon = parts.user.len ?
		memchr(parts.user.ptr, ':', parts.user.len) : NULL;

	buf_add(&out, parts.scheme.ptr, parts.scheme.len);
	if (show && colon) {
		buf_add(&out, parts.user.ptr,
			(size_t)(colon - parts.user.ptr));
		buf_adds(&out, ":***@");
	} else {
		buf_add(&out, parts.user.ptr, parts.user.len);
	}
	buf_add(&out, parts.host.ptr, parts.host.len);
	add_path(&out, parts.path);
	/* A blank would end the request line. */
	escape(&out, parts.query, "?!$&'()*+,;=:@[]%/\"<>\\^`{|}");
	if (show && parts.fragment.len) {
		buf_addc(&out, '#');
		buf_add(&out, parts.fragment.ptr, parts.fragment.len);
	}
	return buf_steal(&out);
}

char *url_request(const char *url)
{
	return format(url, false);
}

char *url_shown(const char *url)
{
	AUTO_FREE char *text = format(url, true);
	struct buf quoted = BUF_INIT;

	gofmt_quote(&quoted, text, strlen(text));
	return buf_steal(&quoted);
}

static size_t origin_length(const char *url)
{
	const char *host = strstr(url, "://");

	if (!host)
		return 0;
	host += strlen("://");
	return (size_t)(host - url) + strcspn(host, "/?#");
}

bool url_same_origin(const char *a, const char *b)
{
	size_t len = origin_length(a);

	return len == origin_length(b) && strncasecmp(a, b, len) == 0;
}
