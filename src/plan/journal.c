/* Knows the text of a journal: one line for each file of a COPY or ADD. */
#include "plan/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fs.h"
#include "spec/archive.h"
#include "spec/gzip.h"

/* The first line: this, and the fingerprint. A journal of before has "1" and
 * none. */
#define FORMAT "varve journal 2 "
#define FORMAT_1 "varve journal 1\n"

void journal_release(struct journal *journal)
{
	free(journal->entries);
	arena_free(journal->strings);
	*journal = (struct journal){ 0 };
}

static int compare(const void *a, const void *b)
{
	const struct journal_entry *left = a, *right = b;

	return strcmp(left->path, right->path);
}

static bool is_sorted(const struct journal *journal)
{
	for (size_t i = 1; i < journal->count; i++)
		if (compare(&journal->entries[i - 1],
			    &journal->entries[i]) > 0)
			return false;
	return true;
}

static void sort(struct journal *journal)
{
	if (!is_sorted(journal))
		qsort(journal->entries, journal->count,
		      sizeof(*journal->entries), compare);
}

const struct journal_entry *journal_find(const struct journal *journal,
					 const char *path)
{
	struct journal_entry key = { .path = (char *)path };

	if (!journal->count)
		return NULL;
	return bsearch(&key, journal->entries, journal->count, sizeof(key),
		       compare);
}

/* ---- from a tree ---- */

char journal_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return 'f';
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFIFO:
		return 'p';
	default:
		return '?';
	}
}

static const char *hex_of(struct arena *arena, const struct buf *bytes)
{
	AUTO(buf_release) struct buf hex = BUF_INIT;

	for (size_t i = 0; i < bytes->len; i++)
		buf_addf(&hex, "%02x", (unsigned char)bytes->data[i]);
	return hex.len ? arena_strdup(arena, hex.data) : "";
}

/* What differs where equal sums hide something (evidence_unseen). */
static void add_node(struct buf *out, const struct node *node)
{
	const char *link = node->link ? node->link : "";
	int64_t times[] = { node->mtime.tv_sec, node->mtime.tv_nsec };

	buf_add(out, node->path, strlen(node->path) + 1);
	buf_add(out, link, strlen(link) + 1);
	buf_add(out, times, sizeof(times));
}

struct maker {
	struct tree *tree;
	struct journal *journal;
	struct buf fingerprint;
};

static int make_entry(void *arg, const struct source_file *file,
		      struct err *err)
{
	struct maker *maker = arg;
	const struct node *node = file->entry;
	struct arena *strings = maker->journal->strings;
	AUTO(buf_release) struct buf capability = BUF_INIT;

	if (S_ISREG(node->mode) &&
	    tree_capability(maker->tree, node, &capability, err) < 0)
		return -1;
	add_node(&maker->fingerprint, node);
	MEM_PUSH(maker->journal->entries, maker->journal->count) =
		(struct journal_entry){
			.path = arena_strdup(strings, node->path),
			.sum = arena_strdup(strings, file->sum),
			.link = node->link ?
				arena_strdup(strings, node->link) : "",
			.type = journal_type(node->mode),
			.mode = node->mode & 07777,
			.uid = (long)node->uid,
			.gid = (long)node->gid,
			.size = node->size,
			.mtime_sec = node->mtime.tv_sec,
			.mtime_nsec = node->mtime.tv_nsec,
			.capability = hex_of(strings, &capability),
		};
	return 0;
}

int journal_make(struct tree *tree, const struct source_set *set,
		 struct journal *out, struct err *err)
{
	struct journal journal = { .strings = arena_new() };
	struct maker maker = { tree, &journal, BUF_INIT };
	int rc = source_each(tree, set, make_entry, &maker, err);

	digest_make(maker.fingerprint.data, maker.fingerprint.len,
		    &journal.fingerprint);
	buf_release(&maker.fingerprint);
	if (rc != 0) {
		journal_release(&journal);
		return -1;
	}
	sort(&journal);
	*out = journal;
	return 0;
}

static int fingerprint_entry(void *arg, const struct source_file *file,
		       struct err *err)
{
	(void)err;
	add_node(arg, file->entry);
	return 0;
}

