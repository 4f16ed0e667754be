/* Knows the order of a layer's bytes: header, content, padding, end. */
#include "spec/layertar.h"

#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <string.h>
#include <uthash.h>

#include "spec/layerhash.h"
#include "spec/tarblock.h"

struct layer_writer {
	struct layer_hash *hash;
	struct buf header;
	bool in_file;
	uint64_t left, size; /* of the current entry's content */
};

struct layer_writer *layer_writer_new(layer_sink *tar_out, void *arg,
				      int split_fd)
{
	struct layer_writer *writer = mem_alloc(sizeof(*writer));

	writer->hash = layer_hash_new(tar_out, arg, split_fd);
	return writer;
}

static int end_entry(struct layer_writer *writer, struct err *err)
{
	static const char zeros[TAR_BLOCK_SIZE];

	if (!writer->in_file)
		return 0;
	if (writer->left)
		return err_set(err, ERR_FAILED,
			       "%llu bytes of a layer's file are missing",
			       (unsigned long long)writer->left);
	layer_hash_file_end(writer->hash);
	layer_hash_raw(writer->hash, zeros, tar_padding(writer->size));
	writer->in_file = false;
	return layer_hash_check(writer->hash, err);
}

int layer_writer_entry(struct layer_writer *writer,
		       const struct tar_entry *entry, struct err *err)
{
	if (end_entry(writer, err) < 0)
		return -1;
	buf_clear(&writer->header);
	tar_header_format(entry, &writer->header);
	layer_hash_raw(writer->hash, writer->header.data, writer->header.len);
	layer_hash_file(writer->hash, entry->name);
	writer->in_file = true;
	writer->left = writer->size = (uint64_t)entry->size;
	return 0;
}

static int count_data(struct layer_writer *writer, size_t len,
		      struct err *err)
{
	if (len > writer->left)
		return err_set(err, ERR_FAILED,
			       "a file grew while it was put into a layer");
	writer->left -= len;
	return layer_hash_check(writer->hash, err);
}

int layer_writer_data(struct layer_writer *writer, const void *bytes,
		      size_t len, struct err *err)
{
	if (count_data(writer, len, err) < 0)
		return -1;
	layer_hash_data(writer->hash, bytes, len);
	return 0;
}

int layer_writer_lend(struct layer_writer *writer, struct chunk *chunk,
		      size_t len, struct err *err)
{
	if (count_data(writer, len, err) < 0)
		return -1;
	layer_hash_lend(writer->hash, chunk, len);
	return 0;
}

int layer_writer_finish(struct layer_writer *writer, struct layer_sums *out,
			struct err *err)
{
	static const char end[2 * TAR_BLOCK_SIZE];

	if (end_entry(writer, err) < 0)
		return -1;
	layer_hash_raw(writer->hash, end, sizeof(end));
	return layer_hash_finish(writer->hash, out, err);
}

void layer_writer_free(struct layer_writer *writer)
{
	if (!writer)
		return;
	layer_hash_free(writer->hash);
	buf_release(&writer->header);
	free(writer);
}

/* ---- account names ---- */

struct owner {
	uint64_t key; /* id, and bit 32 for groups */
	char name[256];
	UT_hash_handle hh;
};

/* The one cache of the process: the host's accounts do not change under it. */
static struct owner *owners;
static pthread_mutex_t owners_lock = PTHREAD_MUTEX_INITIALIZER;

static void look_up(struct owner *owner, unsigned int id, bool group)
{
	char space[16384];
	struct passwd user, *found_user = NULL;
	struct group members, *found_group = NULL;
	const char *name = "";

	if (group && getgrgid_r(id, &members, space, sizeof(space),
				&found_group) == 0 && found_group)
		name = found_group->gr_name;
	if (!group && getpwuid_r(id, &user, space, sizeof(space),
				 &found_user) == 0 && found_user)
		name = found_user->pw_name;
	memccpy(owner->name, name, 0, sizeof(owner->name) - 1);
}

static const char *owner_name(unsigned int id, bool group)
{
	uint64_t key = id | (uint64_t)group << 32;
	struct owner *owner;

	pthread_mutex_lock(&owners_lock);
	HASH_FIND(hh, owners, &key, sizeof(key), owner);
	if (!owner) {
		owner = mem_alloc(sizeof(*owner));
		owner->key = key;
		look_up(owner, id, group);
		HASH_ADD(hh, owners, key, sizeof(owner->key), owner);
	}
	pthread_mutex_unlock(&owners_lock);
	return owner->name;
}

const char *layertar_user_name(uid_t uid)
{
	return owner_name(uid, false);
}

const char *layertar_group_name(gid_t gid)
{
	return owner_name(gid, true);
}
