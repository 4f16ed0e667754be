/* Parses each dockerfile/<case>/Dockerfile and compares the JSON it makes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "dockerfile/dockerfile_json.h"

#define CASES TEST_DATA "/golden/dockerfile"

struct golden {
	int number, failed;
	bool update;
};

/* The first line that differs, as TAP comments. */
static void show_difference(const char *got, const char *want)
{
	int line = 1;

	for (size_t i = 0; got[i] && got[i] == want[i]; i++)
		line += got[i] == '\n';
	for (int n = 1; n < line; n++) {
		got += strcspn(got, "\n") + 1;
		want += strcspn(want, "\n") + 1;
	}
	printf("# line %d\n# got  %.*s\n# want %.*s\n", line,
	       (int)strcspn(got, "\n"), got, (int)strcspn(want, "\n"), want);
}

static int read_case(int dir, const char *name, struct buf *text,
		     struct buf *want, struct err *err)
{
	AUTO_FREE char *source = mem_printf("%s/Dockerfile", name);
	AUTO_FREE char *expected = mem_printf("%s/expected", name);

	if (fs_read(dir, source, DOCKERFILE_MAX, text, err) < 0)
		return -1;
	return fs_read(dir, expected, DOCKERFILE_MAX, want, err);
}

static int run_case(void *arg, int dir, const char *name, struct err *err)
{
	struct golden *golden = arg;
	AUTO(dockerfile_free) struct dockerfile *file = NULL;
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO(buf_release) struct buf want = BUF_INIT;
	AUTO_FREE char *json = NULL;
	AUTO_FREE char *got = NULL;
	bool same;

	if (read_case(dir, name, &text, &want, err) < 0)
		return -1;
	file = dockerfile_parse(text.data, text.len);
	json = dockerfile_format_json(file, "Dockerfile");
	got = mem_printf("%s\n", json);
	same = want.len && strcmp(got, want.data) == 0;
	if (!same && golden->update) {
		AUTO_FREE char *path = mem_printf("%s/expected", name);

		return fs_write_atomic(dir, path, got, strlen(got), 0644,
				       false, err);
	}
	printf("%sok %d - %s\n", same ? "" : "not ", ++golden->number, name);
	if (!same)
		show_difference(got, want.len ? want.data : "");
	golden->failed += !same;
	return 0;
}

int main(void)
{
	struct golden golden = { .update = getenv("GOLDEN_UPDATE") != NULL };
	struct err err = ERR_INIT;

	if (fs_each(AT_FDCWD, CASES, run_case, &golden, &err) < 0) {
		printf("Bail out! %s\n", err.msg);
		return 1;
	}
	printf("1..%d\n", golden.number);
	return golden.failed > 0;
}
