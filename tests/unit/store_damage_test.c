/* Facts about damaged stores: what dockerd 20.10.24 was seen to do with each
 * (store.md 1.7), and what fsck says. */
#include "store_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/fsck.h"

/* base <- copy <- meta, tagged x:1; base2 beside it */
static struct digest base, copy, meta;
static struct digest base_chain, copy_chain;

static int set_up_chain(void **state)
{
	struct store *store;
	struct err err = ERR_INIT;

	if (set_up(state) != 0)
		return -1;
	store = open_store(STORE_WRITE);
	base = add_image(store, NULL, "echo a >a", "base");
	copy = add_image(store, &base, "echo b >b && touch -d @1 b", "copy");
	meta = add_image(store, &copy, NULL, "meta");
	base_chain = chain_of(store, &base);
	copy_chain = chain_of(store, &copy);
	assert_int_equal(store_tag(store, "x:1", &meta, NULL, &err), 0);
	store_free(store);
	return 0;
}

static bool is_listed(struct store *store, const struct digest *id)
{
	struct image *const *images;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(store_images(store, &images, &count, &err), 0);
	for (size_t i = 0; i < count; i++)
		if (digest_equal(&images[i]->id, id))
			return true;
	return false;
}

static bool warned(struct store *store, const char *word)
{
	const struct strv *warnings = store_warnings(store);

	for (size_t i = 0; i < warnings->count; i++)
		if (strstr(warnings->items[i], word))
			return true;
	return false;
}

static int problems(bool layers)
{
	AUTO(store_free) struct store *store = open_store(STORE_READ);
	AUTO(strv_release) struct strv list = { 0 };
	struct fsck_options options = { .layers = layers };
	struct err err = ERR_INIT;
	int count = store_fsck(store, &options, &list, &err);

	assert_int_equal(count, list.count);
	return count;
}

static void whole_store_has_no_problems(void **state)
{
	(void)state;
	assert_int_equal(problems(false), 0);
	assert_int_equal(problems(true), 0);
}

static void torn_repositories_file_is_named(void **state)
{
	static const char *const texts[] = {
		"", "{", "[]", "{\"Repositories\":3}",
		"{\"Repositories\":{\"x\":{\"x:1\":1}}}",
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		shell("printf '%%s' '%s' >root/image/overlay2/"
		      "repositories.json", texts[i]);
		assert_int_equal(open_fails(STORE_READ, &err), ERR_CORRUPT);
		assert_non_null(strstr(err.msg, "repositories.json"));
		assert_int_equal(open_fails(STORE_WRITE, &err), ERR_CORRUPT);
	}
}

static void missing_repositories_file_leaves_images_untagged(void **state)
{
	struct store *store;

	(void)state;
	shell("rm root/image/overlay2/repositories.json");
	store = open_store(STORE_READ);
	assert_int_equal(get_image(store, &meta)->tags.count, 0);
	assert_int_equal(count_images(store), 3);
	store_free(store);
	store_free(open_store(STORE_WRITE));
	assert_true(exists("image/overlay2/repositories.json"));
}

static void any_white_space_in_repositories_is_fine(void **state)
{
	AUTO(store_free) struct store *store = NULL;

	(void)state;
	shell("printf ' {\\n\"Repositories\" : { \"x\" : {\"x:1\":\"%s\" } "
	      "}\\n}\\n' >root/image/overlay2/repositories.json", meta.text);
	store = open_store(STORE_READ);
	assert_string_equal(get_image(store, &meta)->tags.items[0], "x:1");
}

