/*
 * SHA-256 digests and chain IDs. (image-spec, descriptor.md "Digests";
 * store.md section 2.) The only door to OpenSSL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/*
 * "sha256:" and 64 lower-case hex digits as a C string; "" means none.
 * Used for image IDs, diff IDs, chain IDs and blob digests alike.
 */
struct digest {
	char text[72];
};

#define DIGEST_HEX(d) ((d)->text + 7)  /* the 64 digits of a set digest */
#define DIGEST_CHARS 71                /* of a set digest */
#define DIGEST_SHORT 12                /* "%.12s" of DIGEST_HEX: docker's short ID */
/* diff ID of a tar of 1024 zero bytes: the layer of a step that wrote nothing */
#define DIGEST_EMPTY_LAYER                                                     \
	"sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"

bool digest_is_set(const struct digest *d);
bool digest_equal(const struct digest *a, const struct digest *b);
/* Takes "sha256:<64 hex>" exactly, nothing else. false: *out untouched. */
bool digest_parse(const char *text, struct digest *out);
/* 64 lower-case hex digits without prefix. */
bool digest_parse_hex(const char *hex, struct digest *out);

/* A running SHA-256. */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_free(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *bytes, size_t len);
/* Ends it; the object can be started again with sha256_reset. */
void sha256_end(struct sha256 *sha, struct digest *out);
void sha256_reset(struct sha256 *sha);
struct sha256 *sha256_clone(const struct sha256 *sha);
AUTO_DEFINE(struct sha256, sha256_free)

void digest_make(const void *bytes, size_t len, struct digest *out);
/* chain(1) = diff(1); chain(n) = sha256(chain(n-1) + " " + diff(n)). parent
 * may be unset (bottom layer). */
void digest_chain(const struct digest *parent, const struct digest *diff,
		  struct digest *out);
