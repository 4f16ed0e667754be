/* Knows the fields of tar headers and of PAX records, as Go reads them. */
#include "spec/paxread.h"

#include <stdlib.h>
#include <string.h>

void pax_values_release(struct pax_values *values)
{
	for (size_t i = 0; i < values->count; i++) {
		free(values->items[i].key);
		buf_release(&values->items[i].value);
	}
	free(values->items);
	*values = (struct pax_values){ 0 };
}

static int bad(struct err *err)
{
	return err_set(err, ERR_INPUT, "archive/tar: invalid tar header");
}

/* One "<len> <key>=<value>\n" at the front of body; its length, or 0. */
static size_t take_record(const char *body, size_t left,
			  struct pax_values *out)
{
	char *end;
	unsigned long len = strtoul(body, &end, 10);
	size_t head = (size_t)(end - body);
	const char *equals;

	if (head == 0 || head > 10 || *end != ' ' || len > left ||
	    len < head + 4 || body[len - 1] != '\n')
		return 0;
	equals = memchr(end + 1, '=', len - head - 2);
	if (!equals || equals == end + 1)
		return 0;
	MEM_PUSH(out->items, out->count).key =
		mem_strndup(end + 1, (size_t)(equals - end - 1));
	buf_add(&out->items[out->count - 1].value, equals + 1,
		(size_t)(body + len - 1 - (equals + 1)));
	return len;
}

int pax_values_parse(const struct buf *body, struct pax_values *out,
		     struct err *err)
{
	size_t at = 0;

	while (at < body->len) {
		size_t len = take_record(body->data + at, body->len - at, out);

		if (len == 0)
			return bad(err);
		at += len;
	}
	return 0;
}

/* "seconds[.fraction]", may be negative. */
static bool parse_time(const char *text, struct timespec *out)
{
	char *end;
	long long sec = strtoll(text, &end, 10);
	long nsec = 0, unit = 100000000;

	if (end == text)
		return false;
	if (*end == '.') {
		for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10)
			nsec += (*end - '0') * unit;
	}
	if (*end)
		return false;
	if (nsec && text[0] == '-') {
		sec--;
		nsec = 1000000000 - nsec;
	}
	*out = (struct timespec){ .tv_sec = sec, .tv_nsec = nsec };
	return true;
}

static bool parse_int(const char *text, int64_t *out)
{
	char *end;

	*out = strtoll(text, &end, 10);
	return end != text && *end == '\0';
}

static void set_text(char **field, const struct buf *value)
{
	free(*field);
	*field = mem_strndup(value->data, value->len);
}

#define XATTR_PREFIX "SCHILY.xattr."

static bool apply(const char *key, const struct buf *value,
		  struct tar_entry *entry)
{
	struct timespec time;

	if (strcmp(key, "path") == 0)
		set_text(&entry->name, value);
	else if (strcmp(key, "linkpath") == 0)
		set_text(&entry->linkname, value);
	else if (strcmp(key, "uname") == 0)
		set_text(&entry->uname, value);
	else if (strcmp(key, "gname") == 0)
		set_text(&entry->gname, value);
	else if (strcmp(key, "uid") == 0)
		return parse_int(value->data, &entry->uid);
	else if (strcmp(key, "gid") == 0)
		return parse_int(value->data, &entry->gid);
	else if (strcmp(key, "size") == 0)
		return parse_int(value->data, &entry->size);
	else if (strcmp(key, "mtime") == 0)
		return parse_time(value->data, &entry->mtime);
	else if (strcmp(key, "atime") == 0) {
		if (!parse_time(value->data, &time))
			return false;
		entry->atime_sec = time.tv_sec;
	} else if (strncmp(key, XATTR_PREFIX, strlen(XATTR_PREFIX)) == 0) {
		struct tar_xattr *xattr =
			&MEM_PUSH(entry->xattrs, entry->xattr_count);

		xattr->name = mem_strdup(key + strlen(XATTR_PREFIX));
		buf_add(&xattr->value, value->data, value->len);
	}
	return true;
}

