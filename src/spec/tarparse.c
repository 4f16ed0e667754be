/* Knows how Go reads the fields of a tar header and of PAX records. */
#include "spec/tarparse.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static int bad_header(struct err *err)
{
	return err_set(err, ERR_INPUT, "archive/tar: invalid tar header");
}

/* ---- numbers in fixed fields ---- */

static bool parse_octal(const char *field, size_t width, int64_t *out)
{
	uint64_t value = 0;

	while (width > 0 && (*field == ' ' || *field == '\0')) {
		field++;
		width--;
	}
	while (width > 0 &&
	       (field[width - 1] == ' ' || field[width - 1] == '\0'))
		width--;
	for (; width > 0 && *field; field++, width--) {
		if (*field < '0' || *field > '7' || value >> 61)
			return false;
		value = value << 3 | (uint64_t)(*field - '0');
	}
	*out = (int64_t)value;
	return true;
}

/* GNU's base 256: the first bit set, then two's complement, big end first. */
static bool parse_binary(const char *field, size_t width, int64_t *out)
{
	unsigned char invert = field[0] & 0x40 ? 0xff : 0;
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++) {
		unsigned char byte = (unsigned char)field[i] ^ invert;

		if (i == 0)
			byte &= 0x7f;
		if (value >> 56)
			return false;
		value = value << 8 | byte;
	}
	if (value >> 63)
		return false;
	*out = (int64_t)(invert ? ~value : value);
	return true;
}

static bool parse_number(const char *field, size_t width, int64_t *out)
{
	return field[0] & 0x80 ? parse_binary(field, width, out) :
				 parse_octal(field, width, out);
}

static bool sum_matches(const struct tar_block *block)
{
	const unsigned char *bytes = (const unsigned char *)block;
	int64_t plain = 0, with_sign = 0, want;

	if (!parse_octal(block->chksum, sizeof(block->chksum), &want))
		return false;
	for (size_t i = 0; i < sizeof(*block); i++) {
		size_t at = i - offsetof(struct tar_block, chksum);
		unsigned char byte =
			at < sizeof(block->chksum) ? ' ' : bytes[i];

		plain += byte;
		with_sign += (signed char)byte;
	}
	return want == plain || want == with_sign;
}

/* ---- the block ---- */

enum format { FORMAT_V7, FORMAT_USTAR, FORMAT_STAR, FORMAT_GNU };

/* star's prefix is shorter: its times come behind it, "tar" ends the block. */
#define STAR_PREFIX_SIZE 131
#define STAR_ATIME STAR_PREFIX_SIZE
#define STAR_TRAILER 8 /* in pad */

static enum format format_of(const struct tar_block *block)
{
	if (memcmp(block->magic, "ustar\0", 6) == 0)
		return memcmp(block->pad + STAR_TRAILER, "tar\0", 4) == 0 ?
			       FORMAT_STAR : FORMAT_USTAR;
	if (memcmp(block->magic, "ustar  \0", 8) == 0)
		return FORMAT_GNU;
	return FORMAT_V7;
}

static char *field_text(const char *field, size_t width)
{
	return mem_strndup(field, strnlen(field, width));
}

static void put_prefix(const char *field, size_t width,
		       struct tar_entry *out)
{
	AUTO_FREE char *name = STEAL(out->name);

	out->name = field[0] ? mem_printf("%.*s/%s",
					  (int)strnlen(field, width), field,
					  name) :
			       STEAL(name);
}

static bool is_ascii(const char *field, size_t width)
{
	for (size_t i = 0; i < width && field[i]; i++)
		if ((unsigned char)field[i] >= 0x80)
			return false;
	return true;
}

/* GNU has times where ustar has the prefix. Where they do not parse, an old
 * writer put a prefix there (Go reads such archives too). */
static void parse_gnu(const struct tar_block *block, struct tar_entry *out)
{
	const char *atime = block->prefix, *ctime = block->prefix + 12;
	int64_t value = 0;

	if ((!atime[0] || parse_number(atime, 12, &value)) &&
	    (!ctime[0] || parse_number(ctime, 12, &(int64_t){ 0 }))) {
		if (atime[0])
			out->atime_sec = value;
		return;
	}
	if (is_ascii(block->prefix, TAR_PREFIX_SIZE))
		put_prefix(block->prefix, TAR_PREFIX_SIZE, out);
}

