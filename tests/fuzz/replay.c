/* Gives each file of a corpus to a fuzz target, and says so in TAP. */
#include <fcntl.h>
#include <stdio.h>

#include "base/fs.h"

#define CORPUS_FILE_MAX (64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static int replay(void *arg, int dir, const char *name, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	int *number = arg;

	if (fs_read(dir, name, CORPUS_FILE_MAX, &text, err) < 0)
		return -1;
	buf_reserve(&text, 0);
	LLVMFuzzerTestOneInput((const unsigned char *)text.data, text.len);
	printf("ok %d - %s\n", ++*number, name);
	return 0;
}

int main(int argc, char **argv)
{
	const char *corpus = argc > 1 ? argv[1] : FUZZ_CORPUS;
	struct err err = ERR_INIT;
	int number = 0;

	setvbuf(stdout, NULL, _IONBF, 0); /* a crash must not eat the names */
	if (fs_each(AT_FDCWD, corpus, replay, &number, &err) < 0) {
		printf("Bail out! %s: %s\n", corpus, err.msg);
		return 1;
	}
	printf("1..%d\n", number);
	return 0;
}
