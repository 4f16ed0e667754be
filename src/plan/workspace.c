/* Knows how the docker client finds a context and its Dockerfile (6.1). */
#include "plan/workspace.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fs.h"
#include "plan/remote.h"
#include "plan/stdin_context.h"
#include "spec/gofmt.h"

#define NAME_DEFAULT "Dockerfile"
#define NAME_LOWER "dockerfile"

/* Where the Dockerfile is, before it is read. */
struct place_of_file {
	char *path;   /* on disk, links resolved; or NULL */
	char *name;   /* inside the context, or as the user gave it */
	bool outside; /* not inside the context */
};
static void place_release(struct place_of_file *place)
{
	free(place->path);
	free(place->name);
}
AUTO_DEFINE_IN_PLACE(struct place_of_file, place_release)

static bool is_stdin(const char *name)
{
	return name && !strcmp(name, "-");
}

static char *absolute(const char *dir, const char *path)
{
	AUTO_FREE char *joined = *path == '/' ? mem_strdup(path) :
					mem_printf("%s/%s", dir, path);

	return fs_clean_path(joined);
}

static char *current_dir(void)
{
	char *dir = getcwd(NULL, 0);

	return dir ? dir : mem_strdup("/");
}

/* The first part of path that is not there, as Go's EvalSymlinks names it. */
static char *first_missing(const char *path)
{
	AUTO_FREE char *prefix = mem_strdup(path);
	struct stat st;

	for (char *at = prefix + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (lstat(prefix, &st) < 0)
			return STEAL(prefix);
		*at = '/';
	}
	return STEAL(prefix);
}

static int open_context_dir(const char *dir, char **real, struct err *err)
{
	AUTO(buf_release) struct buf quoted = BUF_INIT;
	struct stat st;

	if (stat(dir, &st) < 0) {
		gofmt_quote(&quoted, dir, strlen(dir));
		return err_set(err, ERR_NOT_FOUND, "unable to prepare "
			       "context: path %s not found", quoted.data);
	}
	*real = realpath(dir, NULL);
	if (!*real)
		return err_sys(err, errno, "unable to prepare context: %s",
			       dir);
	if (S_ISDIR(st.st_mode))
		return 0;
	err_set(err, ERR_INPUT, "unable to prepare context: context must be "
		"a directory: %s", *real);
	free(*real);
	*real = NULL;
	return -1;
}

/* Dockerfile, or dockerfile if only that is there. */
static char *default_path(const char *dir)
{
	char *path = mem_printf("%s/%s", dir, NAME_DEFAULT);
	char *lower = mem_printf("%s/%s", dir, NAME_LOWER);
	struct stat st;

	if (lstat(path, &st) < 0 && errno == ENOENT && !lstat(lower, &st)) {
		free(path);
		return lower;
	}
	free(lower);
	return path;
}

static const char *inside(const char *dir, const char *path)
{
	size_t len = strlen(dir);

	if (!strcmp(dir, "/"))
		return path + 1;
	return !strncmp(path, dir, len) && path[len] == '/' ?
	       path + len + 1 : NULL;
}

static int locate(const char *dir, const char *base, const char *file,
		  bool has_text, struct place_of_file *out, struct err *err)
{
	AUTO_FREE char *here = base ? mem_strdup(base) : current_dir();
	AUTO_FREE char *path = file ? absolute(here, file) :
				      default_path(dir);
	const char *name;
	int sys;

	out->path = realpath(path, NULL);
	sys = errno;
	if (!out->path && has_text)
		out->path = STEAL(path);
	if (!out->path) {
		AUTO_FREE char *missing = first_missing(path);

		AUTO_FREE char *why = mem_strdup(strerror(sys));

		why[0] = (char)tolower((unsigned char)why[0]); /* as Go */
		err_set(err, ERR_INPUT, "unable to prepare context: unable "
			"to evaluate symlinks in Dockerfile path: "
			"lstat %s: %s", missing, why);
		err->sys = sys;
		return -1;
	}
	name = inside(dir, out->path);
	out->outside = !name;
	out->name = mem_strdup(name ? name : file ? file : NAME_DEFAULT);
	return 0;
}

