/* Facts about spec/names: ports, signals, platforms, users and groups. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "spec/names.h"

static void ports_are_unrolled_and_normalised(void **state)
{
	static const char *const cases[][2] = {
		{ "80", "80/tcp" }, { "0080", "80/tcp" },
		{ "53/UDP", "53/udp" }, { "9/sctp/x", "9/sctp" },
		{ "7/", "7/tcp" }, { "8080:80", "80/tcp" },
		{ "127.0.0.1:8080:80/udp", "80/udp" },
		{ "[::1]:1:2", "2/tcp" }, { "::5", "5/tcp" },
		{ "1-3:80", "80/tcp" }, { "8-10", "10/tcp 8/tcp 9/tcp" },
		{ "9-10-11", "10/tcp 9/tcp" }, { "0", "0/tcp" },
		{ "65535", "65535/tcp" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(map_release) struct map ports = { 0 };
		AUTO(buf_release) struct buf keys = BUF_INIT;
		struct err err = ERR_INIT;

		assert_int_equal(names_expose(cases[i][0], &ports, &err), 0);
		for (size_t j = 0; j < ports.count; j++)
			buf_addf(&keys, "%s%s", j ? " " : "",
				 ports.items[j].key);
		assert_string_equal(keys.data, cases[i][1]);
	}
}

static void wrong_ports_fail_in_docker_s_words(void **state)
{
	static const char *const cases[][2] = {
		{ "abc", "Invalid containerPort: abc" },
		{ "90-80", "Invalid containerPort: 90-80" },
		{ "70000", "Invalid containerPort: 70000" },
		{ "-1", "Invalid containerPort: -1" },
		{ "1-", "Invalid containerPort: 1-" },
		{ "80/foo", "Invalid proto: foo" },
		{ "/tcp", "No port specified: /tcp<empty>" },
		{ "", "No port specified: <empty>" },
		{ "80:", "No port specified: 80:<empty>" },
		{ "x:80", "Invalid hostPort: x" },
		{ "1-2:3-5", "Invalid ranges specified for container and host "
			     "Ports: 3-5 and 1-2" },
		{ "a.b:1:2", "Invalid ip address: a.b" },
		{ "::1:1:2", "Invalid ip address ::1: address ::1:: too many "
			     "colons in address" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(map_release) struct map ports = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(names_expose(cases[i][0], &ports, &err), -1);
		assert_string_equal(err.msg, cases[i][1]);
	}
}

static void signals_have_names_and_numbers(void **state)
{
	static const struct {
		const char *text;
		int number;
	} cases[] = {
		{ "9", 9 }, { "-5", -5 }, { "+2", 2 }, { "TERM", 15 },
		{ "SIGTERM", 15 }, { "sigKill", 9 }, { "RTMIN", 34 },
		{ "SIGRTMIN+15", 49 }, { "rtmax-14", 50 }, { "RTMAX", 64 },
		{ "FOO", 0 }, { "0", 0 }, { "", 0 }, { "SIG", 0 },
		{ "SIGSIGTERM", 0 }, { "RTMIN+16", 0 }, { "RTMAX-15", 0 },
		{ "RTMIN+", 0 }, { "RTMIN+01", 0 }, { "9 ", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;
		int want = cases[i].number ? 0 : -1;

		assert_int_equal(names_signal_number(cases[i].text),
				 cases[i].number);
		assert_int_equal(names_signal(cases[i].text, &err), want);
	}
	{
		struct err err = ERR_INIT;

		assert_int_equal(names_signal("FOO", &err), -1);
		assert_string_equal(err.msg, "Invalid signal: FOO");
	}
}

static void platforms_are_normalised(void **state)
{
	const struct platform *host = names_host_platform();
	const struct {
		const char *text, *os, *arch, *variant;
	} cases[] = {
		{ "linux", "linux", host->architecture, "" },
		{ "aarch64", "linux", "arm64", "" },
		{ "armhf", "linux", "arm", "" },
		{ "armel", "linux", "arm", "v6" },
		{ "linux/x86_64", "linux", "amd64", "" },
		{ "Linux/AMD64", "linux", "amd64", "" },
		{ "linux/arm", "linux", "arm", "" },
		{ "linux/arm/7", "linux", "arm", "v7" },
		{ "linux/arm/v5", "linux", "arm", "v5" },
		{ "linux/arm64/v8", "linux", "arm64", "v8" },
		{ "linux/arm64", "linux", "arm64", "" },
		{ "macos/arm64", "darwin", "arm64", "" },
		{ "foo/bar", "foo", "bar", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;
		struct platform p;

		assert_int_equal(names_platform(cases[i].text, &p, &err), 0);
		assert_string_equal(p.os, cases[i].os);
		assert_string_equal(p.architecture, cases[i].arch);
		assert_string_equal(p.variant, cases[i].variant);
	}
}

static void wrong_platforms_fail_in_containerd_s_words(void **state)
{
	static const char *const cases[][2] = {
		{ "foo", "\"foo\": unknown operating system or architecture: "
			 "invalid argument" },
		{ "a/b/c/d", "\"a/b/c/d\": cannot parse platform specifier: "
			     "invalid argument" },
		{ "*/x", "\"*/x\": wildcards not yet supported: "
			 "invalid argument" },
		{ "a//b", "\"\" is an invalid component of \"a//b\": platform "
			  "specifier component must match "
			  "\"^[A-Za-z0-9_-]+$\": invalid argument" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;
		struct platform p;

		assert_int_equal(names_platform(cases[i][0], &p, &err), -1);
		assert_string_equal(err.msg, cases[i][1]);
	}
}

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "\n  bob:x:1000:100:Bob:/home/bob:/bin/sh\n"
			     "odd:x:zz\nshort\n"
			     "bob:x:7:7::/second:/bin/sh\n";
