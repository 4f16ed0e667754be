/* Knows which image and which command make the state that somebody wants to
 * look around in, and what of it is left afterwards: nothing. */
#include "engine/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "sandbox/sandbox.h"
#include "sandbox/terminal.h"
#include "sandbox/userns.h"

#define SHELLS "shells" /* below <root>/varve: a directory of each */

/* Where the changes go until the shell ends. Its lock says that it lives. */
struct scratch {
	char *path; /* absolute */
	int fd;
};

static void scratch_release(struct scratch *scratch)
{
	struct err ignored = ERR_INIT;

	if (scratch->path)
		fs_remove_tree(AT_FDCWD, scratch->path, &ignored);
	if (scratch->fd >= 0)
		close(scratch->fd);
	free(scratch->path);
}
AUTO_DEFINE_IN_PLACE(struct scratch, scratch_release)

/* What a shell left that was killed. */
static int sweep_one(void *arg, int dir, const char *name, struct err *err)
{
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)arg;
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	return fs_remove_tree(dir, name, err);
}

/* Of an own store inside it, where overlays are known to work; any other is
 * not written to. */
static char *scratch_home(const struct store *store)
{
	AUTO_FREE char *root = realpath(store_root(store), NULL);
	int private = store_private_fd(store);
	struct err ignored = ERR_INIT;
	const char *temporary = getenv("TMPDIR");

	if (root && private >= 0 &&
	    fs_mkdir_p(private, SHELLS, 0700, &ignored) == 0 &&
	    faccessat(private, SHELLS, W_OK, AT_EACCESS) == 0) {
		fs_each(private, SHELLS, sweep_one, NULL, &ignored);
		return mem_printf("%s/varve/" SHELLS "/shell-XXXXXX", root);
	}
	return mem_printf("%s/varve-shell-XXXXXX",
			  temporary && *temporary ? temporary : "/var/tmp");
}

static int make_scratch(const struct store *store, struct scratch *out,
			struct err *err)
{
	static const char *const dirs[] = { "upper", "work", "scratch" };
	AUTO_FREE char *path = scratch_home(store);

	if (!mkdtemp(path))
		return err_sys(err, errno, "cannot make '%s'", path);
	out->path = STEAL(path);
	out->fd = open(out->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->fd < 0 || flock(out->fd, LOCK_EX) < 0)
		return err_sys(err, errno, "cannot open '%s'", out->path);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (fs_mkdir_p(out->fd, dirs[i], 0755, err) < 0)
			return -1;
	return 0;
}

/* ---- which state ---- */

static bool runs_first(const struct step *step, enum shell_when when)
{
	return when == SHELL_AFTER && !digest_is_set(&step->image) &&
	       step->instr->kind == INSTR_RUN && step->parent_known;
}

static int find_image(const struct step *step, enum shell_when when,
		      const struct digest **out, struct err *err)
{
	if (when == SHELL_AFTER && !runs_first(step, when)) {
		*out = &step->image;
		return digest_is_set(*out) ? 0 :
			err_set(err, ERR_INPUT, "step %d is not built yet",
				step->n);
	}
	*out = &step->parent;
	if (step->instr->kind == INSTR_FROM)
		return err_set(err, ERR_INPUT, "there is nothing before "
			       "step %d, a FROM", step->n);
	if (!step->parent_known || step->ghost_parent)
		return err_set(err, ERR_INPUT, "what comes before step %d is "
			       "not built yet", step->n);
	return digest_is_set(*out) ? 0 :
		err_set(err, ERR_INPUT, "before step %d there are no files",
			step->n);
}

static int load(struct store *store, const struct digest *id,
		const struct image_config **config, struct strv *lowers,
		struct err *err)
{
	struct digest chain;
	struct image *image;
	int found = store_image(store, id, &image, err);

