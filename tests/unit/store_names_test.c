/* Facts about names, look-up and removal. The expected lines and messages are
 * those that dockerd 20.10.24 gave. */
#include "store_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct store *store;
static struct digest base, copy, run, cmd;

/* mkstore.py's store: base <- copy <- run <- cmd. */
static int set_up_names(void **state)
{
	if (set_up(state) != 0)
		return -1;
	store = open_store(STORE_WRITE);
	base = add_image(store, NULL, "echo a >a", "base");
	copy = add_image(store, &base, "echo b >b", "copy");
	run = add_image(store, &copy, "echo c >c", "run");
	cmd = add_image(store, &run, NULL, "cmd");
	return 0;
}

static int tear_down_names(void **state)
{
	store_free(store);
	store = NULL;
	return tear_down(state);
}

static void tag(const char *ref, const struct digest *id)
{
	struct err err = ERR_INIT;

	if (store_tag(store, ref, id, NULL, &err) < 0)
		fail_msg("%s", err.msg);
}

static void tag_all(void)
{
	tag("mk/base", &base);
	tag("mk/app:1", &cmd);
	tag("localhost:5000/mk/app:x", &cmd);
}

static void reopen(void)
{
	store_free(store);
	store = open_store(STORE_WRITE);
}

/* ---- reading again ---- */

static void what_was_read_once_is_not_read_again(void **state)
{
	AUTO(store_free) struct store *old = NULL, *new = NULL;
	struct image *const *images;
	struct image *image;
	size_t count;
	struct err err = ERR_INIT;

	(void)state;
	store_free(store);
	store = NULL;
	old = open_store(STORE_READ);
	assert_int_equal(store_images(old, &images, &count, &err), 0);
	assert_int_equal(count, 4);
	new = open_store(STORE_READ);
	store_adopt(new, old);
	shell("rm root/image/overlay2/imagedb/content/sha256/%s",
	      DIGEST_HEX(&cmd));
	assert_int_equal(store_image(new, &cmd, &image, &err), 1);
	assert_true(image->loaded);
	assert_non_null(store_config(new, image, &err));
	assert_string_equal(image->config.os, "linux");
	assert_int_equal(store_image(new, &base, &image, &err), 1);
	assert_int_equal(image->config.history_count, 1);
}

/* ---- names ---- */

static void repositories_are_written_in_go_s_bytes(void **state)
{
	AUTO_FREE char *text = NULL, *want = NULL;
	AUTO_FREE char *digest = mem_printf("b@%s", base.text);

	(void)state;
	tag("localhost:5000/x/app:2", &base);
	tag("b:2", &copy);
	tag("b:10", &base);
	tag("docker.io/library/a", &base);
	tag(digest, &base);
	text = slurp("image/overlay2/repositories.json");
	want = mem_printf("{\"Repositories\":{"
			  "\"a\":{\"a:latest\":\"%s\"},"
			  "\"b\":{\"b:10\":\"%s\",\"b:2\":\"%s\","
			  "\"b@%s\":\"%s\"},"
			  "\"localhost:5000/x/app\":{"
			  "\"localhost:5000/x/app:2\":\"%s\"}}}",
			  base.text, base.text, copy.text, base.text,
			  base.text, base.text);
	assert_string_equal(text, want);
}

static void tags_are_in_order_of_their_full_names(void **state)
{
	AUTO_FREE char *joined = NULL;

	(void)state;
	tag("zz:1", &base);
	tag("localhost:1/a:1", &base);
	tag("a/b:1", &base);
	joined = strv_join(&get_image(store, &base)->tags, " ");
	assert_string_equal(joined, "a/b:1 zz:1 localhost:1/a:1");
	reopen();
	free(joined);
	joined = strv_join(&get_image(store, &base)->tags, " ");
	assert_string_equal(joined, "a/b:1 zz:1 localhost:1/a:1");
}