static void tag_of_unknown_image_is_kept_and_not_listed(void **state)
{
	struct store *store;
	struct image *image;
	struct err err = ERR_INIT;
	AUTO_FREE char *text = NULL;

	(void)state;
	shell("sed -i 's/}}}/},\"y\":{\"y:1\":\"sha256:%064d\"}}}/' "
	      "root/image/overlay2/repositories.json", 7);
	store = open_store(STORE_WRITE);
	assert_int_equal(store_find(store, "y:1", &image, &err), 0);
	assert_int_equal(store_tag(store, "z:1", &base, NULL, &err), 0);
	store_free(store);
	text = slurp("image/overlay2/repositories.json");
	assert_non_null(strstr(text, "\"y:1\""));
	assert_int_equal(problems(false), 1);
}

static void image_of_another_digest_is_left_out(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	struct image *image;
	struct err err = ERR_INIT;

	(void)state;
	shell("printf ' ' >>root/image/overlay2/imagedb/content/sha256/%s",
	      hex_of(&copy));
	store = open_store(STORE_READ);
	image = get_image(store, &copy);
	assert_null(store_config(store, image, &err));
	assert_int_equal(err.kind, ERR_CORRUPT);
	assert_int_equal(count_images(store), 2);
	assert_false(is_listed(store, &copy));
	assert_int_equal(store_image(store, &copy, &image, &err), 0);
	assert_int_equal(store_warnings(store)->count, 1);
	/* Its child works, and still says whose child it is. */
	image = get_image(store, &meta);
	assert_non_null(store_config(store, image, &err));
	assert_true(digest_equal(&image->parent, &copy));
	assert_int_equal(get_image(store, &base)->child_count, 0);
	assert_int_equal(problems(false), 1);
}

static void damage_layer(const char *file, const char *how)
{
	shell("%s root/image/overlay2/layerdb/sha256/%s/%s", how,
	      hex_of(&copy_chain), file);
}

static void expect_layer_dropped(const char *word)
{
	AUTO(store_free) struct store *store = open_store(STORE_READ);
	const struct layer *layer;
	struct err err = ERR_INIT;

	assert_int_equal(store_layer(store, &copy_chain, &layer, &err), 0);
	assert_int_equal(store_layer(store, &base_chain, &layer, &err), 1);
	assert_int_equal(count_images(store), 1);
	assert_true(is_listed(store, &base));
	assert_true(warned(store, word));
	assert_true(warned(store, "does not exist"));
	assert_true(problems(false) > 0);
}

#define LAYER_ROW(name, file, how, word)                                       \
	static void layer_with_##name##_is_dropped_with_its_images(            \
		void **state)                                                  \
	{                                                                      \
		(void)state;                                                   \
		damage_layer(file, how);                                       \
		expect_layer_dropped(word);                                    \
	}
LAYER_ROW(no_diff, "diff", "rm", "diff")
LAYER_ROW(bad_diff, "diff", "echo sha256:12 >", "diff")
LAYER_ROW(other_diff, "diff", "echo " DIGEST_EMPTY_LAYER " >", "chain ID")
LAYER_ROW(no_size, "size", "rm", "size")
LAYER_ROW(newline_after_size, "size", "echo 2 >", "size")
LAYER_ROW(no_cache_id, "cache-id", "rm", "cache-id")
LAYER_ROW(empty_cache_id, "cache-id", ": >", "cache-id")
LAYER_ROW(cache_id_outside, "cache-id", "echo ../../etc >", "cache-id")
LAYER_ROW(bad_parent, "parent", "echo x >", "parent")
LAYER_ROW(bad_descriptor, "descriptor.json", "echo { >", "descriptor")

static void layer_without_directory_drops_its_images(void **state)
{
	AUTO(store_free) struct store *store = NULL;

	(void)state;
	shell("rm -r root/image/overlay2/layerdb/sha256/%s",
	      hex_of(&base_chain));
	store = open_store(STORE_READ);
	assert_int_equal(count_images(store), 0);
}

static void white_space_around_other_layer_files_is_fine(void **state)
{
	AUTO(store_free) struct store *store = NULL;

	(void)state;
	damage_layer("diff", "printf '\\n ' >>");
	damage_layer("cache-id", "printf '\\n' >>");
	damage_layer("parent", "printf '\\n' >>");
	store = open_store(STORE_READ);
	assert_int_equal(count_images(store), 3);
}

