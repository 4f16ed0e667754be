/* varve parse: a Dockerfile as varve reads it, or its mistakes. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "cli/verb.h"
#include "dockerfile/dockerfile.h"
#include "dockerfile/dockerfile_json.h"

struct parse_options {
	const char *format;
};

static const struct opt opts[] = {
	{ 0, "format", OPT_STRING, offsetof(struct parse_options, format),
	  "text|json", "Output format (default json)" },
	OPT_END,
};

static bool has_mistakes(const struct dockerfile *file)
{
	for (size_t i = 0; i < file->diag_count; i++)
		if (!file->diags[i].warning)
			return true;
	return false;
}

static void print_diags(const struct dockerfile *file, const char *name)
{
	for (size_t i = 0; i < file->diag_count; i++) {
		const struct diag *diag = &file->diags[i];

		fprintf(stderr, "%s:%d:%d: %s: %s\n", name, diag->at.line,
			diag->at.column, diag->warning ? "warning" : "error",
			diag->text);
	}
}

static void print_text(const struct dockerfile *file)
{
	for (size_t i = 0; i < file->instr_count; i++) {
		const struct instr *instr = file->instrs[i];

		printf("%4d  %s\n", instr->at.line, instr->text);
	}
}

static int read_file(const char *name, struct buf *out, struct err *err)
{
	int found;

	if (strcmp(name, "-") == 0)
		return fs_read_fd(0, DOCKERFILE_MAX, out, err) < 0 ?
			err_wrap(err, "standard input") : 0;
	found = fs_read(AT_FDCWD, name, DOCKERFILE_MAX, out, err);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND,
			       "cannot open '%s': No such file or directory",
			       name);
	return found < 0 ? -1 : 0;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(dockerfile_free) struct dockerfile *file = NULL;
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct parse_options options = { NULL };
	struct err err = ERR_INIT;
	const char *name;
	int rest, rc;

	rc = opts_parse(verb, argc, argv, &options, &rest);
	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (argc - rest != 1)
		return usage_error(verb, "which file? varve parse FILE");
	name = argv[rest];
	if (read_file(name, &text, &err) < 0)
		return fail(&err);
	file = dockerfile_parse(text.data, text.len);
	print_diags(file, name);
	if (options.format && strcmp(options.format, "text") == 0) {
		print_text(file);
	} else {
		AUTO_FREE char *json = dockerfile_format_json(file, name);

		printf("%s\n", json);
	}
	if (!has_mistakes(file) && dockerfile_check(file, name, &err) < 0)
		return fail(&err);
	return has_mistakes(file);
}

const struct verb verb_parse = {
	"parse", "[OPTIONS] FILE|-",
	"Print a Dockerfile as varve reads it, or its mistakes.\n"
	"JSON on standard output, mistakes as FILE:LINE:COLUMN on standard error;\n"
	"exit status 1 if there are any.",
	opts, run,
};