	if (found < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_NOT_FOUND, "No such image: %s",
			       id->text);
	*config = store_config(store, image, err);
	if (!*config)
		return -1;
	image_config_chain(*config, &chain);
	return store_lower_paths(store, &chain, lowers, err);
}

/* ---- which command ---- */

/* The step's own, then whatever it left, with the shell in it. */
static const char run_then_shell[] =
	"\"$@\"; varve_status=$?\n"
	"echo \"varve: the command of this step ended with $varve_status\" >&2\n"
	"unset varve_status; exec /bin/sh";

static void make_argv(const struct step *step,
		      const struct shell_options *options, struct strv *argv)
{
	bool first = runs_first(step, options->when);

	strv_add(argv, "/bin/sh");
	if (!first && !options->command)
		return;
	strv_add(argv, "-c");
	if (!first) {
		strv_add(argv, options->command);
		return;
	}
	strv_take(argv, options->command ?
			mem_printf("%s -c \"$varve_command\"",
				   run_then_shell) :
			mem_strdup(run_then_shell));
	strv_add(argv, "sh");
	for (size_t i = 0; i < step->run_argv.count; i++)
		strv_add(argv, step->run_argv.items[i]);
}

static void make_env(const struct step *step, const struct image_config *config,
		     const struct shell_options *options, struct strv *env)
{
	const char *term = getenv("TERM");
	bool run = step->instr->kind == INSTR_RUN;
	const struct strv *from = run ? &step->run_env : &config->config.env;

	for (size_t i = 0; i < from->count; i++)
		strv_add(env, from->items[i]);
	if (term && *term && isatty(STDIN_FILENO))
		strv_take(env, mem_printf("TERM=%s", term));
	if (options->command && runs_first(step, options->when))
		strv_take(env, mem_printf("varve_command=%s",
					  options->command));
}

static int no_output(void *arg, int stream, const char *bytes, size_t len)
{
	(void)arg;
	(void)stream;
	(void)bytes;
	(void)len;
	return 0;
}

static int run(const struct sandbox_spec *given, int cancel_fd, int *status,
	       struct err *err)
{
	struct sandbox_spec spec = *given;
	struct sandbox_result result = { 0 };
	struct terminal terminal = { 0 };
	int rc;

	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
	    terminal_open(&terminal, err) < 0)
		return -1;
	spec.terminal = terminal.fd;
	rc = sandbox_run(&spec, no_output, NULL, cancel_fd, &result, err);
	terminal_close(&terminal);
	*status = result.status;
	return rc;
}

int shell_run(struct store *store, const struct step *step,
	      const struct shell_options *options, int *status,
	      struct err *err)
{
	AUTO(scratch_release) struct scratch scratch = { .fd = -1 };
	AUTO(strv_release) struct strv lowers = { 0 }, argv = { 0 };
	AUTO(strv_release) struct strv env = { 0 };
	AUTO_FREE char *upper = NULL, *work = NULL, *rest = NULL;
	const struct image_config *config = NULL;
	const struct digest *image = NULL;
	char id[65];

	if (find_image(step, options->when, &image, err) < 0 ||
	    load(store, image, &config, &lowers, err) < 0 ||
	    make_scratch(store, &scratch, err) < 0)
		return -1;
	fs_random_hex(id);
	upper = mem_printf("%s/upper", scratch.path);
	work = mem_printf("%s/work", scratch.path);
	rest = mem_printf("%s/scratch", scratch.path);
	make_argv(step, options, &argv);
	make_env(step, config, options, &env);

	struct sandbox_spec spec = {
		.lowers = lowers, .upper = upper, .work = work,
		.user_xattr = userns_inside(), .id = id, .argv = argv,
		.env = env, .cwd = config->config.working_dir[0] ?
			config->config.working_dir : "/",
		.user = options->user ? options->user : config->config.user,
		.hostname = "varve", .network_none = options->network_none,
		.scratch = rest, .interactive = true,
	};

	return run(&spec, options->cancel_fd, status, err);
}