static void set_parent_file(const struct digest *id, const char *text)
{
	shell("printf '%s' >root/image/overlay2/imagedb/metadata/sha256/%s/"
	      "parent", text, hex_of(id));
}

static void unknown_parent_is_no_parent(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO_FREE char *newline = mem_printf("%s\\n", base.text);

	(void)state;
	set_parent_file(&copy, newline);
	store = open_store(STORE_READ);
	assert_int_equal(count_images(store), 3);
	assert_false(digest_is_set(&get_image(store, &copy)->parent));
	assert_int_equal(get_image(store, &base)->child_count, 0);
	assert_int_equal(problems(false), 1);
}

static void image_that_is_its_own_parent_ends_no_loop(void **state)
{
	AUTO(store_free) struct store *store = NULL;

	(void)state;
	set_parent_file(&base, base.text);
	store = open_store(STORE_READ);
	assert_int_equal(count_images(store), 3);
	assert_false(digest_is_set(&get_image(store, &base)->parent));
	assert_int_equal(get_image(store, &base)->child_count, 1);
}

static void parents_in_a_circle_are_cut(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	struct image *image;
	int steps = 0;

	(void)state;
	set_parent_file(&base, meta.text);
	store = open_store(STORE_READ);
	assert_int_equal(count_images(store), 3);
	for (image = get_image(store, &meta); digest_is_set(&image->parent);
	     image = get_image(store, &image->parent))
		assert_true(++steps < 3);
	assert_true(warned(store, "one of its own children"));
}

static void missing_files_of_a_layer_are_noticed_by_use_and_fsck(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	AUTO_FREE char *cache = NULL;
	struct tree *tree;
	struct err err = ERR_INIT;

	(void)state;
	cache = slurp("image/overlay2/layerdb/sha256/%s/cache-id",
		      hex_of(&copy_chain));
	shell("rm -r root/overlay2/%s", cache);
	store = open_store(STORE_READ);
	assert_int_equal(count_images(store), 3);
	assert_int_equal(store_tree(store, &copy_chain, &tree, &err), -1);
	assert_int_equal(problems(false), 1);
}

static void wrong_link_and_lower_are_noticed_by_fsck(void **state)
{
	AUTO_FREE char *cache = NULL, *link = NULL;

	(void)state;
	cache = slurp("image/overlay2/layerdb/sha256/%s/cache-id",
		      hex_of(&copy_chain));
	link = slurp("overlay2/%s/link", cache);
	shell("rm root/overlay2/l/%s", link);
	assert_int_equal(problems(false), 1);
	shell("echo >>root/overlay2/%s/lower", cache);
	assert_int_equal(problems(false), 2);
	shell("echo >>root/overlay2/%s/link", cache);
	assert_int_equal(problems(false), 2);
}

static void missing_tar_split_is_noticed_by_fsck(void **state)
{
	(void)state;
	damage_layer("tar-split.json.gz", "rm");
	assert_int_equal(problems(false), 1);
	assert_int_equal(problems(true), 1);
}

static void changed_content_is_noticed_by_fsck_of_layers(void **state)
{
	AUTO_FREE char *cache = NULL;

	(void)state;
	cache = slurp("image/overlay2/layerdb/sha256/%s/cache-id",
		      hex_of(&copy_chain));
	shell("printf c >root/overlay2/%s/diff/b", cache);
	assert_int_equal(problems(false), 0);
	assert_int_equal(problems(true), 1);
}

static void leftovers_and_odd_names_are_ignored(void **state)
{
	(void)state;
	shell("cd root/image/overlay2 && mkdir layerdb/tmp/write-set-1 "
	      "layerdb/sha256/%064d-12-removing imagedb/metadata/sha256/x && "
	      "touch imagedb/content/sha256/.tmp-1 imagedb/content/sha256/y "
	      ".tmp-repositories.json1 && mkdir ../../overlay2/unused", 1);
	assert_int_equal(problems(true), 0);
	store_free(open_store(STORE_WRITE));
	assert_true(exists("overlay2/unused"));
}

