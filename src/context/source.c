/* Knows how COPY and ADD get from words to files. */
#include "context/source.h"

#include <string.h>
#include <uthash.h>

#include "base/utf8.h"
#include "base/fs.h"
#include "context/glob.h"
#include "context/source_walk.h"

void source_set_release(struct source_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->items[i].word);
		free(set->items[i].resolved);
		free(set->items[i].name);
		free(set->items[i].key);
	}
	free(set->items);
	free(set->key);
	*set = (struct source_set){ 0 };
}

/* One "/" and then one "./" go. */
static const char *normalised(const char *word)
{
	word += *word == '/';
	return strncmp(word, "./", 2) == 0 ? word + 2 : word;
}

static int forbidden(const char *verb, const char *word, struct err *err)
{
	return err_set(err, ERR_INPUT,
		       "%s failed: forbidden path outside the build context: "
		       "%s ()", verb, word);
}

static int not_found(const struct tree *tree, const char *verb,
		     const char *word, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
		       "%s failed: %sstat %s: file does not exist", verb,
		       tree->is_image ? ""
				      : "file not found in build context or "
					"excluded by .dockerignore: ",
		       word);
}

/* filepath.Base: the last part, of the word as it was written. */
static char *last_part(const char *word)
{
	size_t len = strlen(word), start;

	while (len > 1 && word[len - 1] == '/')
		len--;
	for (start = len; start > 0 && word[start - 1] != '/'; start--)
		;
	if (start == len)
		return mem_strdup(len ? "/" : ".");
	return mem_strndup(word + start, len - start);
}

struct finder {
	struct tree *tree;
	const char *verb;
	struct source_set *set;
	const char *pattern; /* while wildcards are looked up */
};

static int add_item(struct finder *finder, const char *word, struct err *err)
{
	AUTO_FREE char *resolved = NULL;
	const struct node *node = NULL;
	struct source_item item = { 0 };
	int found = source_resolve(finder->tree, word, &resolved, &node, err);

	/* No system call takes the path, and Docker takes that for this. */
	if (found == SOURCE_OUTSIDE || utf8_has_nul(word))
		return forbidden(finder->verb, word, err);
	if (found < 0)
		return err_wrap(err, "%s failed", finder->verb);
	if (found == 0 || node->hidden)
		return not_found(finder->tree, finder->verb, word, err);
	item.word = mem_strdup(word);
	item.node = node;
	item.resolved = STEAL(resolved);
	item.name = last_part(word);
	item.is_dir = S_ISDIR(node->mode);
	item.from_wildcard = finder->pattern != NULL;
	MEM_PUSH(finder->set->items, finder->set->count) = item;
	return 0;
}

/* How far the pattern is plain text, up to its last slash before a special
 * character: what does not begin with it cannot match. */
static size_t plain_part(const char *pattern)
{
	size_t len = strcspn(pattern, "*?[\\");

	while (len > 0 && pattern[len - 1] != '/')
		len--;
	return len;
}

/* Whether something below dir can match. A bracket may match a slash, so with
 * one the number of slashes says nothing. */
static bool may_match_below(const char *pattern, const char *dir)
{
	size_t plain = plain_part(pattern), len = strlen(dir);
	size_t depth = 1, limit = 0;

	if (len == 0)
		return true;
	if (strncmp(pattern, dir, len < plain ? len : plain) != 0 ||
	    (len < plain && pattern[len] != '/'))
		return false;
	for (const char *at = dir; *at; at++)
		depth += *at == '/';
	for (const char *at = pattern; *at; at++)
		limit += *at == '/';
	return strchr(pattern, '[') || depth <= limit;
}

static int add_matches(struct finder *finder, const struct node *dir,
		       struct err *err)
{
	const struct node *const *children;
	size_t count;

	if (!may_match_below(finder->pattern, dir->path))
		return 0;
	if (source_list(finder->tree, dir, &children, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (glob_match(finder->pattern, children[i]->path) &&
		    add_item(finder, children[i]->path, err) < 0)
			return -1;
		if (S_ISDIR(children[i]->mode) &&
		    add_matches(finder, children[i], err) < 0)
			return -1;
	}
	return 0;
}

static int add_word(struct finder *finder, const char *word, struct err *err)
{
	const struct node *root;
	int rc;

	word = normalised(word);
	finder->pattern = NULL;
	if (!glob_has_wildcard(word))
		return add_item(finder, word, err);
	if (tree_find(finder->tree, "", &root, err) <= 0)
		return -1;
	finder->pattern = word;
	rc = add_matches(finder, root, err);
	finder->pattern = NULL;
	return rc;
}

int source_add(struct tree *tree, const char *verb, const char *word,
	       struct source_set *set, struct err *err)
{
	struct finder finder = { tree, verb, set, NULL };

	return add_word(&finder, word, err);
}

int source_find(struct tree *tree, const char *verb, const struct strv *words,
		struct source_set *out, struct err *err)
{
	AUTO(source_set_release) struct source_set set = { 0 };

