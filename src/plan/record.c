/* Knows what is kept of a step's cost: time, bytes, size of the layer. */
#include <inttypes.h>
#include <string.h>

#include "base/fs.h"
#include "plan/journal.h"
#include "plan/json_fields.h"
#include "spec/config.h"

void step_record_release(struct step_record *record)
{
	free(record->created_by);
	record->created_by = NULL;
}

int step_record_write(int dir, const struct digest *image,
		      const struct step_record *record, struct err *err)
{
	AUTO_FREE char *name = mem_printf("steps/%s", DIGEST_HEX(image));
	const char *created_by = record->created_by ? record->created_by : "";
	AUTO(buf_release) struct buf json = BUF_INIT;

	buf_addf(&json, "{\"ms\":%" PRId64 ",\"cpu_ms\":%" PRId64
		 ",\"bytes\":%" PRId64 ",\"layer_size\":%" PRId64
		 ",\"parent\":\"%s\",\"created_by\":", record->ms,
		 record->cpu_ms, record->bytes, record->layer_size,
		 record->parent.text);
	config_format_string(&json, created_by, strlen(created_by));
	buf_adds(&json, "}\n");
	if (fs_mkdir_p(dir, "steps", 0700, err) < 0)
		return -1;
	return fs_write_atomic(dir, name, json.data, json.len, 0600, false,
			       err);
}

int step_record_read(int dir, const struct digest *image,
		     struct step_record *out, struct err *err)
{
	AUTO_FREE char *name = mem_printf("steps/%s", DIGEST_HEX(image));
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct step_record record = { 0 };
	const char *parent, *created_by;
	json_t *root;
	int rc;

	if (dir < 0)
		return 0;
	rc = fs_read(dir, name, STEP_RECORD_MAX, &text, err);
	if (rc <= 0)
		return rc;
	root = json_loadb(text.data, text.len, 0, NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		return err_set(err, ERR_CORRUPT, "record '%s' is damaged",
			       name);
	}
	record.ms = json_number_of(root, "ms", -1);
	record.cpu_ms = json_number_of(root, "cpu_ms", -1);
	record.bytes = json_number_of(root, "bytes", -1);
	record.layer_size = json_number_of(root, "layer_size", -1);
	parent = json_text_of(root, "parent");
	if (parent)
		digest_parse(parent, &record.parent);
	created_by = json_text_of(root, "created_by");
	record.created_by = mem_strdup(created_by ? created_by : "");
	json_decref(root);
	*out = record;
	return 1;
}