int journal_fingerprint(struct tree *tree, const struct source_set *set,
		  struct digest *out, struct err *err)
{
	AUTO(buf_release) struct buf fingerprint = BUF_INIT;

	if (source_each(tree, set, fingerprint_entry, &fingerprint, err) != 0)
		return -1;
	digest_make(fingerprint.data, fingerprint.len, out);
	return 0;
}

/* ---- text ---- */

static void add_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\')
			buf_adds(out, "\\\\");
		else if (*text == '\t')
			buf_adds(out, "\\t");
		else if (*text == '\n')
			buf_adds(out, "\\n");
		else
			buf_addc(out, *text);
	}
}

static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\\' && text[1]) {
			text++;
			*to++ = *text == 't' ? '\t' :
				*text == 'n' ? '\n' : *text;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

static void add_line(struct buf *out, const struct journal_entry *entry)
{
	add_escaped(out, entry->sum);
	buf_addf(out, "\t%c\t%o\t%ld\t%ld\t%" PRId64 "\t%" PRId64 "\t%ld\t%s\t",
		 entry->type, entry->mode, entry->uid, entry->gid,
		 entry->size, entry->mtime_sec, entry->mtime_nsec,
		 entry->capability);
	add_escaped(out, entry->link);
	buf_addc(out, '\t');
	add_escaped(out, entry->path);
	buf_addc(out, '\n');
}

#define FIELDS 11

/* Splits at tabs, in place; the number of fields. */
static size_t split(char *line, char *fields[FIELDS])
{
	size_t count = 0;

	for (char *at = line; at && count < FIELDS; count++) {
		fields[count] = at;
		at = strchr(at, '\t');
		if (at)
			*at++ = '\0';
		else
			return count + 1;
	}
	return FIELDS + 1;
}

/* The fields stay in the line. */
static bool parse_line(char *line, struct journal_entry *out)
{
	char *fields[FIELDS];

	if (split(line, fields) != FIELDS || strlen(fields[1]) != 1)
		return false;
	unescape(fields[0]);
	unescape(fields[9]);
	unescape(fields[10]);
	*out = (struct journal_entry){
		.sum = fields[0], .type = fields[1][0],
		.mode = (unsigned)strtoul(fields[2], NULL, 8) & 07777,
		.uid = strtol(fields[3], NULL, 10),
		.gid = strtol(fields[4], NULL, 10),
		.size = strtoll(fields[5], NULL, 10),
		.mtime_sec = strtoll(fields[6], NULL, 10),
		.mtime_nsec = strtol(fields[7], NULL, 10),
		.capability = fields[8], .link = fields[9],
		.path = fields[10] };
	return true;
}

/* The lines behind the first, or NULL: it is no journal's. Sets
 * *fingerprint where there is one. */
static const char *first_line(const char *text, struct digest *fingerprint)
{
	size_t len = strlen(FORMAT);
	char hex[65] = "";

	if (strncmp(text, FORMAT_1, strlen(FORMAT_1)) == 0)
		return text + strlen(FORMAT_1);
	if (strncmp(text, FORMAT, len))
		return NULL;
	text += len;
	if (strcspn(text, "\n") != sizeof(hex) - 1)
		return NULL;
	memcpy(hex, text, sizeof(hex) - 1);
	return digest_parse_hex(hex, fingerprint) ? text + sizeof(hex) : NULL;
}

/* text goes to pieces and belongs to the journal. */
static int parse(char *text, struct journal *out, struct err *err)
{
	const char *lines = first_line(text, &out->fingerprint);

	if (!lines)
		return err_set(err, ERR_CORRUPT, "not a journal");
	for (char *line = text + (lines - text); *line;) {
		char *end = strchr(line, '\n');
		struct journal_entry entry;

		if (!end)
			return err_set(err, ERR_CORRUPT, "cut off");
		*end = '\0';
		if (!parse_line(line, &entry))
			return err_set(err, ERR_CORRUPT, "damaged line");
		MEM_PUSH(out->entries, out->count) = entry;
		line = end + 1;
	}
	sort(out);
	return 0;
}

/* ---- files ---- */