	for (size_t i = 0; i < words->count; i++)
		if (source_add(tree, verb, words->items[i], &set, err) < 0)
			return -1;
	if (set.count == 0)
		return err_set(err, ERR_NOT_FOUND,
			       "%s failed: no source files were specified",
			       verb);
	*out = set;
	set = (struct source_set){ 0 };
	return 0;
}

/* ---- keys ---- */

static char *key_of(const char *prefix, const struct buf *text)
{
	struct digest sum;

	digest_make(text->data, text->len, &sum);
	return mem_printf("%s:%s", prefix, DIGEST_HEX(&sum));
}

static void join(struct buf *out, const char *text)
{
	if (out->len)
		buf_addc(out, ',');
	buf_adds(out, text);
}

/* The sums of a directory, one behind the other: it may hold many. */
struct sums {
	struct buf text;
	size_t *places; /* in text */
	size_t count;
};

static void sums_release(struct sums *sums)
{
	buf_release(&sums->text);
	free(sums->places);
}
AUTO_DEFINE_IN_PLACE(struct sums, sums_release)

static int collect(void *arg, const struct source_file *file, struct err *err)
{
	struct sums *sums = arg;

	(void)err;
	MEM_PUSH(sums->places, sums->count) = sums->text.len;
	buf_add(&sums->text, file->sum, strlen(file->sum) + 1);
	return 0;
}

static int by_sum(const void *a, const void *b, void *arg)
{
	const char *text = arg;

	return strcmp(text + *(const size_t *)a, text + *(const size_t *)b);
}

static int make_item_key(struct tree *tree, struct source_item *item,
			 struct err *err)
{
	AUTO(sums_release) struct sums sums = { 0 };
	AUTO(buf_release) struct buf joined = BUF_INIT;
	char *key;

	if (source_walk(tree, item, collect, &sums, err) != 0)
		return -1;
	if (item->is_dir) {
		if (sums.count > 1)
			qsort_r(sums.places, sums.count, sizeof(*sums.places),
				by_sum, sums.text.data);
		buf_reserve(&joined, sums.text.len);
		for (size_t i = 0; i < sums.count; i++)
			join(&joined, sums.text.data + sums.places[i]);
		key = key_of("dir", &joined);
	} else if (sums.count > 0) {
		key = mem_printf("file:%s", sums.text.data);
	} else {
		return err_set(err, ERR_INPUT,
			       "archive/tar: sockets not supported");
	}
	free(item->key);
	item->key = key;
	return 0;
}

/* classic-builder.md 3.6: no prefix. */
static int make_download_key(struct source_item *item, struct err *err)
{
	struct digest sum;

	if (tree_sum(item->tree, item->node, &sum, err) < 0)
		return -1;
	free(item->key);
	item->key = mem_strdup(DIGEST_HEX(&sum));
	return 0;
}

int source_make_key(struct tree *tree, struct source_set *set,
		    struct err *err)
{
	AUTO(buf_release) struct buf joined = BUF_INIT;

	for (size_t i = 0; i < set->count; i++) {
		struct source_item *item = &set->items[i];

		if ((item->tree ? make_download_key(item, err) :
				  make_item_key(tree, item, err)) < 0)
			return -1;
		join(&joined, item->key);
	}
	free(set->key);
	set->key = set->count == 1 ? mem_strdup(set->items[0].key)
				   : key_of("multi", &joined);
	return 0;
}

int source_known(struct tree *tree, const struct source_set *set,
		 struct err *err)
{
	for (size_t i = 0; i < set->count; i++) {
		int known = source_item_known(tree, &set->items[i], err);

		if (known <= 0)
			return known;
	}
	return 1;
}

int source_each(struct tree *tree, const struct source_set *set,
		source_visit *visit, void *arg, struct err *err)
{
	for (size_t i = 0; i < set->count; i++) {
		int rc = source_walk(tree, &set->items[i], visit, arg, err);

		if (rc != 0)
			return rc;
	}
	return 0;
}

/* An inode with several names, by the first of all in the tree. */
struct inode {
	const struct node *first;
	UT_hash_handle hh;
};

/* Each item is copied for itself: links between two are none. */
struct summing {
	struct tree *tree;
	const struct node *top;
	struct inode *counted;
};

static void release_summing(struct summing *summing)
{
	struct inode *inode, *next;

	HASH_ITER(hh, summing->counted, inode, next) {
		HASH_DEL(summing->counted, inode);
		free(inode);
	}
}
AUTO_DEFINE_IN_PLACE(struct summing, release_summing)

static bool is_taken(const struct summing *summing, const struct node *node)
{
	while (node && node != summing->top)
		node = node->parent;
	return node != NULL;
}

/* Another name of a file: whether no other that is taken counts for it. */
static bool counts(struct summing *summing, const struct node *first)
{
	struct inode *inode;

	if (is_taken(summing, first))
		return false;
	HASH_FIND_PTR(summing->counted, &first, inode);
	if (inode)
		return false;
	inode = mem_alloc(sizeof(*inode));
	inode->first = first;
	HASH_ADD_PTR(summing->counted, first, inode);
	return true;
}

static int64_t bytes_below(struct summing *summing, const struct node *node,
			   struct err *err)
{
	const struct node *const *children;
	int64_t sum = 0;
	size_t count;

	if (S_ISLNK(node->mode))
		return (int64_t)strlen(node->link);
	if (!S_ISDIR(node->mode))
		return S_ISREG(node->mode) &&
		       (!node->hardlink || counts(summing, node->hardlink)) ?
			       node->size : 0;
	if (source_list(summing->tree, node, &children, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		int64_t below = bytes_below(summing, children[i], err);

		if (below < 0)
			return -1;
		sum += below;
	}
	return sum;
}

int64_t source_bytes(struct tree *tree, const struct source_set *set,
		     struct err *err)
{
	int64_t sum = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct source_item *item = &set->items[i];
		AUTO(release_summing) struct summing summing = {
			tree, item->node, NULL };
		int64_t bytes = item->tree ? 0 :
				bytes_below(&summing, item->node, err);

		if (bytes < 0)
			return -1;
		/* Named itself, a second name is copied whole. */
		if (S_ISREG(item->node->mode))
			bytes = item->node->size;
		sum += bytes;
	}
	return sum;
}
