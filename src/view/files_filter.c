/* Knows the words that pick files, and which files they pick. */
#include "view/files_filter.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "view/files.h"

void files_filter_init(struct files_filter *filter)
{
	*filter = (struct files_filter){ .max_size = UINT64_MAX,
					 .owner = -1 };
}

void files_filter_release(struct files_filter *filter)
{
	strv_release(&filter->names);
}

bool files_filter_is_empty(const struct files_filter *filter)
{
	return !filter->kinds && !filter->types && !filter->min_size &&
	       filter->max_size == UINT64_MAX && filter->owner < 0 &&
	       !filter->names.count;
}

/* ---- words ---- */

static int parse_size(const char *text, uint64_t *out, struct err *err)
{
	static const char units[] = "bkmgt";
	char *end;
	double number = strtod(text, &end);
	const char *unit = *end ? strchr(units, tolower((unsigned char)*end))
				: units;

	if (end == text || !(number >= 0) || !unit ||
	    (*end && end[1] && strcasecmp(end + 1, "b") != 0))
		return err_set(err, ERR_INPUT, "'%s' is no size", text);
	for (; unit > units; unit--)
		number *= 1000;
	*out = number >= 9e18 ? UINT64_MAX : (uint64_t)number;
	return 0;
}

static int parse_compare(struct files_filter *out, const char *text,
			 struct err *err)
{
	bool less = *text == '<', equal = text[1] == '=';
	uint64_t size = 0;

	if (parse_size(text + 1 + equal, &size, err) < 0)
		return -1;
	if (less)
		out->max_size = equal || !size ? size : size - 1;
	else
		out->min_size = size + !equal;
	return 0;
}

/* Each of the comma list must be one of what word gives; their bits. */
static int parse_list(const char *text, const char *(*word)(unsigned n),
		      unsigned *bits, const char *what, struct err *err)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		unsigned n = 0;

		while (word(n) && (strlen(word(n)) != len ||
				   strncasecmp(word(n), text, len) != 0))
			n++;
		if (!word(n))
			return err_set(err, ERR_INPUT, "'%.*s' is no %s",
				       (int)len, text, what);
		*bits |= 1u << n;
		text += len + (text[len] == ',');
	}
	return 0;
}

static const char *kind_word(unsigned n)
{
	return n < FILE_GONE ? file_state_word((enum file_state)n) : NULL;
}

static const struct {
	const char *word;
	mode_t type;
} types[] = {
	{ "file", S_IFREG }, { "dir", S_IFDIR }, { "link", S_IFLNK },
	{ "device", S_IFCHR }, { "block", S_IFBLK }, { "fifo", S_IFIFO },
	{ "socket", S_IFSOCK },
};

static const char *type_word(unsigned n)
{
	return n < sizeof(types) / sizeof(*types) ? types[n].word : NULL;
}

static int parse_types(struct files_filter *out, const char *text,
		       struct err *err)
{
	unsigned bits = 0;

	if (parse_list(text, type_word, &bits, "type: file, dir, link, "
		       "device, block, fifo or socket", err) < 0)
		return -1;
	for (unsigned n = 0; type_word(n); n++)
		if (bits & 1u << n)
			out->types |= 1u << (types[n].type >> 12);
	return 0;
}

static int parse_word(struct files_filter *out, const char *word,
		      struct err *err)
{
	const char *value = strchr(word, ':');
	char *end;

	if (strncmp(word, "size<", 5) == 0 || strncmp(word, "size>", 5) == 0)
		return parse_compare(out, word + 4, err);
	value = value ? value + 1 : word;
	if (strcmp(word, "kind:differs") == 0) {
		out->kinds |= FILES_DIFFERS;
		return 0;
	}
	if (strncmp(word, "kind:", 5) == 0)
		return parse_list(value, kind_word, &out->kinds, "kind: added,"
				  " changed, removed or same", err);
	if (strncmp(word, "type:", 5) == 0)
		return parse_types(out, value, err);
	if (strncmp(word, "owner:", 6) == 0) {
		out->owner = strtol(value, &end, 10);
		if (*end || end == value || out->owner < 0)
			return err_set(err, ERR_INPUT, "'%s' is no user ID",
				       value);
		return 0;
	}
	if (strncmp(word, "path:", 5) != 0)
		value = word; /* a file's name may well hold a colon */
	if (*value)
		strv_add(&out->names, value);
	return 0;
}