static const char group[] = "root:x:0:root\nwheel:x:10:alice,bob\n"
			    "users:x:100:\nbob:x:2000:bob\nbobby:x:3:bobby\n";

static void run_finds_users_as_libcontainer_does(void **state)
{
	static const struct {
		const char *user;
		long uid, gid;
		size_t groups;
		const char *home;
	} cases[] = {
		{ "", 0, 0, 1, "/root" }, { "root", 0, 0, 1, "/root" },
		{ "bob", 1000, 100, 2, "/home/bob" },
		{ "1000", 1000, 100, 2, "/home/bob" },
		{ "bob:wheel", 1000, 10, 0, "/home/bob" },
		{ "bob:77", 1000, 77, 0, "/home/bob" },
		{ "bob:", 1000, 100, 2, "/home/bob" },
		{ "4000", 4000, 0, 0, "" }, { "4000:users", 4000, 100, 0, "" },
		{ "odd", 0, 0, 0, "" }, { ":wheel", 0, 10, 0, "/root" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		AUTO(account_release) struct account account = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(names_run_user(cases[i].user, passwd, group,
						&account, &err), 0);
		assert_int_equal(account.uid, cases[i].uid);
		assert_int_equal(account.gid, cases[i].gid);
		assert_int_equal(account.group_count, cases[i].groups);
		assert_string_equal(account.home, cases[i].home);
	}
}

static void unknown_users_fail_in_libcontainer_s_words(void **state)
{
	static const char *const cases[][2] = {
		{ "nobody9", "unable to find user nobody9: no matching "
			     "entries in passwd file" },
		{ "bob:staff", "unable to find group staff: no matching "
			       "entries in group file" },
		{ "-1", "uids and gids must be in range 0-2147483647" },
		{ "0:4294967296", "uids and gids must be in range 0-2147483647" },
	};
	AUTO(account_release) struct account account = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(names_run_user(cases[i][0], passwd, group,
						&account, &err), -1);
		assert_string_equal(err.msg, cases[i][1]);
	}
	assert_int_equal(names_run_user("5:6", NULL, NULL, &account, &err), 0);
	assert_int_equal(account.uid, 5);
	assert_int_equal(account.gid, 6);
}

static void chown_reads_names_and_numbers(void **state)
{
	static const struct {
		const char *spec;
		long uid, gid;
	} cases[] = {
		{ "5", 5, 5 }, { "1:2", 1, 2 }, { "bob", 1000, 2000 },
		{ "bob:users", 1000, 100 }, { "0:wheel", 0, 10 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;
		long uid, gid;

		assert_int_equal(names_chown(cases[i].spec, passwd, group,
					     &uid, &gid, &err), 0);
		assert_int_equal(uid, cases[i].uid);
		assert_int_equal(gid, cases[i].gid);
	}
}

static void wrong_chowns_fail_in_docker_s_words(void **state)
{
	static const struct {
		const char *spec, *passwd, *group, *text;
	} cases[] = {
		{ "eve", passwd, group,
		  "can't find uid for user eve: no such user: eve" },
		{ "odd", passwd, group,
		  "can't find gid for group odd: no such group: odd" },
		{ "0:bob", passwd, NULL,
		  "can't find gid for group bob: open /etc/group: no such "
		  "file or directory" },
		{ "a:b:c", passwd, group, "invalid chown string format: a:b:c" },
		{ ":5", passwd, group,
		  "can't find uid for user : no such user: " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;
		long uid, gid;

		assert_int_equal(names_chown(cases[i].spec, cases[i].passwd,
					     cases[i].group, &uid, &gid, &err),
				 -1);
		assert_string_equal(err.msg, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_unrolled_and_normalised),
		cmocka_unit_test(wrong_ports_fail_in_docker_s_words),
		cmocka_unit_test(signals_have_names_and_numbers),
		cmocka_unit_test(platforms_are_normalised),
		cmocka_unit_test(wrong_platforms_fail_in_containerd_s_words),
		cmocka_unit_test(run_finds_users_as_libcontainer_does),
		cmocka_unit_test(unknown_users_fail_in_libcontainer_s_words),
		cmocka_unit_test(chown_reads_names_and_numbers),
		cmocka_unit_test(wrong_chowns_fail_in_docker_s_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