static int read_text(int dir, const char *path, struct buf *out,
		     struct err *err)
{
	AUTO_FD int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, errno, "unable to open Dockerfile: open "
			       "%s", path);
	if (fs_read_fd(fd, DOCKERFILE_MAX, out, err) < 0)
		return err_wrap(err, "cannot read '%s'", path);
	return 0;
}

/* The docker client adds a Dockerfile from elsewhere under a name of chance,
 * and a rule that takes it away again. */
static char *chance_name(void)
{
	char hex[65];

	fs_random_hex(hex);
	return mem_printf(".dockerfile.%.20s", hex);
}

static int open_tree(const char *dir, const struct workspace_options *options,
		     const struct place_of_file *place,
		     struct workspace *workspace, struct err *err)
{
	AUTO_FREE char *cache = context_cache_dir();
	struct context_options how = { .cache_dir = cache,
				       .no_type_bits = options->no_type_bits,
				       .keep_ignored = options->keep_ignored };

	workspace->sent_name = place->outside ? chance_name() :
						mem_strdup(place->name);
	if (place->outside)
		how.extra_ignore = workspace->sent_name;
	else
		how.dockerfile = place->name;
	return context_open_dir(dir, &how, &workspace->context, err);
}

/* A directory, with the Dockerfile inside, outside, or on stdin. */
static int from_dir(const struct workspace_options *options,
		    struct workspace *workspace, const char *clone,
		    struct buf *text, struct err *err)
{
	AUTO(place_release) struct place_of_file place = { 0 };
	AUTO_FREE char *dir = NULL;

	if (open_context_dir(clone ? clone : options->context, &dir, err) < 0)
		return -1;
	if (is_stdin(options->file)) {
		place.outside = true;
		place.name = mem_strdup(NAME_DEFAULT);
	} else if (locate(dir, clone ? dir : NULL, options->file,
			  options->file_text != NULL, &place, err) < 0) {
		return -1;
	} else if (clone && place.outside) {
		return err_set(err, ERR_INPUT, "unable to prepare context: "
			       "the Dockerfile (%s) must be within the build "
			       "context", options->file ? options->file :
							  NAME_DEFAULT);
	}
	if (open_tree(dir, options, &place, workspace, err) < 0)
		return -1;
	workspace->path = STEAL(place.path);
	workspace->name = STEAL(place.name);
	workspace->input.outside_file = place.outside;
	if (options->file_text)
		return 0;
	if (workspace->path)
		return read_text(AT_FDCWD, workspace->path, text, err);
	return fs_read_fd(STDIN_FILENO, DOCKERFILE_MAX, text, err);
}

/* A tar, and the Dockerfile on stdin. */
static int from_tar_and_stdin(int fd, struct workspace *workspace,
			      struct buf *text, struct err *err)
{
	AUTO_FREE char *extra = chance_name();
	struct context_options how = { .extra_ignore = extra };

	workspace->name = mem_strdup(NAME_DEFAULT);
	workspace->input.outside_file = true;
	if (fs_read_fd(STDIN_FILENO, DOCKERFILE_MAX, text, err) < 0)
		return -1;
	return context_open_tar(fd, &how, &workspace->context, err);
}

/* A tar: the Dockerfile is one of its files. */
static int from_tar(const struct workspace_options *options, int fd,
		    struct workspace *workspace, struct buf *text,
		    struct err *err)
{
	const char *name = options->file ? options->file : NAME_DEFAULT;
	struct context_options how = { .dockerfile = name };
	AUTO_FREE char *clean = fs_clean_path(name);
	int rc;

