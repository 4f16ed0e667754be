/* Knows how an editor asks for plans, and answers. */
#include "cli/serve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/planning.h"
#include "dockerfile/dockerfile.h"

struct request {
	struct whatif whatif;
	struct buf text;
};

static void request_release(struct request *request)
{
	whatif_release(&request->whatif);
	buf_release(&request->text);
}
AUTO_DEFINE_IN_PLACE(struct request, request_release)

static void answer(const char *kind, const char *text)
{
	printf("%s %zu\n%s", kind, strlen(text), text);
	fflush(stdout);
}

/* ---- asking ---- */

static struct strv *list_named(struct whatif *whatif, const char *word)
{
	const struct {
		const char *name;
		struct strv *list;
	} lists[] = {
		{ "touch", &whatif->touch }, { "set-arg", &whatif->set_args },
		{ "move", &whatif->move }, { "drop", &whatif->drop },
		{ "insert", &whatif->insert },
		{ "ignore", &whatif->ignore },
		{ "unignore", &whatif->unignore },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (strcmp(lists[i].name, word) == 0)
			return lists[i].list;
	return NULL;
}

static int read_text(struct request *request, const char *count,
		     struct err *err)
{
	char *end;
	unsigned long len = strtoul(count, &end, 10);

	if (end == count || *end || len > DOCKERFILE_MAX)
		return err_set(err, ERR_INPUT, "'%s' is no length of a "
			       "Dockerfile", count);
	buf_reserve(&request->text, len + 1);
	if (fread(request->text.data, 1, len, stdin) != len)
		return err_set(err, ERR_INPUT, "standard input ended within "
			       "a text");
	request->text.data[len] = '\0';
	request->text.len = len;
	request->whatif.text = request->text.data;
	return 1;
}

/* 1 there is one, 0 the end, -1. */
static int read_request(struct request *request, struct err *err)
{
	AUTO_FREE char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, stdin)) > 0) {
		char *value = strchr(line, ' ');
		struct strv *list;

		line[line[len - 1] == '\n' ? len - 1 : len] = '\0';
		if (!value)
			return err_set(err, ERR_INPUT,
				       "'%s' is no request", line);
		*value++ = '\0';
		if (strcmp(line, "text") == 0)
			return read_text(request, value, err);
		list = list_named(&request->whatif, line);
		if (!list)
			return err_set(err, ERR_INPUT,
				       "'%s' is no request", line);
		strv_add(list, value);
	}
	return 0;
}

/* ---- answering ---- */

static int make_plan(const struct request *request,
		     struct workspace *workspace, char **json,
		     struct err *err)
{
	AUTO(imagined_free) struct imagined *imagined = NULL;
	AUTO(plan_free) struct plan *plan = NULL;

	if (whatif_open(&request->whatif, workspace, &imagined, err) < 0 ||
	    plan_open(&imagined->input, &plan, err) < 0 ||
	    plan_preview(plan, err) < 0)
		return -1;
	*json = plan_format_json(plan);
	return 0;
}

static int answer_next(struct workspace *workspace, struct err *err)
{
	AUTO(request_release) struct request request = { .text = BUF_INIT };
	AUTO_FREE char *json = NULL;
	struct err why = ERR_INIT;
	int rc = read_request(&request, err);

	if (rc <= 0)
		return rc;
	if (make_plan(&request, workspace, &json, &why) < 0)
		answer("error", why.msg);
	else
		answer("plan", json);
	return 1;
}

int serve(struct build_flags *flags, const char *context)
{
	AUTO(planning_release) struct planning planning = { 0 };
	struct workspace *workspace;
	struct err err = ERR_INIT;
	int rc;

	/* The file need not be there yet: each request brings its text. */
	if (planning_open(flags, context, "", &planning, &err) < 0)
		return fail(&err);
	workspace = planning.workspace;
	printf("ready\n");
	fflush(stdout);
	while ((rc = answer_next(workspace, &err)) > 0)
		if (workspace->context)
			context_save_cache(workspace->context);
	return rc < 0 ? fail(&err) : 0;
}