static void tagging_is_dated_and_loading_is_not(void **state)
{
	AUTO_FREE char *text = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(store_tag_undated(store, "l:1", &base, NULL, &err),
			 0);
	assert_false(exists("image/overlay2/imagedb/metadata/sha256/%s/"
			    "lastUpdated", hex_of(&base)));
	tag("l:2", &base);
	text = slurp("image/overlay2/imagedb/metadata/sha256/%s/lastUpdated",
		     hex_of(&base));
	assert_int_equal(text[strlen(text) - 1], 'Z');
}

static void built_images_say_so_and_others_do_not(void **state)
{
	AUTO_FREE char *text = NULL;
	struct err err = ERR_INIT;
	struct digest id;
	static const char json[] = "{\"rootfs\":{\"type\":\"layers\"}}";

	(void)state;
	text = slurp("image/overlay2/imagedb/metadata/sha256/%s/builtLocally",
		     hex_of(&base));
	assert_string_equal(text, "\1");
	assert_int_equal(store_put_image(store, json, sizeof(json) - 1, &base,
					 &id, &err), 0);
	assert_false(exists("image/overlay2/imagedb/metadata/sha256/%s/"
			    "builtLocally", hex_of(&id)));
	assert_true(exists("image/overlay2/imagedb/metadata/sha256/%s/parent",
			   hex_of(&id)));
}

static void moved_tag_tells_who_had_it(void **state)
{
	struct digest from;
	struct err err = ERR_INIT;

	(void)state;
	tag("x:1", &base);
	assert_int_equal(store_tag(store, "x:1", &copy, &from, &err), 0);
	assert_true(digest_equal(&from, &base));
	assert_int_equal(get_image(store, &base)->tags.count, 0);
	assert_int_equal(get_image(store, &copy)->tags.count, 1);
	assert_int_equal(store_tag(store, "x:2", &copy, &from, &err), 0);
	assert_false(digest_is_set(&from));
}

static void digest_reference_is_not_overwritten(void **state)
{
	AUTO_FREE char *ref = mem_printf("x@%s", base.text);
	AUTO_FREE char *want = mem_printf("Cannot overwrite digest %s",
					  base.text);
	struct err err = ERR_INIT;

	(void)state;
	tag(ref, &base);
	tag(ref, &base);
	assert_int_equal(store_tag(store, ref, &copy, NULL, &err), -1);
	assert_string_equal(err.msg, want);
}