	if (!strcmp(clean, "..") || !strncmp(clean, "../", 3))
		return err_set(err, ERR_INPUT, "forbidden path outside the "
			       "build context: %s ()", name);
	if (context_open_tar(fd, &how, &workspace->context, err) < 0)
		return -1;
	rc = tree_read(workspace->context, name, DOCKERFILE_MAX, text, err);
	if (!rc && !strcmp(name, NAME_DEFAULT)) {
		name = NAME_LOWER;
		rc = tree_read(workspace->context, name, DOCKERFILE_MAX, text,
			       err);
	}
	if (rc < 0)
		return -1;
	if (!rc)
		return err_set(err, ERR_NOT_FOUND, "Cannot locate specified "
			       "Dockerfile: %s", options->file ? options->file :
						     NAME_DEFAULT);
	workspace->name = mem_strdup(name);
	return 0;
}

/* A tar goes to a daemon as it is. */
static int keep_tar(const struct workspace_options *options, int fd,
		    struct workspace *workspace, struct err *err)
{
	if (is_stdin(options->file))
		return err_set(err, ERR_UNSUPPORTED, "a Dockerfile on stdin "
			       "beside a context from the web cannot be sent "
			       "to a docker daemon");
	workspace->tar_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	workspace->sent_name = mem_strdup(options->file ? options->file : "");
	workspace->name = mem_strdup(options->file ? options->file :
						     NAME_DEFAULT);
	return workspace->tar_fd < 0 ?
	       err_sys(err, errno, "cannot keep the context") : 0;
}

/* A Dockerfile alone: docker's client makes a tar of it. */
static int from_text(const struct workspace_options *options, int fd,
		     struct workspace *workspace, struct buf *text,
		     struct err *err)
{
	workspace->name = mem_strdup(NAME_DEFAULT);
	workspace->sent_name = mem_strdup(NAME_DEFAULT);
	if (fs_read_fd(fd, DOCKERFILE_MAX, text, err) < 0)
		return -1;
	if (!options->sent)
		return stdin_context_of_text(text, &workspace->context, err);
	workspace->tar_fd = stdin_context_tar(text, err);
	return workspace->tar_fd < 0 ? -1 : 0;
}

/* A tar, or the text of a Dockerfile. */
static int from_file(const struct workspace_options *options, int fd,
		     struct workspace *workspace, struct buf *text,
		     struct err *err)
{
	int rc = stdin_context_is_tar(fd, err);

	if (rc < 0)
		return -1;
	if (rc && options->sent)
		return keep_tar(options, fd, workspace, err);
	if (rc && is_stdin(options->file))
		return from_tar_and_stdin(fd, workspace, text, err);
	if (rc)
		return from_tar(options, fd, workspace, text, err);
	if (is_stdin(options->file))
		return err_set(err, ERR_INPUT, "unable to prepare context: "
			       "build context is not an archive");
	return from_text(options, fd, workspace, text, err);
}

static int from_stdin(const struct workspace_options *options,
		      struct workspace *workspace, struct buf *text,
		      struct err *err)
{
	AUTO_FD int fd = -1;

	if (is_stdin(options->file))
		return err_set(err, ERR_INPUT, "invalid argument: can't use "
			       "stdin for both build context and dockerfile");
	fd = stdin_context_save(err);
	return fd < 0 ? -1 : from_file(options, fd, workspace, text, err);
}

static int from_web(const struct workspace_options *options,
		    struct workspace *workspace, struct buf *text,
		    struct err *err)
{
	AUTO_FD int fd = remote_fetch(options->context, err);

	return fd < 0 ? -1 : from_file(options, fd, workspace, text, err);
}

static int from_git(const struct workspace_options *options,
		    struct workspace *workspace, struct buf *text,
		    struct err *err)
{
	AUTO_FREE char *dir = NULL;

	if (remote_clone(options->context, &workspace->clone, &dir, err) < 0)
		return -1;
	return from_dir(options, workspace, dir, text, err);
}