static bool parse_newer(const struct tar_block *block, struct tar_entry *out)
{
	enum format format = format_of(block);

	if (format == FORMAT_V7)
		return true;
	out->uname = field_text(block->uname, TAR_OWNER_SIZE);
	out->gname = field_text(block->gname, TAR_OWNER_SIZE);
	if (!parse_number(block->devmajor, 8, &out->devmajor) ||
	    !parse_number(block->devminor, 8, &out->devminor))
		return false;
	if (format == FORMAT_GNU)
		parse_gnu(block, out);
	else if (format == FORMAT_USTAR)
		put_prefix(block->prefix, TAR_PREFIX_SIZE, out);
	else
		put_prefix(block->prefix, STAR_PREFIX_SIZE, out);
	return format != FORMAT_STAR ||
	       (parse_number(block->prefix + STAR_ATIME, 12,
			     &out->atime_sec) &&
		parse_number(block->prefix + STAR_ATIME + 12, 12,
			     &(int64_t){ 0 }));
}

int tar_block_parse(const struct tar_block *block, struct tar_entry *out,
		    struct err *err)
{
	int64_t mode, mtime;

	tar_entry_release(out);
	if (!sum_matches(block) || !parse_number(block->mode, 8, &mode) ||
	    !parse_number(block->uid, 8, &out->uid) ||
	    !parse_number(block->gid, 8, &out->gid) ||
	    !parse_number(block->size, 12, &out->size) ||
	    !parse_number(block->mtime, 12, &mtime))
		return bad_header(err);
	out->mode = (uint32_t)mode;
	out->mtime.tv_sec = mtime;
	out->typeflag = block->typeflag;
	out->name = field_text(block->name, TAR_NAME_SIZE);
	out->linkname = field_text(block->linkname, TAR_NAME_SIZE);
	return parse_newer(block, out) ? 0 : bad_header(err);
}

/* ---- PAX ---- */

void pax_release(struct pax *pax)
{
	buf_release(&pax->body);
	free(pax->items);
	pax->items = NULL;
	pax->count = 0;
}

bool pax_number(const char *text, int64_t *out)
{
	const char *digits = text + (*text == '-' || *text == '+');

	if (!*digits || digits[strspn(digits, "0123456789")])
		return false;
	errno = 0;
	*out = strtoll(text, NULL, 10);
	return errno == 0;
}

