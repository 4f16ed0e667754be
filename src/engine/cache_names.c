/* Knows how the entries of a shared cache are named in a registry. */
#include <string.h>

#include "base/mem.h"
#include "engine/cache.h"
#include "spec/reference.h"

char *cache_tag(const char *tag, const char *key, const struct digest *id)
{
	return mem_printf("%s-%s-%s", tag, key, DIGEST_HEX(id));
}

bool cache_tag_parse(const char *text, const char *tag,
		     char key[SHARED_KEY_HEX + 1], struct digest *id)
{
	size_t len = strlen(tag);

	if (strncmp(text, tag, len) != 0 || text[len] != '-' ||
	    strlen(text + len) != 2 + SHARED_KEY_HEX + 64)
		return false;
	text += len + 1;
	if (strspn(text, "0123456789abcdef") != SHARED_KEY_HEX ||
	    text[SHARED_KEY_HEX] != '-')
		return false;
	memcpy(key, text, SHARED_KEY_HEX);
	key[SHARED_KEY_HEX] = '\0';
	return digest_parse_hex(text + SHARED_KEY_HEX + 1, id);
}

int cache_reference(const char *text, struct reference *out, struct err *err)
{
	if (reference_parse(text, out, err) < 0)
		return err_wrap(err, "cache '%s'", text);
	if (digest_is_set(&out->digest))
		return err_set(err, ERR_USAGE, "cache '%s': a digest cannot "
			       "be written to", text);
	reference_default_tag(out);
	if (strlen(out->tag) > CACHE_TAG_MAX)
		return err_set(err, ERR_USAGE, "cache '%s': the tag has more "
			       "than %d characters", text, CACHE_TAG_MAX);
	return 0;
}