static void name_sha256_and_unknown_images_are_refused(void **state)
{
	struct err err = ERR_INIT;
	struct digest none = base;

	(void)state;
	assert_int_equal(store_tag(store, "sha256:1", &base, NULL, &err), -1);
	assert_string_equal(err.msg, "refusing to create an ambiguous tag "
			    "using digest algorithm as name");
	none.text[70] = none.text[70] == '0' ? '1' : '0';
	assert_int_equal(store_tag(store, "x:1", &none, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void expect_found(const char *name, const struct digest *want)
{
	struct image *image = NULL;
	struct err err = ERR_INIT;
	int found = store_find(store, name, &image, &err);

	if (!want) {
		assert_int_equal(found, 0);
		return;
	}
	assert_int_equal(found, 1);
	assert_string_equal(image->id.text, want->text);
}

static void image_is_found_by_reference_and_by_id(void **state)
{
	AUTO_FREE char *short_id = NULL, *with_digest = NULL, *both = NULL;

	(void)state;
	tag_all();
	short_id = mem_strndup(base.text, 19);
	with_digest = mem_printf("mk/app@%s", copy.text);
	both = mem_printf("mk/app:1@%s", copy.text);
	expect_found("mk/base", &base);
	expect_found("docker.io/mk/base:latest", &base);
	expect_found("mk/app:1", &cmd);
	expect_found("mk/app", NULL);
	expect_found(base.text, &base);
	expect_found(hex_of(&base), &base);
	expect_found(short_id, &base);
	expect_found(short_id + 7, &base);
	expect_found("nosuch", NULL);
	expect_found(with_digest, NULL);
	tag(with_digest, &base);
	expect_found(with_digest, &base);
	expect_found(both, &base);
}

static void name_beats_the_beginning_of_an_id(void **state)
{
	AUTO_FREE char *name = mem_strndup(hex_of(&base), 8);

	(void)state;
	tag(name, &copy);
	expect_found(name, &copy);
}

static void ambiguous_beginning_of_an_id_is_an_error(void **state)
{
	struct image *image;
	struct err err = ERR_INIT;
	char one[2] = "0";
	int found = 0;

	(void)state;
	/* 20 images cannot all differ in their first digit. */
	for (int i = 0; i < 20; i++) {
		AUTO_FREE char *by = mem_printf("step %d", i);

		add_image(store, &base, NULL, by);
	}
	for (const char *p = "0123456789abcdef"; *p && found >= 0; p++) {
		one[0] = *p;
		found = store_find(store, one, &image, &err);
	}
	assert_int_equal(found, -1);
}

static void names_that_are_no_references_are_refused_as_docker_does(
	void **state)
{
	struct image *image;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(store_find(store, "Bad:x", &image, &err), -1);
	assert_string_equal(err.msg, "invalid reference format: repository "
			    "name must be lowercase");
}

/* ---- removal ---- */

static char *remove_image(const char *name, bool force, struct err *err)
{
	struct removal removal = { 0 };
	char *lines;
	int rc = store_remove(store, name, force, false, &removal, err);

	lines = strv_join(&removal.lines, "\n");
	strv_release(&removal.lines);
	if (rc == 0)
		err->msg[0] = '\0';
	return lines;
}

static void expect_refused(const char *name, bool force, const char *want)
{
	struct err err = ERR_INIT;
	AUTO_FREE char *lines = remove_image(name, force, &err);

	assert_string_equal(lines, "");
	assert_string_equal(err.msg, want);
}

static void expect_removed(const char *name, const char *want)
{
	struct err err = ERR_INIT;
	AUTO_FREE char *lines = remove_image(name, false, &err);

	assert_string_equal(err.msg, "");
	assert_string_equal(lines, want);
}

static void rmi_refuses_in_docker_s_words(void **state)
{
	AUTO_FREE char *children = mem_printf(
		"conflict: unable to delete %.12s (cannot be forced) - image "
		"has dependent child images", hex_of(&base));
	AUTO_FREE char *names = mem_printf(
		"conflict: unable to delete %.12s (must be forced) - image "
		"is referenced in multiple repositories", hex_of(&cmd));

	(void)state;
	tag_all();
	expect_refused("nosuch", false, "No such image: nosuch");
	expect_refused("sha256:zzzz", false, "No such image: sha256:zzzz");
	expect_refused("Bad:x", false, "invalid reference format: repository "
		       "name must be lowercase");
	expect_refused(base.text, false, children);
	expect_refused(base.text, true, children);
	expect_refused(hex_of(&base), false, children);
	expect_refused(cmd.text, false, names);
	assert_int_equal(get_image(store, &cmd)->tags.count, 2);
}

static void rmi_of_the_last_name_takes_the_chain_along(void **state)
{
	AUTO_FREE char *want = NULL;
	struct digest chains[3];

	(void)state;
	tag_all();
	chains[0] = chain_of(store, &base);
	chains[1] = chain_of(store, &copy);
	chains[2] = chain_of(store, &run);
	want = mem_printf("Untagged: localhost:5000/mk/app:x\n"
			  "Deleted: %s\nDeleted: %s\nDeleted: %s\n"
			  "Deleted: %s\nDeleted: %s\nDeleted: %s\n"
			  "Deleted: %s",
			  cmd.text, run.text, chains[2].text, copy.text,
			  chains[1].text, base.text, chains[0].text);
	expect_removed("mk/base", "Untagged: mk/base:latest");
	expect_removed("mk/app:1", "Untagged: mk/app:1");
	expect_removed("localhost:5000/mk/app:x", want);
	assert_int_equal(count_images(store), 0);
	shell("test -z \"$(ls root/overlay2/l root/varve/drafts "
	      "root/image/overlay2/layerdb/sha256 | grep -v :)\" && "
	      "test \"$(ls root/overlay2)\" = l && "
	      "test -z \"$(ls root/image/overlay2/imagedb/*/sha256 | "
	      "grep -v :)\"");
	reopen();
	assert_int_equal(count_images(store), 0);
}

static void pruning_stops_at_a_tagged_or_shared_parent(void **state)
{
	AUTO_FREE char *want = NULL;
	struct digest chain = chain_of(store, &run);
	struct digest side = add_image(store, &copy, "echo s >s", "side");

	(void)state;
	tag("x:1", &cmd);
	tag("y:1", &side);
	want = mem_printf("Untagged: x:1\nDeleted: %s\nDeleted: %s\n"
			  "Deleted: %s", cmd.text, run.text, chain.text);
	expect_removed("x:1", want);
	assert_int_equal(get_image(store, &copy)->child_count, 1);
	reopen();
	assert_int_equal(count_images(store), 3);
}

static void rmi_by_id_takes_one_name_along_and_no_prune_stops(void **state)
{
	AUTO_FREE char *want = mem_printf("Untagged: x:1 Deleted: %s",
					  cmd.text);
	AUTO_FREE char *lines = NULL;
	struct err err = ERR_INIT;
	struct removal removal = { 0 };

	(void)state;
	tag("x:1", &cmd);
	assert_int_equal(store_remove(store, cmd.text, false, true, &removal,
				      &err), 0);
	lines = strv_join(&removal.lines, " ");
	assert_string_equal(lines, want);
	strv_release(&removal.lines);
	assert_int_equal(count_images(store), 3);
}

static void forced_rmi_by_id_takes_all_names_along(void **state)
{
	struct err err = ERR_INIT;
	AUTO_FREE char *lines = NULL;

	(void)state;
	tag_all();
	lines = remove_image(cmd.text, true, &err);
	assert_string_equal(err.msg, "");
	assert_memory_equal(lines, "Untagged: mk/app:1\n"
			    "Untagged: localhost:5000/mk/app:x\nDeleted: ",
			    61);
	assert_int_equal(count_images(store), 1);
}

static void last_tag_of_a_repository_takes_its_digests_along(void **state)
{
	AUTO_FREE char *ref = mem_printf("x@%s", base.text);
	AUTO_FREE char *other = mem_printf("y@%s", base.text);
	AUTO_FREE char *want = mem_printf("Untagged: x:1\nUntagged: %s", ref);

	(void)state;
	tag("x:1", &cmd);
	tag(ref, &cmd);
	tag(other, &cmd);
	expect_removed("x:1", want);
	assert_int_equal(get_image(store, &cmd)->tags.count, 1);
}

static void image_of_a_stopped_container_is_kept(void **state)
{
	AUTO_FREE char *by_id = mem_printf(
		"conflict: unable to delete %.12s (must be forced) - image is "
		"being used by stopped container 0123456789ab", hex_of(&cmd));
	AUTO_FREE char *by_name = mem_printf(
		"conflict: unable to remove repository reference \"x:1\" "
		"(must force) - container 0123456789ab is using its "
		"referenced image %.12s", hex_of(&cmd));

	(void)state;
	tag("x:1", &cmd);
	shell("mkdir -p root/containers/0123456789abcdef && printf "
	      "'{\"Image\":\"%s\"}' >root/containers/0123456789abcdef/"
	      "config.v2.json", cmd.text);
	expect_refused("x:1", false, by_name);
	expect_refused(cmd.text, false, by_id);
	assert_int_equal(get_image(store, &cmd)->tags.count, 1);
}

static size_t kept_by(struct store *reader, const struct digest *id)
{
	AUTO(strv_release) struct strv kept = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(store_kept_by(reader, get_image(reader, id), &kept,
				       &err), 0);
	return kept.count;
}

static void who_reads_sees_containers_come_and_go(void **state)
{
	AUTO(store_free) struct store *reader = open_store(STORE_READ);

	(void)state;
	assert_int_equal(kept_by(reader, &cmd), 0);
	shell("mkdir -p root/containers/0123456789abcdef && printf "
	      "'{\"Image\":\"%s\"}' >root/containers/0123456789abcdef/"
	      "config.v2.json", cmd.text);
	store_look_again(reader);
	assert_int_equal(kept_by(reader, &cmd), 1);
	shell("rm -r root/containers");
	store_look_again(reader);
	assert_int_equal(kept_by(reader, &cmd), 0);
}

static void layer_of_a_container_is_kept(void **state)
{
	struct digest chain = chain_of(store, &run);
	const struct layer *layer;
	struct err err = ERR_INIT;

	(void)state;
	shell("mkdir -p root/image/overlay2/layerdb/mounts/c && printf %s "
	      ">root/image/overlay2/layerdb/mounts/c/parent", chain.text);
	tag("x:1", &cmd);
	free(remove_image("x:1", false, &err));
	assert_int_equal(count_images(store), 0);
	assert_int_equal(store_layer(store, &chain, &layer, &err), 1);
}

static void children_follow_the_parent_links(void **state)
{
	struct image *const *orphans;
	struct err err = ERR_INIT;
	struct digest none = { "" }, side;
	size_t count;

	(void)state;
	side = add_image(store, &base, NULL, "side");
	assert_int_equal(get_image(store, &base)->child_count, 2);
	assert_int_equal(store_orphans(store, &orphans, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(store_set_parent(store, &side, &none, &err), 0);
	assert_int_equal(get_image(store, &base)->child_count, 1);
	assert_int_equal(store_orphans(store, &orphans, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_int_equal(store_set_parent(store, &base, &cmd, &err), -1);
	assert_int_equal(store_set_parent(store, &side, &cmd, &err), 0);
	reopen();
	assert_int_equal(get_image(store, &cmd)->child_count, 1);
	assert_true(digest_equal(&get_image(store, &cmd)->children[0]->id,
				 &side));
}

static void image_put_again_keeps_its_parent(void **state)
{
	AUTO(buf_release) struct buf json = BUF_INIT;
	struct err err = ERR_INIT;
	struct digest id;

	(void)state;
	assert_int_equal(store_config_bytes(store, &copy, &json, &err), 0);
	assert_int_equal(store_put_image(store, json.data, json.len, NULL, &id,
					 &err), 0);
	assert_true(digest_equal(&id, &copy));
	assert_true(digest_equal(&get_image(store, &copy)->parent, &base));
	assert_int_equal(count_images(store), 4);
}

static void image_without_its_layers_is_refused(void **state)
{
	static const char json[] =
		"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
		DIGEST_EMPTY_LAYER "\"]}}";
	struct err err = ERR_INIT;
	struct digest id;

	(void)state;
	assert_int_equal(store_put_image(store, json, sizeof(json) - 1, NULL,
					 &id, &err), -1);
	assert_int_equal(count_images(store), 4);
}

#define FACT(f)                                                                \
	cmocka_unit_test_setup_teardown(f, set_up_names, tear_down_names)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(what_was_read_once_is_not_read_again),
		FACT(repositories_are_written_in_go_s_bytes),
		FACT(tags_are_in_order_of_their_full_names),
		FACT(tagging_is_dated_and_loading_is_not),
		FACT(built_images_say_so_and_others_do_not),
		FACT(moved_tag_tells_who_had_it),
		FACT(digest_reference_is_not_overwritten),
		FACT(name_sha256_and_unknown_images_are_refused),
		FACT(image_is_found_by_reference_and_by_id),
		FACT(name_beats_the_beginning_of_an_id),
		FACT(ambiguous_beginning_of_an_id_is_an_error),
		FACT(names_that_are_no_references_are_refused_as_docker_does),
		FACT(rmi_refuses_in_docker_s_words),
		FACT(rmi_of_the_last_name_takes_the_chain_along),
		FACT(pruning_stops_at_a_tagged_or_shared_parent),
		FACT(rmi_by_id_takes_one_name_along_and_no_prune_stops),
		FACT(forced_rmi_by_id_takes_all_names_along),
		FACT(last_tag_of_a_repository_takes_its_digests_along),
		FACT(image_of_a_stopped_container_is_kept),
		FACT(who_reads_sees_containers_come_and_go),
		FACT(layer_of_a_container_is_kept),
		FACT(children_follow_the_parent_links),
		FACT(image_put_again_keeps_its_parent),
		FACT(image_without_its_layers_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
