/* Knows how ADD fetches a URL: where the bytes lie meanwhile, what the file is
 * called, and what its key is (classic-builder.md 3.6, 7.4). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "spec/tarsum.h"
#include "transport/http.h"

#define DOWNLOAD_MODE (S_IFREG | 0600)

struct download {
	struct node node; /* first: a node is cast to it */
	char *name;
	int fd;           /* a nameless file */
};

/* All files that one build fetched. */
struct downloads {
	struct tree tree; /* first */
	struct download **items;
	size_t count;
};

static void download_free(struct download *download)
{
	if (!download)
		return;
	if (download->fd >= 0)
		close(download->fd);
	free(download->name);
	free(download);
}
AUTO_DEFINE(struct download, download_free)

/* ---- as a tree: only its files are ever asked for ---- */

static int find(struct tree *tree, const char *path, const struct node **out,
		struct err *err)
{
	(void)tree, (void)path, (void)out, (void)err;
	return 0;
}

static int list(struct tree *tree, const struct node *dir,
		const struct node *const **out, size_t *count,
		struct err *err)
{
	(void)tree, (void)dir, (void)err;
	*out = NULL;
	*count = 0;
	return 0;
}

static int open_file(struct tree *tree, const struct node *file,
		     struct err *err)
{
	const struct download *download = (const struct download *)file;
	AUTO_FD int fd = fcntl(download->fd, F_DUPFD_CLOEXEC, 3);

	(void)tree;
	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot read the download '%s'",
			       download->name);
	return STEAL_FD(fd);
}

static int no_capability(struct tree *tree, const struct node *node,
			 struct buf *out, struct err *err)
{
	(void)tree, (void)node, (void)out, (void)err;
	return 0;
}

static int sum_header(struct tree *tree, const struct node *node,
		      struct buf *out, struct err *err)
{
	struct tar_entry entry = {
		.name = (char *)(uintptr_t)node->path,
		.mode = node->mode,
		.size = node->size,
		.typeflag = '0',
		.uname = (char *)(uintptr_t)layertar_user_name(0),
		.gname = (char *)(uintptr_t)layertar_group_name(0),
	};

	(void)tree, (void)err;
	tarsum_header(&entry, out);
	return 1;
}

static int known_sum(struct tree *tree, const struct node *node,
		     struct digest *out)
{
	(void)tree;
	*out = node->sum;
	return digest_is_set(&node->sum);
}

static void learn_sum(struct tree *tree, const struct node *node,
		      const struct digest *sum)
{
	(void)tree;
	((struct download *)(uintptr_t)node)->node.sum = *sum;
}

static const struct tree_ops ops = {
	.find = find,
	.list = list,
	.open = open_file,
	.capability = no_capability,
	.sum_header = sum_header,
	.known_sum = known_sum,
	.learn_sum = learn_sum,
};

static struct downloads *downloads_of(struct build *build)
{
	if (!build->downloads) {
		build->downloads = mem_alloc(sizeof(*build->downloads));
		build->downloads->tree.ops = &ops;
		build->downloads->tree.is_image = true;
	}
	return build->downloads;
}

void downloads_free(struct downloads *downloads)
{
	if (!downloads)
		return;
	for (size_t i = 0; i < downloads->count; i++)
		download_free(downloads->items[i]);
	free(downloads->items);
	free(downloads);
}

/* ---- one download ---- */

/* In the store, so that the layer can share its blocks. */
static int nameless_file(struct build *build, struct err *err)
{
	int dir = store_private_fd(build->store);
	char name[65];
	int fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	fs_random_hex(name);
	fd = openat(dir, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, errno, "cannot keep a download");
	unlinkat(dir, name, 0);
	return fd;
}

struct arrival {
	struct build *build;
	const struct step *step;
	int fd;
	int64_t bytes;
};

static int on_bytes(void *arg, const void *bytes, size_t len,
		    struct err *err)
{
	struct arrival *arrival = arg;
	struct build *build = arrival->build;
	int64_t before = build->polled_ns;

	if (fs_write_all(arrival->fd, bytes, len, err) < 0 ||
	    build_check(build, err) < 0)
		return -1;
	arrival->bytes += (int64_t)len;
	if (build->polled_ns != before)
		build_send(build, arrival->step,
			   (struct event){ .kind = EVENT_PROGRESS,
					   .bytes = arrival->bytes });
	return 0;
}

