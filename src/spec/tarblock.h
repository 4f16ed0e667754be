/* The 512 bytes of a tar header (POSIX ustar). */
#pragma once

#include <stdint.h>

#include "base/buf.h"

#define TAR_BLOCK_SIZE 512
#define TAR_NAME_SIZE 100
#define TAR_OWNER_SIZE 32
#define TAR_PREFIX_SIZE 155

struct tar_block {
	char name[TAR_NAME_SIZE], mode[8], uid[8], gid[8];
	char size[12], mtime[12], chksum[8], typeflag, linkname[TAR_NAME_SIZE];
	char magic[8], uname[TAR_OWNER_SIZE], gname[TAR_OWNER_SIZE];
	char devmajor[8], devminor[8], prefix[TAR_PREFIX_SIZE], pad[12];
};
_Static_assert(sizeof(struct tar_block) == TAR_BLOCK_SIZE, "a tar block");

/* Bytes that fill up len to whole blocks. */
static inline size_t tar_padding(uint64_t len)
{
	return (size_t)(-len & (TAR_BLOCK_SIZE - 1));
}
/* Appends them. */
void tar_pad(struct buf *out, uint64_t len);