int files_filter_parse(const char *text, struct files_filter *out,
		       struct err *err)
{
	AUTO(files_filter_release) struct files_filter filter;

	files_filter_init(&filter);
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");
		AUTO_FREE char *word = mem_strndup(text, len);

		if (parse_word(&filter, word, err) < 0)
			return -1;
		text += len;
	}
	files_filter_release(out);
	*out = filter;
	filter.names = (struct strv){ 0 };
	return 0;
}

/* ---- files ---- */

struct sieve {
	const struct files_filter *filter;
	const struct files *files;
	int only_layer;
	bool *keep;
	struct buf path;   /* "/usr/lib", only where names are asked for */
	size_t matches;
};

static bool facts_match(const struct sieve *sieve, uint32_t at)
{
	const struct files_filter *filter = sieve->filter;
	const struct file *file = &sieve->files->items[at];
	uint64_t total = sieve->files->totals[at];
	bool rewritten = sieve->only_layer >= 0 && !S_ISDIR(file->mode) &&
			 file->layer == sieve->only_layer;

	if (sieve->only_layer >= 0 && file->state == FILE_SAME && !rewritten)
		return false;
	if (filter->kinds && !(filter->kinds & FILES_KIND(file->state)))
		return false;
	if (filter->types && !(filter->types & 1u << (file->mode >> 12)))
		return false;
	if (filter->owner >= 0 && file->uid != filter->owner)
		return false;
	return total >= filter->min_size && total <= filter->max_size;
}

static bool name_matches(const struct sieve *sieve, const char *want)
{
	const char *path = sieve->path.data;

	if (!strpbrk(want, "*?["))
		return strcasestr(path, want) != NULL;
	if (*want == '/')
		return fnmatch(want, path, FNM_CASEFOLD) == 0;
	/* Patterns begin wherever a name does. */
	for (; path; path = strchr(path, '/'))
		if (fnmatch(want, ++path, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

static bool names_match(const struct sieve *sieve)
{
	const struct strv *names = &sieve->filter->names;

	for (size_t i = 0; i < names->count; i++)
		if (!name_matches(sieve, names->items[i]))
			return false;
	return true;
}

static bool sift(struct sieve *sieve, uint32_t dir)
{
	const struct files *files = sieve->files;
	size_t len = sieve->path.len;
	bool named = sieve->filter->names.count > 0, any = false;

	for (uint32_t i = files->items[dir].child; i != FILE_NONE;
	     i = files->items[i].next) {
		if (files->items[i].state == FILE_GONE)
			continue;
		if (named) {
			buf_addc(&sieve->path, '/');
			buf_adds(&sieve->path, files_name(files, i));
		}
		sieve->keep[i] = facts_match(sieve, i) &&
				 (!named || names_match(sieve));
		sieve->matches += sieve->keep[i];
		if (files->items[i].child != FILE_NONE && sift(sieve, i))
			sieve->keep[i] = true;
		any = any || sieve->keep[i];
		if (named) {
			sieve->path.len = len;
			sieve->path.data[len] = '\0';
		}
	}
	return any;
}

size_t files_filter_apply(const struct files_filter *filter,
			  const struct files *files, int only_layer,
			  bool *keep)
{
	struct sieve sieve = { filter, files, only_layer, keep, BUF_INIT, 0 };

	keep[0] = sift(&sieve, 0);
	buf_release(&sieve.path);
	return sieve.matches;
}
