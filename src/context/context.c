/* Knows how a directory becomes the tree that the builder would get. */
#include "context/context.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "context/entry.h"
#include "spec/gofmt.h"
#include "spec/tarsum.h"

#define BLOCK 512

/* ---- the operations ---- */

static const struct node *child_of(const struct node *dir, const char *name,
				   size_t len)
{
	size_t low = 0, high = dir->child_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *other = dir->children[mid]->name;
		int order = strncmp(other, name, len);

		if (order == 0 && other[len] == '\0')
			return dir->children[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static int find(struct tree *tree, const char *path, const struct node **out,
		struct err *err)
{
	struct context *context = context_of(tree);
	const struct node *node = &context->root->node;

	(void)err;
	if (context->index)
		return tar_index_find(context, path, out);
	for (size_t i = 0; i < context->hidden_count; i++)
		if (strcmp(context->hidden[i]->node.path, path) == 0) {
			*out = &context->hidden[i]->node;
			return 1;
		}
	while (*path && node) {
		size_t len = strcspn(path, "/");

		node = child_of(node, path, len);
		path += len + (path[len] == '/');
	}
	if (!node)
		return 0;
	*out = node;
	return 1;
}

static int list(struct tree *tree, const struct node *dir,
		const struct node *const **out, size_t *count, struct err *err)
{
	(void)tree;
	(void)err;
	*out = dir->children;
	*count = dir->child_count;
	return 0;
}

static int open_text(const char *text, struct err *err)
{
	AUTO_FD int fd = memfd_create("context", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno, "cannot keep a file in memory");
	if (fs_write_all(fd, text, strlen(text), err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot read a file in memory");
	return STEAL_FD(fd);
}

static bool is_as_walked(const struct node *node, const struct stat *st)
{
	return st->st_dev == node->dev && st->st_ino == node->ino &&
	       st->st_size == node->size &&
	       st->st_mtim.tv_sec == node->mtime.tv_sec &&
	       st->st_mtim.tv_nsec == node->mtime.tv_nsec &&
	       st->st_ctim.tv_sec == node->ctime.tv_sec &&
	       st->st_ctim.tv_nsec == node->ctime.tv_nsec;
}

static int open_content(struct tree *tree, const struct node *file,
			struct err *err)
{
	struct context *context = context_of(tree);
	struct entry *entry = entry_of(file);
	AUTO_FD int fd = -1;
	struct stat st;

	if (entry->content)
		return open_text(entry->content, err);
	if (context->root_fd < 0)
		return tar_open(context, entry, err);
	fd = fs_open_in_root(context->root_fd, file->path,
			     O_RDONLY | O_NOFOLLOW | O_NONBLOCK, err);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot open '%s'", file->path);
	if (!is_as_walked(file, &st))
		entry->unstable = true;
	return STEAL_FD(fd);
}

static int capability(struct tree *tree, const struct node *node,
		      struct buf *out, struct err *err)
{
	return entry_capability(context_of(tree), entry_of(node), out, err);
}

static int sum_header(struct tree *tree, const struct node *node,
		      struct buf *out, struct err *err)
{
	AUTO(buf_release) struct buf name = BUF_INIT;
	struct tar_entry header;
	int has;

	/* In a tar context all sums are known from the start. */
	if (context_of(tree)->root_fd < 0)
		return 0;
	has = entry_header(context_of(tree), entry_of(node), &header, &name,
			   err);
	if (has <= 0)
		return has;
	tarsum_header(&header, out);
	entry_header_release(&header);
	return 1;
}

static void learn_sum(struct tree *tree, const struct node *node,
		      const struct digest *sum)
{
	struct entry *entry = entry_of(node);

	entry->node.sum = *sum;
	if (!entry->unstable && !entry->content)
		context_of(tree)->cache_dirty = true;
}

static int known_sum(struct tree *tree, const struct node *node,
		     struct digest *out)
{
	AUTO(buf_release) struct buf header = BUF_INIT;
	struct entry *entry = entry_of(node);
	struct err err = ERR_INIT;

	if (!digest_is_set(&node->sum)) {
		/* Without content the header says it all. */
		if (entry_has_content(entry) ||
		    sum_header(tree, node, &header, &err) != 1)
			return 0;
		digest_make(header.data, header.len, &entry->node.sum);
	}
	*out = node->sum;
	return 1;
}

static void free_context(struct tree *tree)
{
	struct context *context = context_of(tree);

	if (context->root_fd >= 0)
		close(context->root_fd);
	if (context->spool_fd >= 0)
		close(context->spool_fd);
	ignore_free(context->ignore);
	ignore_free(context->applied);
	tar_index_free(context->index);
	free(context->entries);
	free(context->left);
	free(context->root_path);
	free(context->cache_dir);
	for (size_t i = 0; i < context->arena_count; i++)
		arena_free(context->arenas[i]);
	free(context->arenas);
	arena_free(context->arena);
	free(context);
}

static const struct tree_ops context_ops = {
	.find = find,
	.list = list,
	.open = open_content,
	.capability = capability,
	.sum_header = sum_header,
	.known_sum = known_sum,
	.learn_sum = learn_sum,
	.free = free_context,
};

void context_set_names(struct context *context,
		       const struct context_options *options)
{
	if (options->dockerfile)
		context->dockerfile = arena_strdup(context->arena,
						   options->dockerfile);
	if (options->extra_ignore)
		context->extra = arena_strdup(context->arena,
					      options->extra_ignore);
}

struct context *context_new(void)
{
	struct context *context = mem_alloc(sizeof(*context));

	context->tree.ops = &context_ops;
	context->arena = arena_new();
	context->root_fd = context->spool_fd = -1;
	return context;
}

/* ---- opening ---- */

char *context_cache_dir(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (cache && cache[0] == '/')
		return mem_printf("%s/varve", cache);
	if (home && home[0] == '/')
		return mem_printf("%s/.cache/varve", home);
	return NULL;
}

static int open_root(struct context *context, const char *path,
		     struct err *err)
{
	AUTO(buf_release) struct buf quoted = BUF_INIT;
	AUTO_FREE char *real = realpath(path, NULL);
	struct stat st;

	if (!real || stat(real, &st) < 0) {
		gofmt_quote(&quoted, path, strlen(path));
		return err_set(err, ERR_NOT_FOUND,
			       "unable to prepare context: path %s not found",
			       quoted.data);
	}
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT,
			       "unable to prepare context: context must be a "
			       "directory: %s", real);
	context->root_fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (context->root_fd < 0)
		return err_sys(err, errno, "unable to prepare context: '%s'",
			       real);
	/* "/" must not double the slash of the paths below it. */
	context->root_path = strcmp(real, "/") == 0 ? mem_strdup("")
						    : STEAL(real);
	return 0;
}

/* Both build files are sent whatever the patterns say. */
static void keep_build_files(struct ignore *ignore, const char *dockerfile)
{
	const char *const names[] = { IGNORE_NAME, dockerfile };

	for (size_t i = 0; i < 2; i++) {
		AUTO_FREE char *keep = NULL;

		if (!names[i] || !ignore_match(ignore, names[i]).ignored)
			continue;
		keep = mem_printf("!%s", names[i]);
		ignore_append(ignore, keep);
	}
}

/* The file as it is, or what is in its place; not there leaves it all empty. */
static int read_ignore(struct context *context, const char *instead,
		       struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	int found = 1;

	if (instead)
		buf_adds(&text, instead);
	else
		found = fs_read(context->root_fd, IGNORE_NAME,
				IGNORE_FILE_MAX, &text, err);
	if (found <= 0)
		return found;
	if (context_take_ignore(context, &text, err) < 0 ||
	    ignore_parse(context->ignore_text, text.len, &context->applied,
			 err) < 0)
		return -1;
	keep_build_files(context->applied, context->dockerfile);
	return 0;
}

int context_take_ignore(struct context *context, const struct buf *text,
			struct err *err)
{
	context->ignore_text = arena_strndup(
		context->arena, text->data ? text->data : "", text->len);
	return ignore_parse(context->ignore_text, text->len, &context->ignore,
			    err);
}

/* A Dockerfile from elsewhere travels under a random name, and a line with
 * that name is added to .dockerignore (classic-builder.md 6.1). */
void context_add_ignore(struct context *context)
{
	AUTO_FREE char *longer = NULL;
	struct err err = ERR_INIT;
	const struct node *node;

	if (tree_find(&context->tree, IGNORE_NAME, &node, &err) != 1) {
		/* A new one holds its own name and the other; the daemon
		 * takes both away again. */
		context->extra_bytes = BLOCK + strlen(IGNORE_NAME "\n\n") +
				       strlen(context->extra);
		return;
	}
	longer = mem_printf("%s\n%s\n", context->ignore_text ?
					context->ignore_text : "",
			    context->extra);
	if (S_ISREG(node->mode))
		entry_set_content(context, entry_of(node), longer);
}

static void free_tree_of(struct context *context)
{
	if (context)
		tree_free(&context->tree);
}
AUTO_DEFINE(struct context, free_tree_of)

int context_open_dir(const char *path, const struct context_options *options,
		     struct tree **out, struct err *err)
{
	AUTO(free_tree_of) struct context *context = context_new();

	context->no_type_bits = options->no_type_bits;
	context->keep_ignored = options->keep_ignored;
	context->cache_dir = mem_strdup(options->cache_dir);
	context_set_names(context, options);
	if (open_root(context, path, err) < 0 ||
	    read_ignore(context, options->ignore_text, err) < 0 ||
	    context_walk(context, options->ignore_text, err) < 0)
		return -1;
	stat_cache_load(context);
	if (context->extra)
		context_add_ignore(context);
	context_hide(context);
	*out = &STEAL(context)->tree;
	return 0;
}

/* Both are in the order of the walk. */
static void lend_sums(const struct context *from, struct context *to)
{
	size_t j = 0;

	for (size_t i = 0; i < from->count && j < to->count; i++) {
		const struct entry *known = from->entries[i];
		const char *path = known->node.path;

		while (j < to->count &&
		       path_order(to->entries[j]->node.path,
				  strlen(to->entries[j]->node.path), path) < 0)
			j++;
		if (j < to->count)
			entry_lend_sum(known, to->entries[j]);
	}
}

int context_open_ignoring(struct tree *like, const char *ignore_text,
			  struct tree **out, struct err *err)
{
	const struct context *from = context_of(like);
	struct context_options options = {
		.dockerfile = from->dockerfile,
		.cache_dir = from->cache_dir,
		.no_type_bits = from->no_type_bits,
		.extra_ignore = from->extra,
		.keep_ignored = from->keep_ignored,
		.ignore_text = ignore_text,
	};
	struct tree *made;

	if (from->root_fd < 0)
		return err_set(err, ERR_UNSUPPORTED, "the context is no "
			       "directory: what its " IGNORE_NAME " keeps out "
			       "never came");
	if (context_open_dir(*from->root_path ? from->root_path : "/",
			     &options, &made, err) < 0)
		return -1;
	lend_sums(from, context_of(made));
	*out = made;
	return 0;
}

void context_save_cache(struct tree *tree)
{
	stat_cache_save(context_of(tree));
}

void context_get_stats(struct tree *tree, struct context_stats *out)
{
	struct context *context = context_of(tree);

	*out = context->stats;
	if (context->root_fd < 0)
		return;
	/* Two empty blocks end it, but not where the client rewrote it. */
	out->tar_bytes = context->extra ? context->extra_bytes : 2 * BLOCK;
	for (size_t i = 0; i < context->count; i++)
		out->tar_bytes += entry_tar_bytes(context, context->entries[i]);
}

/* The last file that the client adds is not filled up to a block. */
void context_add_dockerfile(struct tree *tree, uint64_t size)
{
	struct context *context = context_of(tree);

	if (context->extra_bytes)
		size = (size + BLOCK - 1) / BLOCK * BLOCK;
	context->extra_bytes += BLOCK + size;
}

const struct node *context_entry(struct tree *tree, size_t i)
{
	struct context *context = context_of(tree);

	return i < context->count ? &context->entries[i]->node : NULL;
}

const struct ignore *context_ignore(struct tree *tree)
{
	return context_of(tree)->ignore;
}

const char *context_ignore_text(struct tree *tree)
{
	return context_of(tree)->ignore_text;
}

int context_root_fd(struct tree *tree)
{
	return context_of(tree)->root_fd;
}
