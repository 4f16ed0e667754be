/* Facts about view/xattr: attributes of a file are told as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "view/files.h"

static void expect(const char *attribute, const char *want)
{
	AUTO_FREE char *words = xattr_words(attribute);

	assert_string_equal(words, want);
}

static void text_is_text_and_bytes_are_hex(void **state)
{
	(void)state;
	expect("user.note=68656c6c6f", "user.note=\"hello\"");
	expect("user.empty=", "user.empty=\"\"");
	expect("security.selinux=615f7400", "security.selinux=\"a_t\"");
	expect("user.raw=6800ff", "user.raw=0x6800ff");
	expect("user.line=0a", "user.line=0x0a");
}

/* What setcap(8) wrote; the last with a root of its own. */
static void capabilities_read_as_getcap_writes_them(void **state)
{
	(void)state;
	expect("security.capability=0100000200200000000000000000000000000000",
	       "security.capability=cap_net_raw=ep");
	expect("security.capability=000000020100000001000000"
	       "0100000001000000",
	       "security.capability=cap_chown,cap_mac_override=ip");
	expect("security.capability=01000003000400000000000000000000"
	       "00000000e8030000",
	       "security.capability=cap_net_bind_service=ep [rootid=1000]");
	expect("security.capability=01000001", "security.capability="
	       "0x01000001");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_text_and_bytes_are_hex),
		cmocka_unit_test(capabilities_read_as_getcap_writes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
