/* A library that is loaded when it is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/lazy.h"

static double (*cosine)(double);
static void (*nothing)(void);

static void library_is_loaded_once_and_its_functions_work(void **state)
{
	static const struct lazy_symbol symbols[] = {
		{ "cos", (void **)&cosine },
	};
	struct lazy library = LAZY("libm.so.6", symbols);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(lazy_load(&library, &err), 0);
	assert_true(cosine(0) == 1.0);
	cosine = NULL;
	assert_int_equal(lazy_load(&library, &err), 0);
	assert_null(cosine); /* not looked up again */
}

static void missing_library_is_named(void **state)
{
	static const struct lazy_symbol symbols[] = {
		{ "cos", (void **)&cosine },
	};
	struct lazy library = LAZY("libnowhere.so.9", symbols);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(lazy_load(&library, &err), -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
	assert_non_null(strstr(err.msg, "'libnowhere.so.9'"));
}

static void missing_function_is_named(void **state)
{
	static const struct lazy_symbol symbols[] = {
		{ "no_such_function", (void **)&nothing },
	};
	struct lazy library = LAZY("libm.so.6", symbols);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(lazy_load(&library, &err), -1);
	assert_string_equal(err.msg, "the library 'libm.so.6' has no "
				     "'no_such_function'");
	assert_int_equal(lazy_load(&library, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(library_is_loaded_once_and_its_functions_work),
		cmocka_unit_test(missing_library_is_named),
		cmocka_unit_test(missing_function_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
