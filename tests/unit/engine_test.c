/* Facts about engine/build on a store of its own: same layers as Docker's,
 * the events in order, what is left when a build stops. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "engine/build.h"
#include "engine/images.h"
#include "engine/register.h"
#include "plan/workspace.h"

static char top[64];       /* of all that a test makes */
static char root[80];      /* the store */
static char context[80];

static void shell(const char *command)
{
	AUTO_FREE char *line = mem_printf("cd '%s' && %s", top, command);

	assert_int_equal(system(line), 0);
}

static int set_up(void **state)
{
	(void)state;
	umask(022);
	strcpy(top, "/tmp/varve-engine-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(root, sizeof(root), "%s/root", top);
	snprintf(context, sizeof(context), "%s/context", top);
	shell("mkdir -p context/d/sub && cd context && printf 'hello\\n' >a.txt"
	      " && printf x >d/x && ln d/x d/y && printf s >d/sub/s &&"
	      " chmod 4755 d/sub/s && ln -s ../x d/sub/l && chmod 711 d/sub &&"
	      " find . -exec touch -h -d @1012615322 {} +");
	return 0;
}

static int tear_down(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	return fs_remove_tree(AT_FDCWD, top, &err);
}

/* ---- a build and what it said ---- */

struct said {
	struct buf kinds;   /* "step image step …" */
	struct buf log;
	int cancel_at;      /* the sink says stop at this step; 0 never */
};

static int hear(void *arg, const struct event *event)
{
	struct said *said = arg;

	if (event->kind == EVENT_LOG)
		buf_add(&said->log, event->text, event->len);
	else if (event->kind != EVENT_PROGRESS)
		buf_addf(&said->kinds, "%s%s", said->kinds.len ? " " : "",
			 event_name(event->kind));
	return said->cancel_at && event->step == said->cancel_at;
}

static void said_release(struct said *said)
{
	buf_release(&said->kinds);
	buf_release(&said->log);
}
AUTO_DEFINE_IN_PLACE(struct said, said_release)

static int build(const char *dockerfile, struct said *said,
		 struct image_config *config, struct err *err)
{
	struct workspace_options where = { .root = root, .mode = STORE_WRITE,
					   .context = context,
					   .file_text = dockerfile,
					   .building = true };
	AUTO(workspace_free) struct workspace *workspace = NULL;
	struct build_options options = { .remove = true, .cancel_fd = -1 };
	struct image *image;
	struct digest id;

	if (workspace_open(&where, &workspace, err) < 0)
		return -1;
	options.plan = workspace->input;
	if (build_run(&options, hear, said, &id, err) < 0)
		return -1;
	assert_int_equal(store_image(workspace->store, &id, &image, err), 1);
	image_config_copy(config, store_config(workspace->store, image, err));
	return 0;
}

static size_t images_in_store(void)
{
	AUTO(store_free) struct store *store = NULL;
	struct image *const *images;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(store_open(root, STORE_READ, &store, &err), 0);
	assert_int_equal(store_images(store, &images, &count, &err), 0);
	return count;
}

static void copy_to_the_root_has_docker_s_diff_id(void **state)
{
	AUTO(said_release) struct said said = { .cancel_at = 0 };
	AUTO(image_config_release) struct image_config config;
	struct err err = ERR_INIT;

	(void)state;
	image_config_init(&config);
	assert_int_equal(build("FROM scratch\nCOPY a.txt d /\nCMD [\"x\"]\n",
			       &said, &config, &err), 0);
	assert_int_equal(config.diff_id_count, 1);
	assert_string_equal(config.diff_ids[0].text,
			    "sha256:1ed4be5f4af57514d4f6b67f42c78dcf"
			    "3988c7074631b3c2366616d7d0763f6a");
	assert_string_equal(config.history[0].created_by,
			    "/bin/sh -c #(nop) COPY multi:1b8ad00e12626"
			    "38e0f07ad784de908684c64cb10f8d270e5e1fbb98345"
			    "718a6a in / ");
	assert_false(config.history[0].empty_layer);
	assert_true(config.history[1].empty_layer);
	assert_string_equal(said.kinds.data,
			    "context step image step image done step running "
			    "removed image done stage built");
}

static void a_second_build_is_all_hits_and_makes_nothing(void **state)
{
	const char *file = "FROM scratch\nCOPY a.txt /x/\nENV A=1\n";
	AUTO(said_release) struct said first = { .cancel_at = 0 };
	AUTO(said_release) struct said second = { .cancel_at = 0 };
	AUTO(image_config_release) struct image_config config;
	struct err err = ERR_INIT;
	size_t count;

	(void)state;
	image_config_init(&config);
	assert_int_equal(build(file, &first, &config, &err), 0);
	count = images_in_store();
	assert_int_equal(build(file, &second, &config, &err), 0);
	assert_int_equal(images_in_store(), count);
	assert_string_equal(second.kinds.data,
			    "context step image step cached image step cached "
			    "image stage built");
}

static void a_failing_step_keeps_the_finished_ones(void **state)
{
	AUTO(said_release) struct said said = { .cancel_at = 0 };
	AUTO(image_config_release) struct image_config config;
	struct err err = ERR_INIT;

	(void)state;
	image_config_init(&config);
	assert_int_equal(build("FROM scratch\nCOPY a.txt /\n"
			       "COPY d /a.txt\n", &said, &config, &err), -1);
	assert_string_equal(err.msg, "failed to copy files: failed to copy "
			    "directory: mkdir /a.txt: not a directory");
	assert_string_equal(said.kinds.data, "context step image step image "
			    "done step error");
	assert_int_equal(images_in_store(), 1);
}

static void a_cancelled_build_keeps_the_finished_steps(void **state)
{
	AUTO(said_release) struct said said = { .cancel_at = 3 };
	AUTO(image_config_release) struct image_config config;
	struct err err = ERR_INIT;

	(void)state;
	image_config_init(&config);
	assert_int_equal(build("FROM scratch\nCOPY a.txt /\nCOPY d /\n"
			       "ENV A=1\n", &said, &config, &err), -1);
	assert_int_equal(err.kind, ERR_CANCELLED);
	assert_int_equal(images_in_store(), 1);
}

static void a_working_directory_is_made_once(void **state)
{
	AUTO(said_release) struct said said = { .cancel_at = 0 };
	AUTO(image_config_release) struct image_config config;
	struct err err = ERR_INIT;

	(void)state;
	image_config_init(&config);
	assert_int_equal(build("FROM scratch\nWORKDIR /w/x\nENV A=1\n"
			       "WORKDIR /w\n", &said, &config, &err), 0);
	assert_int_equal(config.diff_id_count, 1);
	assert_false(config.history[0].empty_layer);
	assert_true(config.history[2].empty_layer);
}

static void a_run_makes_a_layer_and_says_what_it_prints(void **state)
{
	AUTO(said_release) struct said said = { .cancel_at = 0 };
	AUTO(image_config_release) struct image_config config;
	struct err err = ERR_INIT;

	(void)state;
	if (geteuid() != 0 || access("/bin/busybox", X_OK) != 0)
		skip();
	image_config_init(&config);
	shell("cp /bin/busybox context/busybox");
	assert_int_equal(build("FROM scratch\nCOPY busybox /bin/sh\n"
			       "RUN echo hi; echo x > /y\nRUN echo\n",
			       &said, &config, &err), 0);
	assert_string_equal(said.log.data, "hi\n\n");
	assert_int_equal(config.diff_id_count, 2);
	assert_true(config.history[2].empty_layer);
}

static void a_failing_command_gives_its_status(void **state)
{
	AUTO(said_release) struct said said = { .cancel_at = 0 };
	AUTO(image_config_release) struct image_config config;
	struct err err = ERR_INIT;

	(void)state;
	if (geteuid() != 0 || access("/bin/busybox", X_OK) != 0)
		skip();
	image_config_init(&config);
	shell("cp /bin/busybox context/busybox");
	assert_int_equal(build("FROM scratch\nCOPY busybox /bin/sh\n"
			       "RUN exit 3\n", &said, &config, &err), -1);
	assert_int_equal(err.kind, ERR_COMMAND);
	assert_int_equal(err.status, 3);
	assert_string_equal(err.msg, "The command '/bin/sh -c exit 3' returned "
			    "a non-zero code: 3");
}

/* ---- images as files ---- */

static void import_archive(struct store *store, const char *name,
			   const struct strv *changes, struct digest *id)
{
	AUTO_FREE char *path = mem_printf("%s/%s", top, name);
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err err = ERR_INIT;

	assert_true(fd >= 0);
	if (images_import(store, fd, changes, NULL, "base:latest", id,
			  &err) < 0)
		fail_msg("%s", err.msg);
}

static void import_save_and_load_give_the_same_image(void **state)
{
	AUTO_FREE char *other = mem_printf("%s/other", top);
	AUTO_FREE char *path = mem_printf("%s/saved.tar", top);
	AUTO(store_free) struct store *from = NULL, *to = NULL;
	AUTO(strv_release) struct strv names = { 0 }, lines = { 0 };
	AUTO(strv_release) struct strv changes = { 0 };
	AUTO_FD int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct err err = ERR_INIT;
	struct digest id;
	struct image *image;

	(void)state;
	shell("tar -C context -czf base.tar.gz .");
	assert_int_equal(store_open(root, STORE_WRITE, &from, &err), 0);
	strv_add(&changes, "ENV A=1");
	strv_add(&changes, "CMD [\"x\"]");
	import_archive(from, "base.tar.gz", &changes, &id);
	strv_add(&names, "base");
	assert_int_equal(images_save(from, &names, fd, &err), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(store_open(other, STORE_WRITE, &to, &err), 0);
	if (images_load(to, fd, &lines, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(lines.count, 1);
	assert_string_equal(lines.items[0], "Loaded image: base:latest");
	assert_int_equal(store_find(to, "base", &image, &err), 1);
	assert_true(digest_equal(&image->id, &id));
}

static void a_refused_change_is_told_in_docker_s_words(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO(strv_release) struct strv changes = { 0 };
	struct err err = ERR_INIT;
	struct digest id;

	(void)state;
	assert_int_equal(store_open(root, STORE_WRITE, &store, &err), 0);
	strv_add(&changes, "RUN x");
	assert_int_equal(images_import(store, -1, &changes, NULL, NULL, &id,
				       &err), -1);
	assert_string_equal(err.msg, "run is not a valid change command");
}

static void a_layer_that_grows_beyond_its_limit_is_refused(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	struct digest none = { "" }, made = { "" }, chain;
	struct err err = ERR_INIT;
	AUTO_FD int fd = -1;

	(void)state;
	shell("mkdir bomb && head -c 20000000 /dev/zero >bomb/zeros &&"
	      " tar -C bomb -cf - zeros | gzip -9 >bomb.tgz");
	AUTO_FREE char *path = mem_printf("%s/bomb.tgz", top);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(store_open(root, STORE_WRITE, &store, &err), 0);
	assert_int_equal(register_layer_within(store, fd, 1000000, &none, NULL,
					       &made, &chain, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_false(digest_is_set(&made));
	assert_true(register_limit(1) >= 1000000000);
	assert_true(register_limit((uint64_t)1 << 30) ==
		    (uint64_t)REGISTER_GROWTH_MAX << 30);
}

int main(void)
{
#define FACT(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		FACT(a_layer_that_grows_beyond_its_limit_is_refused),
		FACT(copy_to_the_root_has_docker_s_diff_id),
		FACT(a_second_build_is_all_hits_and_makes_nothing),
		FACT(a_failing_step_keeps_the_finished_ones),
		FACT(a_cancelled_build_keeps_the_finished_steps),
		FACT(a_working_directory_is_made_once),
		FACT(a_run_makes_a_layer_and_says_what_it_prints),
		FACT(a_failing_command_gives_its_status),
		FACT(import_save_and_load_give_the_same_image),
		FACT(a_refused_change_is_told_in_docker_s_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
