/* Knows repositories.json: which name means which image, in the very bytes
 * that Docker writes (store.md 1.3). */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "spec/reference.h"
#include "store/inside.h"

#define FILE_NAME "repositories.json"

/* ---- the table ---- */

const struct tag_entry *tag_table_find(const struct store *store,
				       const char *ref)
{
	struct tag_entry *entry;

	HASH_FIND_STR(store->tags, ref, entry);
	return entry;
}

static void put_entry(struct store *store, const char *repository,
		      const char *ref, const char *value)
{
	struct tag_entry *entry;

	HASH_FIND_STR(store->tags, ref, entry);
	if (!entry) {
		entry = mem_alloc(sizeof(*entry));
		entry->repository = mem_strdup(repository);
		entry->ref = mem_strdup(ref);
		HASH_ADD_KEYPTR(hh, store->tags, entry->ref,
				strlen(entry->ref), entry);
	}
	free(entry->value);
	entry->value = mem_strdup(value);
}

static void drop_entry(struct store *store, struct tag_entry *entry)
{
	HASH_DEL(store->tags, entry);
	free(entry->repository);
	free(entry->ref);
	free(entry->value);
	free(entry);
}

void tag_table_release(struct store *store)
{
	struct tag_entry *entry, *next;

	HASH_ITER(hh, store->tags, entry, next)
		drop_entry(store, entry);
}

/* ---- reading ---- */

static bool take_repository(struct store *store, const char *repository,
			    json_t *refs)
{
	const char *ref;
	json_t *value;

	if (!json_is_object(refs) && !json_is_null(refs))
		return false;
	json_object_foreach(refs, ref, value) {
		if (!json_is_string(value))
			return false;
		put_entry(store, repository, ref, json_string_value(value));
	}
	return true;
}

static bool take_all(struct store *store, json_t *root)
{
	json_t *all = json_object_get(root, "Repositories"), *refs;
	const char *repository;

	if (!json_is_object(root) || (all && !json_is_object(all) &&
				      !json_is_null(all)))
		return json_is_null(root);
	json_object_foreach(all, repository, refs) {
		if (!take_repository(store, repository, refs))
			return false;
	}
	return true;
}

static int damaged(const struct store *store, const char *why,
		   struct err *err)
{
	return err_set(err, ERR_CORRUPT, "'%s/image/" STORE_DRIVER
		       "/" FILE_NAME "' is damaged: %s", store->root, why);
}

int tag_table_load(struct store *store, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	json_error_t where;
	json_t *root;
	bool fine;
	int found;

	if (store->image_fd < 0)
		return 0;
	found = quiet_read(store->image_fd, FILE_NAME, REPOSITORIES_LIMIT,
			   &text, err);
	if (found < 0)
		return err_wrap(err, "cannot read the names of the images");
	if (!found)
		return 0;
	/* Go's decoder takes what comes behind for the next value. */
	root = json_loadb(text.data ? text.data : "", text.len,
			  JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &where);
	if (!root)
		return damaged(store, where.text, err);
	fine = take_all(store, root);
	json_decref(root);
	return fine ? 0 : damaged(store, "not a table of repositories", err);
}

/* ---- writing ---- */

static int by_name(struct tag_entry *a, struct tag_entry *b)
{
	int order = strcmp(a->repository, b->repository);

	return order ? order : strcmp(a->ref, b->ref);
}

static void add_string(struct buf *out, const char *text)
{
	config_format_string(out, text, strlen(text));
}

static void format(struct store *store, struct buf *out)
{
	const char *repository = NULL;
	struct tag_entry *entry;

	HASH_SORT(store->tags, by_name);
	buf_adds(out, "{\"Repositories\":{");
	for (entry = store->tags; entry; entry = entry->hh.next) {
		if (!repository ||
		    strcmp(repository, entry->repository) != 0) {
			buf_adds(out, repository ? "}," : "");
			repository = entry->repository;
			add_string(out, repository);
			buf_adds(out, ":{");
		} else {
			buf_addc(out, ',');
		}
		add_string(out, entry->ref);
		buf_addc(out, ':');
		add_string(out, entry->value);
	}
	buf_adds(out, repository ? "}}}" : "}}");
}

/* The one file without which a store does not open: synced each time. */
int tag_table_save(struct store *store, struct err *err)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	AUTO_FD int fd = -1;

	format(store, &text);
	fd = openat(store->private_fd, STORE_TMP "/" FILE_NAME,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, errno, "cannot write the names of the "
			       "images");
	if (fs_write_all(fd, text.data, text.len, err) < 0)
		return err_wrap(err, "cannot write the names of the images");
	if (fchmod(fd, 0600) < 0 || fsync(fd) < 0 ||
	    renameat(store->private_fd, STORE_TMP "/" FILE_NAME,
		     store->image_fd, FILE_NAME) < 0 ||
	    fsync(store->image_fd) < 0)
		return err_sys(err, errno, "cannot write the names of the "
			       "images");
	return 0;
}

static bool same_table(const struct store *store, const struct strv *refs,
		       const struct digest *ids)
{
	if (HASH_COUNT(store->tags) != refs->count)
		return false;
	for (size_t i = 0; i < refs->count; i++) {
		const struct tag_entry *entry =
			tag_table_find(store, refs->items[i]);

		if (!entry || strcmp(entry->value, ids[i].text) != 0)
			return false;
	}
	return true;
}