static bool is_text_key(const char *key)
{
	static const char *const keys[] = { "path", "linkpath", "uname",
					    "gname" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* "<len> key=value\n" at at; the length of the record, or 0. */
static size_t parse_record(char *at, size_t left, struct pax_record *out)
{
	char *blank = memchr(at, ' ', left), *equal, *end;
	int64_t len;

	if (!blank)
		return 0;
	*blank = '\0';
	if (memchr(at, '\0', (size_t)(blank - at)) || !pax_number(at, &len) ||
	    len < 5 || (uint64_t)len > left ||
	    blank - at + 1 >= len - 1 || at[len - 1] != '\n')
		return 0;
	end = at + len - 1;
	*end = '\0';
	equal = memchr(blank + 1, '=', (size_t)(end - blank - 1));
	if (!equal || equal == blank + 1)
		return 0;
	*equal = '\0';
	out->key = blank + 1;
	out->value = equal + 1;
	out->len = (size_t)(end - out->value);
	if (strlen(out->key) != (size_t)(equal - out->key) ||
	    (is_text_key(out->key) && strlen(out->value) != out->len))
		return 0;
	return (size_t)len;
}

int pax_parse(struct pax *pax, struct err *err)
{
	size_t at = 0;

	while (at < pax->body.len) {
		struct pax_record record;
		size_t len = parse_record(pax->body.data + at,
					  pax->body.len - at, &record);

		if (len == 0)
			return bad_header(err);
		MEM_PUSH(pax->items, pax->count) = record;
		at += len;
	}
	return 0;
}

const char *pax_get(const struct pax *pax, const char *key)
{
	for (size_t i = pax->count; i-- > 0;)
		if (strcmp(pax->items[i].key, key) == 0)
			return pax->items[i].len ? pax->items[i].value : NULL;
	return NULL;
}

static bool parse_time(const char *text, struct timespec *out)
{
	char seconds[32];
	size_t len = strcspn(text, ".");
	const char *rest = text[len] ? text + len + 1 : "";
	int64_t value;
	long nsec = 0, unit = 100000000;

	if (len >= sizeof(seconds))
		return false;
	memcpy(seconds, text, len);
	seconds[len] = '\0';
	if (!pax_number(seconds, &value) ||
	    rest[strspn(rest, "0123456789")])
		return false;
	for (; *rest && unit; rest++, unit /= 10)
		nsec += (*rest - '0') * unit;
	/* "-1.5" is one and a half before 1970. */
	if (seconds[0] == '-' && nsec > 0) {
		if (value == INT64_MIN)
			return false;
		value--;
		nsec = 1000000000 - nsec;
	}
	*out = (struct timespec){ .tv_sec = value, .tv_nsec = nsec };
	return true;
}

enum pax_kind { PAX_TEXT, PAX_NUMBER, PAX_TIME, PAX_ATIME };

static const struct pax_field {
	const char *key;
	enum pax_kind kind;
	size_t offset;
} fields[] = {
	{ "path", PAX_TEXT, offsetof(struct tar_entry, name) },
	{ "linkpath", PAX_TEXT, offsetof(struct tar_entry, linkname) },
	{ "uname", PAX_TEXT, offsetof(struct tar_entry, uname) },
	{ "gname", PAX_TEXT, offsetof(struct tar_entry, gname) },
	{ "uid", PAX_NUMBER, offsetof(struct tar_entry, uid) },
	{ "gid", PAX_NUMBER, offsetof(struct tar_entry, gid) },
	{ "size", PAX_NUMBER, offsetof(struct tar_entry, size) },
	{ "mtime", PAX_TIME, offsetof(struct tar_entry, mtime) },
	{ "atime", PAX_ATIME, offsetof(struct tar_entry, atime_sec) },
};

static bool apply_field(const struct pax_field *field, const char *value,
			struct tar_entry *entry)
{
	void *at = (char *)entry + field->offset;
	struct timespec when;

	switch (field->kind) {
	case PAX_TEXT:
		free(*(char **)at);
		*(char **)at = mem_strdup(value);
		return true;
	case PAX_NUMBER:
		return pax_number(value, at);
	case PAX_TIME:
		return parse_time(value, at);
	case PAX_ATIME:
		if (!parse_time(value, &when))
			return false;
		*(int64_t *)at = when.tv_sec;
		return true;
	}
	return false;
}

#define XATTR_KEY "SCHILY.xattr."
#define XATTR_KEY_LEN (sizeof(XATTR_KEY) - 1)

static bool is_xattr(const struct pax_record *record)
{
	return strncmp(record->key, XATTR_KEY, XATTR_KEY_LEN) == 0;
}

static int by_key(const void *a, const void *b)
{
	const struct pax_record *const *x = a, *const *y = b;
	int order = strcmp((*x)->key, (*y)->key);

	/* The records lie in one array, in the order they were given. */
	return order ? order : (*x > *y) - (*x < *y);
}

static void apply_xattrs(const struct pax *pax, struct tar_entry *entry)
{
	AUTO_FREE const struct pax_record **found = NULL;
	size_t count = 0;

	for (size_t i = 0; i < pax->count; i++)
		if (is_xattr(&pax->items[i]))
			MEM_PUSH(found, count) = &pax->items[i];
	if (count > 1)
		qsort(found, count, sizeof(*found), by_key);
	for (size_t i = 0; i < count; i++) {
		struct tar_xattr xattr = { 0 };

		/* Of one name the last counts; an empty value is none. */
		if ((i + 1 < count &&
		     strcmp(found[i]->key, found[i + 1]->key) == 0) ||
		    found[i]->len == 0)
			continue;
		xattr.name = mem_strdup(found[i]->key + XATTR_KEY_LEN);
		buf_add(&xattr.value, found[i]->value, found[i]->len);
		MEM_PUSH(entry->xattrs, entry->xattr_count) = xattr;
	}
}

int pax_apply(const struct pax *pax, struct tar_entry *entry, struct err *err)
{
	const char *ctime = pax_get(pax, "ctime");
	struct timespec ignored;

	if (pax->count == 0)
		return 0;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const char *value = pax_get(pax, fields[i].key);

		if (value && !apply_field(&fields[i], value, entry))
			return bad_header(err);
	}
	if (ctime && !parse_time(ctime, &ignored))
		return bad_header(err);
	apply_xattrs(pax, entry);
	return 0;
}
