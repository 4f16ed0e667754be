/* Facts about sandbox/initlayer: when a later run may share an init layer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "sandbox/initlayer.h"

static char dir[64];

/* Layers a (with etc), b (with home), c (with nothing), d (with a link for
 * dev), e (hides .dockerenv). */
static int make_layers(void **state)
{
	int root;

	(void)state;
	strcpy(dir, "/tmp/varve-init-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (char name[] = "a"; *name <= 'e'; ++*name)
		if (mkdirat(root, name, 0755) < 0)
			return -1;
	if (mkdirat(root, "a/etc", 0755) | mkdirat(root, "b/home", 0755) |
	    symlinkat("/", root, "d/dev") |
	    mknodat(root, "e/.dockerenv", S_IFREG, 0))
		return -1;
	return close(root);
}

static int drop_layers(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	return fs_remove_tree(AT_FDCWD, dir, &err);
}

/* "ba": layer b above layer a. */
static struct strv layers(const char *names)
{
	struct strv list = { 0 };

	for (; *names; names++)
		strv_take(&list, mem_printf("%s/%c", dir, *names));
	return list;
}

static bool serves(const char *made, const char *now)
{
	AUTO(strv_release) struct strv old = layers(made);
	AUTO(strv_release) struct strv new = layers(now);

	return initlayer_serves(&old, &new);
}

static void the_same_layers_are_served(void **state)
{
	(void)state;
	assert_true(serves("a", "a"));
	assert_true(serves("dba", "dba"));
}

static void layers_beside_its_ways_are_served(void **state)
{
	(void)state;
	assert_true(serves("a", "ba"));
	assert_true(serves("a", "cba"));
}

static void a_layer_in_its_way_is_not_served(void **state)
{
	(void)state;
	assert_false(serves("c", "ac"));
	assert_false(serves("a", "da"));
	assert_false(serves("a", "ea"));
	assert_false(serves("a", "bda"));
}

static void other_layers_are_not_served(void **state)
{
	(void)state;
	assert_false(serves("", ""));
	assert_false(serves("", "a"));
	assert_false(serves("ba", "a"));
	assert_false(serves("ba", "ca"));
	assert_false(serves("a", "ab"));
	assert_false(serves("a", "xa")); /* not there: who knows */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_layers_are_served),
		cmocka_unit_test(layers_beside_its_ways_are_served),
		cmocka_unit_test(a_layer_in_its_way_is_not_served),
		cmocka_unit_test(other_layers_are_not_served),
	};

	return cmocka_run_group_tests(tests, make_layers, drop_layers);
}