/* Docker gives the file its name on disk, which not every name can be. */
static int check_name(const char *name, struct err *err)
{
	const char *why = !strcmp(name, ".") || !strcmp(name, "..") ?
			  "file exists" :
			  strlen(name) > NAME_MAX ? "file name too long" :
			  NULL;

	return why ? err_set(err, ERR_INPUT, "open %s: %s", name, why) : 0;
}

static int name_it(struct download *download, const struct step *step,
		   const char *url, const struct http_reply *reply,
		   struct err *err)
{
	size_t len = strlen(step->dest);

	download->name = http_file_name(url, reply->content_disposition);
	if (download->name)
		return check_name(download->name, err);
	if (len && step->dest[len - 1] == '/')
		return err_set(err, ERR_INPUT,
			       "cannot determine filename for source %s", url);
	download->name = mem_strdup(HTTP_UNNAMED);
	return 0;
}

/* What Docker prints when a download has ended. */
static void say_fetched(struct build *build, const struct step *step,
			const struct http_reply *reply)
{
	const struct event line = { .kind = EVENT_NOTE, .text = "" };

	if (reply->length == 0) {
		build_send(build, step, (struct event){ .kind = EVENT_NOTE,
							.text = "Downloading" });
		build_send(build, step, line);
	}
	build_send(build, step, line);
}

static int fetch(struct build *build, const struct step *step,
		 const char *url, struct download **out, struct err *err)
{
	AUTO(download_free) struct download *download =
		mem_alloc(sizeof(*download));
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	struct arrival arrival = { .build = build, .step = step };
	struct stat st;

	download->fd = nameless_file(build, err);
	if (download->fd < 0)
		return -1;
	arrival.fd = download->fd;
	if (http_get(url, on_bytes, &arrival, &reply,
		     build->options->cancel_fd, err) < 0)
		return -1;
	say_fetched(build, step, &reply);
	if (name_it(download, step, url, &reply, err) < 0)
		return -1;
	if (fstat(download->fd, &st) < 0)
		return err_sys(err, errno, "cannot read a download");
	download->node = (struct node){
		.path = download->name,
		.name = download->name,
		.mode = DOWNLOAD_MODE,
		.size = st.st_size,
	};
	if (reply.last_modified.set)
		download->node.mtime.tv_sec = reply.last_modified.sec;

	*out = STEAL(download);
	return 0;
}

/* ---- the sources of a step ---- */

bool fetch_wanted(const struct step *step)
{
	return step->instr->kind == INSTR_ADD && step->key_open &&
	       !step->source_tree;
}

static int add_download(struct build *build, struct step *step,
			const char *url, struct err *err)
{
	struct downloads *downloads = downloads_of(build);
	struct download *download;
	struct source_item item = { .tree = &downloads->tree };

	if (fetch(build, step, url, &download, err) < 0)
		return err->kind == ERR_CANCELLED ? -1 :
		       err_wrap(err, "ADD failed");
	MEM_PUSH(downloads->items, downloads->count) = download;
	item.node = &download->node;
	item.word = mem_strdup(url);
	item.resolved = mem_strdup(download->name);
	item.name = mem_strdup(download->name);
	MEM_PUSH(step->sources.items, step->sources.count) = item;
	return 0;
}

/* Docker takes the words in turn. */
static int add_sources(struct build *build, struct step *step,
		       struct err *err)
{
	struct tree *context = build->options->plan.context;
	int rc;

	for (size_t i = 0; i < step->words.count; i++) {
		const char *word = step->words.items[i];

		if (plan_is_url(word))
			rc = add_download(build, step, word, err);
		else if (!context)
			rc = err_set(err, ERR_INPUT, "ADD failed: stat %s: "
				     "file does not exist", word);
		else
			rc = source_add(context, "ADD", word, &step->sources,
					err);
		if (rc < 0)
			return -1;
	}
	return plan_check_dest(step, step->sources.count, err);
}

int fetch_step(struct build *build, struct step *step, struct err *err)
{
	if (add_sources(build, step, err) < 0 ||
	    source_make_key(build->options->plan.context, &step->sources,
			    err) < 0)
		return -1;
	plan_close_key(build->plan, step, step->sources.key);
	return plan_decide_late(build->plan, step, err);
}
