/* Knows how a configuration's texts go into JSON for people and scripts. */
#include "cli/jansson_text.h"

#include "base/utf8.h"

json_t *jansson_text(const char *text)
{
	AUTO(buf_release) struct buf shown = BUF_INIT;

	if (!text)
		return json_null();
	buf_adds(&shown, "");
	utf8_show_nul(&shown, span_of(text));
	return json_stringn(shown.data, shown.len);
}