/* image->tags stay as they were: who opens the store next sees them. */
int tag_table_replace(struct store *store, const struct strv *refs,
		      const struct digest *ids, struct err *err)
{
	if (same_table(store, refs, ids))
		return 0;
	tag_table_release(store);
	for (size_t i = 0; i < refs->count; i++) {
		AUTO(reference_release) struct reference ref = { 0 };
		AUTO_FREE char *repository = NULL;

		if (reference_parse(refs->items[i], &ref, err) < 0)
			return -1;
		repository = reference_name(&ref);
		put_entry(store, repository, refs->items[i], ids[i].text);
	}
	return tag_table_save(store, err);
}

/* ---- image->tags ---- */

/* docker lists the references of an image by their full names. */
struct full_name {
	char *full, *ref;
};

static int by_full(const void *a, const void *b)
{
	const struct full_name *x = a, *y = b;

	return strcmp(x->full, y->full);
}

static char *full_of(const char *text)
{
	AUTO(reference_release) struct reference ref = { 0 };
	struct err ignored = ERR_INIT;

	if (reference_parse(text, &ref, &ignored) < 0)
		return mem_strdup(text);
	return reference_full(&ref);
}

static void sort_tags(struct strv *tags)
{
	struct full_name *names;

	if (tags->count < 2)
		return;
	names = mem_array(tags->count, sizeof(*names));
	for (size_t i = 0; i < tags->count; i++) {
		names[i].ref = tags->items[i];
		names[i].full = full_of(tags->items[i]);
	}
	qsort(names, tags->count, sizeof(*names), by_full);
	for (size_t i = 0; i < tags->count; i++) {
		tags->items[i] = names[i].ref;
		free(names[i].full);
	}
	free(names);
}

static struct image_entry *image_of(const struct store *store,
				    const struct tag_entry *entry)
{
	struct digest id;

	if (!digest_parse(entry->value, &id))
		return NULL;
	return image_table_find(store, &id);
}

void tag_table_apply(struct store *store)
{
	struct tag_entry *entry;

	for (entry = store->tags; entry; entry = entry->hh.next) {
		struct image_entry *image = image_of(store, entry);

		if (image)
			strv_add(&image->image.tags, entry->ref);
		else
			store->nameless = true;
	}
	for (size_t i = 0; i < store->sorted.count; i++)
		sort_tags(&store->sorted.items[i]->tags);
}

static void drop_tag(struct image_entry *image, const char *ref)
{
	struct strv *tags = &image->image.tags;
	size_t kept = 0;

	for (size_t i = 0; i < tags->count; i++) {
		if (strcmp(tags->items[i], ref) == 0)
			free(tags->items[i]);
		else
			tags->items[kept++] = tags->items[i];
	}
	tags->count = kept;
}

/* ---- changes ---- */

int tag_table_set(struct store *store, const char *ref,
		  const struct digest *id, struct digest *moved_from,
		  struct err *err)
{
	AUTO(reference_release) struct reference parsed = { 0 };
	AUTO_FREE char *repository = NULL;
	const struct tag_entry *old = tag_table_find(store, ref);
	AUTO_FREE char *before = old ? mem_strdup(old->value) : NULL;
	struct image_entry *from = old ? image_of(store, old) : NULL;
	struct image_entry *to = image_table_find(store, id);

	if (reference_parse(ref, &parsed, err) < 0)
		return -1;
	if (before && strcmp(before, id->text) == 0)
		return 0;
	if (before && digest_is_set(&parsed.digest))
		return err_set(err, ERR_CONFLICT, "Cannot overwrite digest %s",
			       parsed.digest.text);
	repository = reference_name(&parsed);
	put_entry(store, repository, ref, id->text);
	if (tag_table_save(store, err) < 0) {
		struct tag_entry *entry =
			(struct tag_entry *)tag_table_find(store, ref);

		if (before)
			put_entry(store, repository, ref, before);
		else
			drop_entry(store, entry);
		return -1;
	}
	if (from)
		drop_tag(from, ref);
	if (to) {
		strv_add(&to->image.tags, ref);
		sort_tags(&to->image.tags);
	}
	if (moved_from && before && !digest_parse(before, moved_from))
		*moved_from = (struct digest){ "" };
	return 0;
}

int tag_table_unset(struct store *store, const char *ref, struct err *err)
{
	struct tag_entry *entry;
	struct image_entry *image;
	struct tag_entry saved;

	HASH_FIND_STR(store->tags, ref, entry);
	if (!entry)
		return err_set(err, ERR_NOT_FOUND, "reference does not exist");
	image = image_of(store, entry);
	saved = (struct tag_entry){
		.repository = mem_strdup(entry->repository),
		.ref = mem_strdup(entry->ref),
		.value = mem_strdup(entry->value),
	};
	drop_entry(store, entry);
	if (tag_table_save(store, err) < 0) {
		put_entry(store, saved.repository, saved.ref, saved.value);
	} else {
		if (image)
			drop_tag(image, saved.ref);
		err = NULL;
	}
	free(saved.repository);
	free(saved.ref);
	free(saved.value);
	return err ? -1 : 0;
}
