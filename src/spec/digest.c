/* Knows how SHA-256 is computed and how a digest is spelled. */
#include "spec/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>

#define SHA256_SIZE 32
#define HEX_DIGITS (2 * SHA256_SIZE)

static const char prefix[] = "sha256:";

struct sha256 {
	EVP_MD_CTX *ctx;
};

bool digest_is_set(const struct digest *d)
{
	return d->text[0] != '\0';
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return strcmp(a->text, b->text) == 0;
}

bool digest_parse_hex(const char *hex, struct digest *out)
{
	if (strspn(hex, "0123456789abcdef") != HEX_DIGITS ||
	    hex[HEX_DIGITS] != '\0')
		return false;
	memcpy(out->text, prefix, sizeof(prefix));
	memcpy(DIGEST_HEX(out), hex, HEX_DIGITS + 1);
	return true;
}

bool digest_parse(const char *text, struct digest *out)
{
	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return false;
	return digest_parse_hex(text + sizeof(prefix) - 1, out);
}

static void spell(const unsigned char *sum, struct digest *out)
{
	static const char digits[] = "0123456789abcdef";
	char *to = DIGEST_HEX(out);

	memcpy(out->text, prefix, sizeof(prefix));
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		*to++ = digits[sum[i] >> 4];
		*to++ = digits[sum[i] & 15];
	}
	*to = '\0';
}

/* OpenSSL fails here only for want of memory or of its own providers: both
 * leave nothing to go on with, as mem_alloc has it. */
static void must(int ok)
{
	if (ok != 1)
		abort();
}

struct sha256 *sha256_new(void)
{
	struct sha256 *sha = mem_alloc(sizeof(*sha));

	sha->ctx = EVP_MD_CTX_new();
	must(sha->ctx != NULL);
	must(EVP_DigestInit_ex(sha->ctx, EVP_sha256(), NULL));
	return sha;
}

void sha256_free(struct sha256 *sha)
{
	if (!sha)
		return;
	EVP_MD_CTX_free(sha->ctx);
	free(sha);
}

void sha256_add(struct sha256 *sha, const void *bytes, size_t len)
{
	if (len > 0)
		must(EVP_DigestUpdate(sha->ctx, bytes, len));
}

void sha256_end(struct sha256 *sha, struct digest *out)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	must(EVP_DigestFinal_ex(sha->ctx, sum, &len));
	assert(len == SHA256_SIZE);
	spell(sum, out);
}

/* A NULL type keeps the algorithm that was fetched by sha256_new. */
void sha256_reset(struct sha256 *sha)
{
	must(EVP_DigestInit_ex(sha->ctx, NULL, NULL));
}

struct sha256 *sha256_clone(const struct sha256 *sha)
{
	struct sha256 *copy = mem_alloc(sizeof(*copy));

	copy->ctx = EVP_MD_CTX_new();
	must(copy->ctx != NULL);
	must(EVP_MD_CTX_copy_ex(copy->ctx, sha->ctx));
	return copy;
}

void digest_make(const void *bytes, size_t len, struct digest *out)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	must(EVP_Digest(len > 0 ? bytes : "", len, sum, &size, EVP_sha256(),
			NULL));
	assert(size == SHA256_SIZE);
	spell(sum, out);
}

void digest_chain(const struct digest *parent, const struct digest *diff,
		  struct digest *out)
{
	char text[2 * sizeof(out->text) + 1];
	size_t len;

	if (!digest_is_set(parent)) {
		*out = *diff;
		return;
	}
	len = strlen(parent->text);
	memcpy(text, parent->text, len);
	text[len++] = ' ';
	memcpy(text + len, diff->text, strlen(diff->text));
	digest_make(text, len + strlen(diff->text), out);
}
