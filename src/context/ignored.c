/* Knows how much lies in what the client does not send. */
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "context/entry.h"

static int by_walk(const void *a, const void *b)
{
	const struct context_ignored *x = a, *y = b;

	return path_order(x->path, strlen(x->path), y->path);
}

static void add(struct context_ignored *item, const FTSENT *found)
{
	const struct stat *st = found->fts_statp;

	/* A directory comes twice and counts for what is in it. */
	if (found->fts_info == FTS_DP || found->fts_info == FTS_ERR ||
	    found->fts_info == FTS_NS)
		return;
	if (found->fts_level == FTS_ROOTLEVEL)
		item->mode = st->st_mode;
	if (S_ISDIR(st->st_mode))
		return;
	item->files++;
	if (S_ISREG(st->st_mode))
		item->bytes += (uint64_t)st->st_size;
}

static void measure(const struct context *context,
		    struct context_ignored *item)
{
	AUTO_FREE char *path = mem_printf("%s/%s", context->root_path,
					  item->path);
	char *const paths[] = { path, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *found;

	if (!walk)
		return;
	while ((found = fts_read(walk)))
		add(item, found);
	fts_close(walk);
}

const struct context_ignored *context_ignored(struct tree *tree, size_t *count)
{
	struct context *context = context_of(tree);

	if (!context->measured && context->left_count) {
		qsort(context->left, context->left_count,
		      sizeof(*context->left), by_walk);
		for (size_t i = 0; i < context->left_count; i++)
			measure(context, &context->left[i]);
	}
	context->measured = true;
	*count = context->left_count;
	return context->left;
}
