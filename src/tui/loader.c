/* Knows where packs lie, who writes them and which are kept. */
#include "tui/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "context/context.h"
#include "tui/app.h"

#define KEEP_MOST 6     /* packs */

void loader_init(struct loader *loader)
{
	*loader = (struct loader){ 0 };
	worker_init(&loader->worker);
}

static void drop(struct loader *loader)
{
	files_free(loader->old);
	files_free(loader->now);
	waste_free(loader->waste);
	loader->old = loader->now = NULL;
	loader->waste = NULL;
}

void loader_release(struct loader *loader)
{
	loader_cancel(loader);
	drop(loader);
}

/* The names are of no use when all is there, or nothing will come. */
static void drop_names(const char *path)
{
	AUTO_FREE char *names = path ? pack_names_path(path) : NULL;

	if (names)
		unlink(names);
}

void loader_cancel(struct loader *loader)
{
	worker_release(&loader->worker);
	drop_names(loader->path);
	free(loader->path);
	loader->path = NULL;
	loader->named = false;
}

bool loader_runs(const struct loader *loader)
{
	return loader->path != NULL;
}

/* Where they lie, made if it is not there; owned. */
static char *pack_dir(struct err *err)
{
	AUTO_FREE char *cache = context_cache_dir();
	AUTO_FREE char *dir = NULL;

	if (!cache) {
		err_set(err, ERR_FAILED, "no place for files that were read: "
			"neither HOME nor XDG_CACHE_HOME is set");
		return NULL;
	}
	dir = mem_printf("%s/files", cache);
	if (fs_mkdir_p(AT_FDCWD, dir, 0700, err) < 0)
		return NULL;
	return STEAL(dir);
}

struct oldest {
	size_t count;
	struct timespec time;
	char *name;
};

static int visit_pack(void *arg, int dir, const char *name, struct err *err)
{
	struct oldest *oldest = arg;
	struct stat st;

	(void)err;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	oldest->count++;
	if (oldest->name && (st.st_mtim.tv_sec > oldest->time.tv_sec ||
			     (st.st_mtim.tv_sec == oldest->time.tv_sec &&
			      st.st_mtim.tv_nsec >= oldest->time.tv_nsec)))
		return 0;
	free(oldest->name);
	oldest->name = mem_strdup(name);
	oldest->time = st.st_mtim;
	return 0;
}

static void drop_oldest(const char *path)
{
	AUTO_FREE char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') -
							 path));
	struct err err = ERR_INIT;

	for (size_t turn = 0; turn < KEEP_MOST; turn++) {
		struct oldest oldest = { 0 };
		AUTO_FREE char *victim = NULL;

		fs_each(AT_FDCWD, dir, visit_pack, &oldest, &err);
		victim = mem_printf("%s/%s", dir,
				    oldest.name ? oldest.name : "");
		free(oldest.name);
		if (oldest.count <= KEEP_MOST || unlink(victim) < 0)
			return;
	}
}

static int take(struct loader *loader, const char *path, struct err *err)
{
	struct files *old, *now;
	struct waste *waste;
	int found = pack_read(path, &old, &now, &waste, err);

	if (found <= 0)
		return found;
	drop(loader);
	loader->old = old;
	loader->now = now;
	loader->waste = waste;
	if (now->names_only || now->count < PACK_BIG)
		unlink(path);
	else
		drop_oldest(path);
	return 1;
}

int loader_start(struct loader *loader, const struct strv *args,
		 const char *name, struct err *err)
{
	AUTO_FREE char *dir = pack_dir(err), *path = NULL;
	AUTO(strv_release) struct strv all = { 0 };
	int found;

	loader_cancel(loader);
	if (!dir)
		return -1;
	path = mem_printf("%s/%s", dir, name);
	found = take(loader, path, err);
	if (found != 0)
		return found;
	for (size_t i = 0; i < args->count; i++) {
		strv_add(&all, args->items[i]);
		if (i == 0)
			strv_take(&all, mem_printf("--pack=%s", path));
	}
	if (worker_start(&loader->worker, &all, err) < 0)
		return -1;
	loader->path = STEAL(path);
	loader->since = app_now();
	return 0;
}

/* Once, when the worker has said that they are there. */
static int take_names(struct loader *loader, struct err *err)
{
	AUTO_FREE char *path = NULL;

	if (loader->named || !loader->worker.out.len)
		return 0;
	loader->named = true;
	path = pack_names_path(loader->path);
	return take(loader, path, err);
}

int loader_poll(struct loader *loader, struct err *err)
{
	AUTO_FREE char *path = NULL;
	const char *said;
	int found;

	if (!worker_runs(&loader->worker))
		return 0;
	if (!worker_poll(&loader->worker))
		return take_names(loader, err);
	path = STEAL(loader->path);
	said = loader->worker.err.data ? loader->worker.err.data : "";
	if (strncmp(said, "varve: ", 7) == 0)
		said += 7;
	if (WIFEXITED(loader->worker.status) &&
	    WEXITSTATUS(loader->worker.status) == 0) {
		found = take(loader, path, err);
		if (found == 0)
			found = err_set(err, ERR_FAILED,
					"the files could not be read");
	} else {
		found = err_set(err, ERR_FAILED, "%.*s",
				(int)strcspn(said, "\n"),
				*said ? said : "the reader was stopped");
	}
	worker_release(&loader->worker);
	drop_names(path);
	return found;
}