int pax_values_apply(const struct pax_values *values, struct tar_entry *entry,
		     struct err *err)
{
	for (size_t i = 0; i < values->count; i++) {
		const char *key = values->items[i].key;
		struct buf *value = &values->items[i].value;

		if (strncmp(key, "GNU.sparse.", 11) == 0)
			return err_set(err, ERR_UNSUPPORTED,
				       "'%s' is a sparse file in PAX form: "
				       "such archives cannot be rebuilt",
				       entry->name);
		/* Go: an empty value takes an earlier record back. */
		if (value->len && !apply(key, value, entry))
			return bad(err);
	}
	return 0;
}

bool pax_checksum_ok(const struct tar_block *block)
{
	const unsigned char *p = (const unsigned char *)block;
	size_t from = offsetof(struct tar_block, chksum);
	int64_t want, plain = 0, with_sign = 0;

	for (size_t i = 0; i < sizeof(*block); i++) {
		unsigned char c = i >= from && i < from + 8 ? ' ' : p[i];

		plain += c;
		with_sign += (signed char)c;
	}
	return pax_number(block->chksum, sizeof(block->chksum), &want) &&
	       (want == plain || want == with_sign);
}

static bool base256(const unsigned char *p, size_t width, int64_t *out)
{
	unsigned char flip = p[0] & 0x40 ? 0xff : 0;
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++) {
		unsigned char c = p[i] ^ flip;

		if (i == 0)
			c &= 0x7f;
		if (value >> 56)
			return false;
		value = value << 8 | c;
	}
	if (value >> 63)
		return false;
	*out = flip ? (int64_t)~value : (int64_t)value;
	return true;
}

bool pax_number(const char *field, size_t width, int64_t *out)
{
	uint64_t value = 0;
	size_t at = 0;

	if (width && (unsigned char)field[0] & 0x80)
		return base256((const unsigned char *)field, width, out);
	while (at < width && (field[at] == ' ' || field[at] == '\0'))
		at++;
	while (width > at && (field[width - 1] == ' ' ||
			      field[width - 1] == '\0'))
		width--;
	for (; at < width && field[at]; at++) {
		if (field[at] < '0' || field[at] > '7' || value >> 60)
			return false;
		value = value << 3 | (uint64_t)(field[at] - '0');
	}
	*out = (int64_t)value;
	return true;
}

static char *text_of(const char *field, size_t width)
{
	return mem_strndup(field, strnlen(field, width));
}

bool pax_entry(const struct tar_block *block, struct tar_entry *entry)
{
	bool gnu = memcmp(block->magic, "ustar  ", 8) == 0;
	bool ustar = memcmp(block->magic, "ustar", 6) == 0;
	int64_t mode, mtime;

	tar_entry_release(entry);
	if (!pax_number(block->mode, 8, &mode) ||
	    !pax_number(block->uid, 8, &entry->uid) ||
	    !pax_number(block->gid, 8, &entry->gid) ||
	    !pax_number(block->size, 12, &entry->size) ||
	    !pax_number(block->mtime, 12, &mtime))
		return false;
	entry->mode = (uint32_t)mode;
	entry->mtime.tv_sec = mtime;
	entry->typeflag = block->typeflag;
	entry->name = text_of(block->name, TAR_NAME_SIZE);
	entry->linkname = text_of(block->linkname, TAR_NAME_SIZE);
	if (!ustar && !gnu)
		return true;
	entry->uname = text_of(block->uname, TAR_OWNER_SIZE);
	entry->gname = text_of(block->gname, TAR_OWNER_SIZE);
	if (!pax_number(block->devmajor, 8, &entry->devmajor) ||
	    !pax_number(block->devminor, 8, &entry->devminor))
		return false;
	if (ustar && block->prefix[0]) {
		char *whole = mem_printf("%.*s/%s", TAR_PREFIX_SIZE,
					 block->prefix, entry->name);
		free(entry->name);
		entry->name = whole;
	}
	return true;
}
