/* Knows how the tags of a repository are listed (distribution-spec, listing
 * tags). */
#include <string.h>

#include "base/mem.h"
#include "transport/registry_inside.h"
#include "transport/token.h"

#define PAGE 1000
#define PAGE_MAX ((size_t)16 << 20) /* bytes */
#define PAGES_MAX 1000

/* One page; with_none: a repository that is not there has none. */
static int get_page(struct registry *r, const char *path, const char *query,
		    bool with_none, struct strv *out, struct err *err)
{
	AUTO_FREE char *url = mem_printf("%s/v2/%s/tags/list%s", r->base, path,
					 query);
	AUTO(http_answer_release) struct http_answer answer = { 0 };
	AUTO_FREE char *scope = registry_scope(path, SCOPE_PULL);
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct registry_body body = { &text, PAGE_MAX };
	struct http_request request = {
		.method = "GET", .url = url,
		.sink = registry_take_body, .arg = &body,
	};

	if (registry_call(r, scope, &request, registry_clear_body, &body,
			  &answer, err) < 0)
		return -1;
	if (answer.status == 404 && with_none)
		return 0;
	if (answer.status != 200)
		return registry_fail(r, &answer, path, err);
	return token_tags((struct span){ text.data, text.len }, out, err);
}

int registry_tags(struct registry *r, const char *path, struct strv *out,
		  struct err *err)
{
	return get_page(r, path, "", false, out, err);
}

/* Not every server pages, and one that does not gives all each time. */
int registry_all_tags(struct registry *r, const char *path, struct strv *out,
		      struct err *err)
{
	AUTO_FREE char *last = mem_strdup("");

	for (int page = 0; page < PAGES_MAX; page++) {
		AUTO(strv_release) struct strv tags = { 0 };
		AUTO_FREE char *query = mem_printf("?n=%d%s%s", PAGE,
						   *last ? "&last=" : "", last);
		size_t before = out->count;

		if (get_page(r, path, query, true, &tags, err) < 0)
			return -1;
		if (tags.count && out->count &&
		    !strcmp(tags.items[0], out->items[0]))
			return 0;
		for (size_t i = 0; i < tags.count; i++)
			strv_add(out, tags.items[i]);
		if (out->count - before < PAGE)
			return 0;
		free(last);
		last = mem_strdup(out->items[out->count - 1]);
	}
	return 0;
}
