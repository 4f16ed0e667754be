/* varve df: docker system df for the images of a store. */
#include <stdio.h>

#include "cli/image_files.h"
#include "cli/print.h"
#include "spec/gofmt.h"
#include "store/usage.h"

static const struct opt opts[] = { ROOT_ROW, FORMAT_ROW, OPT_END };

static void print_table(const struct store_usage *usage)
{
	static const char *const head[] = { "TYPE", "TOTAL", "ACTIVE", "SIZE",
					    "RECLAIMABLE" };
	struct table table = { .columns = 5 };
	char size[32], free_size[32], own[32];

	for (size_t i = 0; i < 5; i++)
		strv_add(&table.cells, head[i]);
	gofmt_size(size, (double)usage->size, 4);
	gofmt_size(free_size, (double)usage->reclaimable, 4);
	gofmt_size(own, (double)usage->own, 4);
	strv_add(&table.cells, "Images");
	strv_take(&table.cells, mem_printf("%zu", usage->images));
	strv_take(&table.cells, mem_printf("%zu", usage->active));
	strv_add(&table.cells, size);
	if (usage->size)
		strv_take(&table.cells, mem_printf(
			"%s (%llu%%)", free_size, (unsigned long long)
			(usage->reclaimable * 100 / usage->size)));
	else
		strv_add(&table.cells, free_size);
	strv_add(&table.cells, "varve's own");
	strv_add(&table.cells, "");
	strv_add(&table.cells, "");
	strv_add(&table.cells, own);
	strv_add(&table.cells, own);
	table_print(stdout, &table);
	strv_release(&table.cells);
}

static void print_json(const struct store_usage *usage)
{
	AUTO(buf_release) struct buf out = BUF_INIT;

	buf_adds(&out, "{\"format\": 1, \"images\": {");
	json_number(&out, "total", usage->images);
	json_number(&out, "active", usage->active);
	json_number(&out, "intermediate", usage->intermediate);
	json_number(&out, "size", usage->size);
	json_number(&out, "reclaimable", usage->reclaimable);
	buf_addc(&out, '}');
	json_number(&out, "own", usage->own);
	printf("%s}\n", out.data);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	AUTO(image_flags_release) struct image_flags flags = { 0 };
	AUTO(image_verb_end) struct store *store = NULL;
	struct store_usage usage;
	struct err err = ERR_INIT;
	int rest, rc;

	rc = image_verb_start(verb, argc, argv, 0, 0, STORE_READ, &flags,
			      &rest, &store, &err);
	if (rc > 0)
		return rc == 1 ? 0 : 2;
	if (rc < 0 || store_count_usage(store, &usage, &err) < 0)
		return fail(&err);
	if (image_flags_json(&flags))
		print_json(&usage);
	else
		print_table(&usage);
	return 0;
}

const struct verb verb_df = {
	"df", "[OPTIONS]",
	"Show how much the images take and how much could go.", opts, run,
};