static int pack(const struct buf *text, struct buf *out, struct err *err)
{
	AUTO_FD int fd = memfd_create("journal", MFD_CLOEXEC);
	AUTO(gzip_writer_free) struct gzip_writer *gzip = NULL;

	if (fd < 0)
		return err_sys(err, errno, "cannot pack a journal");
	gzip = gzip_writer_new(fd);
	if (gzip_writer_add(gzip, text->data, text->len, err) < 0 ||
	    gzip_writer_end(gzip, err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot pack a journal");
	return fs_read_fd(fd, JOURNAL_MAX, out, err);
}

int journal_write(int dir, const struct digest *image,
		  const struct journal *journal, struct err *err)
{
	AUTO_FREE char *name = mem_printf("journal/%s", DIGEST_HEX(image));
	AUTO(buf_release) struct buf text = BUF_INIT;

	AUTO(buf_release) struct buf packed = BUF_INIT;

	if (digest_is_set(&journal->fingerprint))
		buf_addf(&text, FORMAT "%s\n",
			 DIGEST_HEX(&journal->fingerprint));
	else
		buf_adds(&text, FORMAT_1);
	for (size_t i = 0; i < journal->count; i++)
		add_line(&text, &journal->entries[i]);
	if (pack(&text, &packed, err) < 0 ||
	    fs_mkdir_p(dir, "journal", 0700, err) < 0)
		return -1;
	return fs_write_atomic(dir, name, packed.data, packed.len, 0600,
			       false, err);
}

static int read_all(int fd, struct buf *out, struct err *err)
{
	AUTO(archive_source_free) struct archive_source *source =
		archive_source_fd(fd, err);
	char bytes[65536];
	ssize_t n;

	if (!source)
		return -1;
	while ((n = archive_source_read(source, bytes, sizeof(bytes),
					err)) > 0) {
		if (out->len + (size_t)n > JOURNAL_MAX)
			return err_set(err, ERR_CORRUPT, "too long");
		buf_add(out, bytes, (size_t)n);
	}
	return n < 0 ? -1 : 0;
}

/* A descriptor on it; -1 with err->kind ERR_NONE: there is none. */
static int open_journal(int dir, const char *name, struct err *err)
{
	int fd = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC |
							   O_NOFOLLOW);

	if (dir >= 0 && fd < 0 && errno != ENOENT)
		err_sys(err, errno, "cannot open '%s'", name);
	return fd;
}

int journal_read_fingerprint(int dir, const struct digest *image,
		       struct digest *out, struct err *err)
{
	AUTO_FREE char *name = mem_printf("journal/%s", DIGEST_HEX(image));
	AUTO_FD int fd = open_journal(dir, name, err);
	AUTO(archive_source_free) struct archive_source *source = NULL;
	char text[sizeof(FORMAT) + 65] = "";
	size_t len = 0;
	ssize_t n = 1;

	*out = (struct digest){ "" };
	if (fd < 0)
		return err->kind == ERR_NONE ? 0 : -1;
	source = archive_source_fd(fd, err);
	while (source && n > 0 && len < sizeof(text) - 1) {
		n = archive_source_read(source, text + len,
					sizeof(text) - 1 - len, err);
		len += n > 0 ? (size_t)n : 0;
	}
	if (!source || n < 0)
		return err_wrap(err, "journal '%s'", name);
	return first_line(text, out) && digest_is_set(out);
}

int journal_read(int dir, const struct digest *image, struct journal *out,
		 struct err *err)
{
	AUTO_FREE char *name = mem_printf("journal/%s", DIGEST_HEX(image));
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO(journal_release) struct journal journal = { 0 };
	AUTO_FD int fd = open_journal(dir, name, err);

	if (fd < 0)
		return err->kind == ERR_NONE ? 0 : -1;
	if (read_all(fd, &text, err) < 0)
		return err_wrap(err, "journal '%s'", name);
	buf_adds(&text, "");
	if (strlen(text.data) != text.len)
		return err_set(err, ERR_CORRUPT, "journal '%s': NUL byte",
			       name);
	journal.strings = arena_new();
	if (parse(arena_strndup(journal.strings, text.data, text.len),
		  &journal, err) < 0)
		return err_wrap(err, "journal '%s'", name);
	*out = journal;
	journal = (struct journal){ 0 };
	return 1;
}