static int from_path(const struct workspace_options *options,
		     struct workspace *workspace, struct buf *text,
		     struct err *err)
{
	return from_dir(options, workspace, NULL, text, err);
}

/* No context at all: a Dockerfile alone. */
static int from_nothing(const struct workspace_options *options,
			struct workspace *workspace, struct buf *text,
			struct err *err)
{
	workspace->name = mem_strdup(options->file ? options->file :
						     NAME_DEFAULT);
	if (options->file_text)
		return 0;
	if (is_stdin(options->file))
		return fs_read_fd(STDIN_FILENO, DOCKERFILE_MAX, text, err);
	workspace->path = mem_strdup(workspace->name);
	return read_text(AT_FDCWD, workspace->path, text, err);
}

static int open_store(const struct workspace_options *options,
		      struct workspace *workspace, struct err *err)
{
	AUTO_FREE char *root = options->root ? mem_strdup(options->root) :
					       store_default_root();

	return store_open(root, options->mode, &workspace->store, err);
}

static void fill_input(const struct workspace_options *options,
		       struct workspace *workspace)
{
	bool outside = workspace->input.outside_file;

	if (gethostname(workspace->hostname,
			sizeof(workspace->hostname) - 1) < 0)
		workspace->hostname[0] = '\0';
	workspace->input = (struct plan_input){
		.store = workspace->store, .context = workspace->context,
		.file = workspace->file, .dockerfile_name = workspace->name,
		.outside_file = outside,
		.args = options->args, .arg_count = options->arg_count,
		.labels = options->labels, .target = options->target,
		.no_cache = options->no_cache,
		.no_cache_from = options->no_cache_from,
		.cache_from = options->cache_from,
		.against = options->against,
		.platform = options->platform,
		.hostname = options->network_none ? NULL :
						    workspace->hostname,
		.building = options->building, .strict = options->strict,
		.show_args = options->show_args };
}

typedef int opener(const struct workspace_options *options,
		   struct workspace *workspace, struct buf *text,
		   struct err *err);

static opener *opener_of(const char *context)
{
	static opener *const openers[] = { [REMOTE_NONE] = from_path,
					   [REMOTE_FILE] = from_web,
					   [REMOTE_GIT] = from_git };

	if (!context)
		return from_nothing;
	return is_stdin(context) ? from_stdin : openers[remote_kind(context)];
}

int workspace_open(const struct workspace_options *options,
		   struct workspace **out, struct err *err)
{
	AUTO(workspace_free) struct workspace *workspace =
		mem_alloc(sizeof(*workspace));
	AUTO(buf_release) struct buf text = BUF_INIT;

	workspace->tar_fd = -1;
	if (opener_of(options->context)(options, workspace, &text, err) < 0)
		return -1;
	if (options->file_text) {
		buf_clear(&text);
		buf_adds(&text, options->file_text);
	}
	if (workspace->context && workspace->input.outside_file)
		context_add_dockerfile(workspace->context, text.len);
	workspace->file = dockerfile_parse(text.len ? text.data : "",
					   text.len);
	workspace->text = buf_steal(&text);
	if (!options->sent && open_store(options, workspace, err) < 0)
		return -1;
	fill_input(options, workspace);

	*out = STEAL(workspace);
	return 0;
}

void workspace_free(struct workspace *workspace)
{
	struct err ignored = ERR_INIT;

	if (!workspace)
		return;
	tree_free(workspace->ignoring);
	tree_free(workspace->context);
	dockerfile_free(workspace->file);
	store_free(workspace->store);
	if (workspace->clone)
		fs_remove_tree(AT_FDCWD, workspace->clone, &ignored);
	free(workspace->clone);
	free(workspace->text);
	free(workspace->path);
	free(workspace->name);
	free(workspace->sent_name);
	if (workspace->tar_fd >= 0)
		close(workspace->tar_fd);
	free(workspace);
}
