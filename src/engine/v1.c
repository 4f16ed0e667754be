/* Knows the v1 image objects that docker save still writes: their IDs and the
 * order of their keys (store.md 6.1). */
#include "engine/v1.h"

#include <string.h>

#include "base/mem.h"
#include "spec/gofmt.h"

enum key {
	KEY_ARCHITECTURE, KEY_AUTHOR, KEY_COMMENT, KEY_CONFIG, KEY_CONTAINER,
	KEY_CONTAINER_CONFIG, KEY_CREATED, KEY_DOCKER_VERSION, KEY_ID,
	KEY_LAYER_ID, KEY_OS, KEY_PARENT, KEY_VARIANT, KEY_COUNT,
};
/* Their order here is the sorted one, which the ID is made of. */
static const char *const key_names[KEY_COUNT] = {
	"architecture", "author", "comment", "config", "container",
	"container_config", "created", "docker_version", "id",
	"layer_id", "os", "parent", "variant",
};
static const enum key file_order[] = {
	KEY_ID, KEY_PARENT, KEY_COMMENT, KEY_CREATED, KEY_CONTAINER,
	KEY_CONTAINER_CONFIG, KEY_DOCKER_VERSION, KEY_AUTHOR, KEY_CONFIG,
	KEY_ARCHITECTURE, KEY_VARIANT, KEY_OS,
};

/* Values as JSON; an empty one is left out. */
struct object {
	struct buf values[KEY_COUNT];
};

static void object_release(struct object *object)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		buf_release(&object->values[i]);
}
AUTO_DEFINE_IN_PLACE(struct object, object_release)

static void put(struct object *object, enum key key, const char *text)
{
	buf_clear(&object->values[key]);
	if (text && text[0])
		config_format_string(&object->values[key], text, strlen(text));
}

static void put_config(struct object *object, enum key key,
		       const struct run_config *config)
{
	run_config_format(config, &object->values[key]);
}

static void put_top(struct object *object, const struct image_config *top)
{
	char created[40] = "0001-01-01T00:00:00Z";

	if (top->created.set)
		gofmt_time(top->created, created);
	put(object, KEY_CREATED, created);
	put(object, KEY_ARCHITECTURE, top->architecture);
	put(object, KEY_AUTHOR, top->author);
	put(object, KEY_COMMENT, top->comment);
	put(object, KEY_CONTAINER, top->container);
	put(object, KEY_DOCKER_VERSION, top->docker_version);
	put(object, KEY_OS, top->os);
	put(object, KEY_VARIANT, top->variant);
	if (top->has_config)
		put_config(object, KEY_CONFIG, &top->config);
	put_config(object, KEY_CONTAINER_CONFIG, &top->container_config);
}

static void put_below(struct object *object)
{
	AUTO(run_config_release) struct run_config zero;

	run_config_init(&zero);
	put(object, KEY_CREATED, "1970-01-01T00:00:00Z");
	put_config(object, KEY_CONTAINER_CONFIG, &zero);
}

static void add_pair(const struct object *object, enum key key,
		     struct buf *out)
{
	const struct buf *value = &object->values[key];

	if (value->len == 0)
		return;
	buf_addf(out, "%s\"%s\":", out->len > 1 ? "," : "", key_names[key]);
	buf_add(out, value->data, value->len);
}

static void make_id(const struct object *object, char id[65])
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct digest sum;

	buf_addc(&text, '{');
	for (enum key key = 0; key < KEY_COUNT; key++)
		add_pair(object, key, &text);
	buf_addc(&text, '}');
	digest_make(text.data, text.len, &sum);
	memcpy(id, DIGEST_HEX(&sum), 65);
}

void v1_layer(const struct image_config *top, const struct digest *chain,
	      const char *parent, char id[65], struct buf *json)
{
	AUTO(object_release) struct object object = { 0 };
	AUTO_FREE char *prefixed =
		parent ? mem_printf("sha256:%s", parent) : NULL;

	if (top)
		put_top(&object, top);
	else
		put_below(&object);
	put(&object, KEY_LAYER_ID, chain->text);
	put(&object, KEY_PARENT, prefixed);
	make_id(&object, id);

	put(&object, KEY_ID, id);
	put(&object, KEY_PARENT, parent);
	put(&object, KEY_OS, top && top->os[0] ? top->os : "linux");
	buf_addc(json, '{');
	for (size_t i = 0; i < sizeof(file_order) / sizeof(*file_order); i++)
		add_pair(&object, file_order[i], json);
	buf_addc(json, '}');
}