static void missing_directories_are_recreated_by_a_writer(void **state)
{
	(void)state;
	shell("cd root/image/overlay2 && rm -r imagedb/metadata distribution "
	      "layerdb/tmp");
	assert_int_equal(problems(false), 0);
	store_free(open_store(STORE_WRITE));
	assert_true(exists("image/overlay2/imagedb/metadata/sha256"));
	assert_true(exists("image/overlay2/layerdb/tmp"));
}

static void image_for_another_system_is_left_out(void **state)
{
	AUTO(store_free) struct store *store = NULL;
	struct err err = ERR_INIT;
	struct digest id;
	static const char json[] = "{\"os\":\"windows\",\"rootfs\":{\"type\":"
				   "\"layers\"}}";

	(void)state;
	store = open_store(STORE_WRITE);
	assert_int_equal(store_put_image(store, json, sizeof(json) - 1, NULL,
					 &id, &err), 0);
	store_free(store);
	store = open_store(STORE_READ);
	assert_int_equal(count_images(store), 3);
	assert_true(warned(store, "windows"));
}

static void broken_layer_makes_room_for_a_good_one(void **state)
{
	struct store *store;
	struct digest again, chain;

	(void)state;
	damage_layer("size", "rm");
	store = open_store(STORE_WRITE);
	again = add_image(store, &base, "echo b >b && touch -d @1 b", "copy");
	chain = chain_of(store, &again);
	assert_true(digest_equal(&again, &copy));
	assert_true(digest_equal(&chain, &copy_chain));
	assert_int_equal(count_images(store), 3);
	store_free(store);
	assert_true(exists("varve/broken/layer-%s", hex_of(&chain)));
	assert_int_equal(problems(true), 0);
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, set_up_chain, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACT(whole_store_has_no_problems),
		FACT(torn_repositories_file_is_named),
		FACT(missing_repositories_file_leaves_images_untagged),
		FACT(any_white_space_in_repositories_is_fine),
		FACT(tag_of_unknown_image_is_kept_and_not_listed),
		FACT(image_of_another_digest_is_left_out),
		FACT(layer_with_no_diff_is_dropped_with_its_images),
		FACT(layer_with_bad_diff_is_dropped_with_its_images),
		FACT(layer_with_other_diff_is_dropped_with_its_images),
		FACT(layer_with_no_size_is_dropped_with_its_images),
		FACT(layer_with_newline_after_size_is_dropped_with_its_images),
		FACT(layer_with_no_cache_id_is_dropped_with_its_images),
		FACT(layer_with_empty_cache_id_is_dropped_with_its_images),
		FACT(layer_with_cache_id_outside_is_dropped_with_its_images),
		FACT(layer_with_bad_parent_is_dropped_with_its_images),
		FACT(layer_with_bad_descriptor_is_dropped_with_its_images),
		FACT(layer_without_directory_drops_its_images),
		FACT(white_space_around_other_layer_files_is_fine),
		FACT(unknown_parent_is_no_parent),
		FACT(image_that_is_its_own_parent_ends_no_loop),
		FACT(parents_in_a_circle_are_cut),
		FACT(missing_files_of_a_layer_are_noticed_by_use_and_fsck),
		FACT(wrong_link_and_lower_are_noticed_by_fsck),
		FACT(missing_tar_split_is_noticed_by_fsck),
		FACT(changed_content_is_noticed_by_fsck_of_layers),
		FACT(leftovers_and_odd_names_are_ignored),
		FACT(missing_directories_are_recreated_by_a_writer),
		FACT(image_for_another_system_is_left_out),
		FACT(broken_layer_makes_room_for_a_good_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
