/* Knows how a test of the context floor gets a directory and a key. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "context_tree.h"

struct place place_make(void)
{
	struct place place = { "/tmp/varve-context-XXXXXX", -1 };

	assert_non_null(mkdtemp(place.path));
	place.fd = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(place.fd >= 0);
	return place;
}

void place_drop(struct place *place)
{
	struct err err = ERR_INIT;

	close(place->fd);
	assert_int_equal(fs_remove_tree(AT_FDCWD, place->path, &err), 0);
}

void put(const struct place *place, const char *name, const char *text)
{
	AUTO_FREE char *dir = mem_strdup(name);
	char *slash = strrchr(dir, '/');
	struct err err = ERR_INIT;
	AUTO_FD int fd = -1;

	if (slash) {
		*slash = '\0';
		assert_int_equal(fs_mkdir_p(place->fd, dir, 0755, &err), 0);
	}
	fd = openat(place->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(fs_write_all(fd, text, strlen(text), &err), 0);
}

struct tree *open_place(const struct place *place,
			const struct context_options *options)
{
	struct err err = ERR_INIT;
	struct tree *tree = NULL;

	if (context_open_dir(place->path, options, &tree, &err) < 0)
		fail_msg("%s", err.msg);
	return tree;
}

char *key_of_words(struct tree *tree, const char *words, struct err *err)
{
	AUTO(source_set_release) struct source_set set = { 0 };
	AUTO(strv_release) struct strv list = { 0 };

	while (*words) {
		size_t n = strcspn(words, " ");

		strv_addn(&list, words, n);
		words += n + (words[n] == ' ');
	}
	if (source_find(tree, "COPY", &list, &set, err) < 0 ||
	    source_make_key(tree, &set, err) < 0)
		return NULL;
	return STEAL(set.key);
}
