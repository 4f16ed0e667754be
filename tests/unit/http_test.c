/* Facts about GET, from a server of its own: errors as dockerd says them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/http.h"

static int port;
static pid_t server;

static int start_server(void **state)
{
	int ends[2];
	FILE *out;

	(void)state;
	unsetenv("http_proxy");
	unsetenv("HTTP_PROXY");
	unsetenv("no_proxy");
	unsetenv("NO_PROXY");
	if (pipe(ends) < 0)
		return -1;
	server = fork();
	if (server == 0) {
		dup2(ends[1], 1);
		close(ends[0]);
		close(ends[1]);
		execlp("python3", "python3", TEST_DATA "/unit/http_server.py",
		       (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	out = fdopen(ends[0], "r");
	if (fscanf(out, "%d", &port) != 1)
		port = 0; /* no python3: the tests skip */
	fclose(out);
	return 0;
}

static int stop_server(void **state)
{
	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return 0;
}

static char *url_of(const char *path)
{
	if (!port)
		skip();
	return mem_printf("http://127.0.0.1:%d%s", port, path);
}

static int take(void *arg, const void *bytes, size_t len, struct err *err)
{
	(void)err;
	buf_add(arg, bytes, len);
	return 0;
}

static void gives(const char *path, const char *want, int status,
		  int64_t declared)
{
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO(buf_release) struct buf body = BUF_INIT;
	AUTO_FREE char *url = url_of(path);
	struct err err = ERR_INIT;

	if (http_get(url, take, &body, &reply, -1, &err) < 0)
		fail_msg("%s: %s", path, err.msg);
	assert_string_equal(body.data ? body.data : "", want);
	assert_int_equal(reply.status, status);
	assert_int_equal(reply.declared, declared);
	assert_int_equal(reply.length, strlen(want));
}

/* want has %s for the URL. */
static void refuses(const char *path, const char *want, enum err_kind kind)
{
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO(buf_release) struct buf body = BUF_INIT;
	AUTO_FREE char *url = url_of(path);
	const char *mark = strstr(want, "%s");
	AUTO_FREE char *text = !mark ? mem_strdup(want) :
		mem_printf("%.*s%s%s", (int)(mark - want), want, url, mark + 2);
	struct err err = ERR_INIT;

	if (http_get(url, take, &body, &reply, -1, &err) == 0)
		fail_msg("%s: got <%s>", path, body.data);
	assert_string_equal(err.msg, text);
	assert_int_equal(err.kind, kind);
	assert_int_equal(reply.status, 0);
}

static void a_body_comes_whole_with_its_headers(void **state)
{
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO(buf_release) struct buf body = BUF_INIT;
	AUTO_FREE char *url = url_of("/ok/f.txt");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(http_get(url, take, &body, &reply, -1, &err), 0);
	assert_string_equal(body.data, "hello\n");
	assert_true(reply.last_modified.set);
	assert_int_equal(reply.last_modified.sec, 784111777);
	assert_string_equal(reply.content_disposition,
			    "attachment; filename=g");
	assert_string_equal(reply.url, url);
	gives("/empty", "", 200, 0);
	gives("/a%20b?c=d#e", "/a%20b?c=d", 200, 10);
	gives("/continued", "ok", 200, 2);
}

static void a_large_body_is_streamed(void **state)
{
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO(buf_release) struct buf body = BUF_INIT;
	AUTO_FREE char *url = url_of("/large");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(http_get(url, take, &body, &reply, -1, &err), 0);
	assert_int_equal(reply.length, 1 << 22);
	assert_int_equal(body.len, 1 << 22);
	assert_memory_equal(body.data + body.len - 16, "0123456789abcdef", 16);
}

static void statuses_below_400_are_replies(void **state)
{
	(void)state;
	gives("/204", "", 204, 0);
	gives("/300", "300", 300, 3);
	gives("/nolocation", "here", 302, 4);
}

static void redirects_are_followed_to_http_only(void **state)
{
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO(buf_release) struct buf body = BUF_INIT;
	AUTO_FREE char *url = url_of("/moved");
	AUTO_FREE char *want = url_of("/ok/f.txt");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(http_get(url, take, &body, &reply, -1, &err), 0);
	assert_string_equal(body.data, "hello\n");
	assert_string_equal(reply.url, want);
	gives("/relative/x", "hello\n", 200, 6);
	refuses("/loop", "Get \"/loop\": stopped after 10 redirects",
		ERR_FAILED);
	refuses("/ftp", "Get \"ftp://127.0.0.1/x\": unsupported protocol "
		"scheme \"ftp\"", ERR_INPUT);
	refuses("/file", "Get \"file:///etc/passwd\": unsupported protocol "
		"scheme \"file\"", ERR_INPUT);
}

static void statuses_from_400_have_dockers_words(void **state)
{
	(void)state;
	refuses("/404", "failed to GET %s with status 404 Not Found: "
		"nothing\n here", ERR_NOT_FOUND);
	refuses("/404empty", "failed to GET %s with status 404 Not Found: ",
		ERR_NOT_FOUND);
	refuses("/noreason", "failed to GET %s with status 404: ",
		ERR_NOT_FOUND);
	refuses("/blankreason", "failed to GET %s with status 404 : ",
		ERR_NOT_FOUND);
	refuses("/odd", "failed to GET %s with status 499 My Reason: x",
		ERR_FAILED);
	refuses("/500", "failed to GET %s with status 500 Internal Server "
		"Error: boom", ERR_FAILED);
}

static void broken_replies_have_dockers_words(void **state)
{
	(void)state;
	refuses("/short", "unexpected EOF", ERR_FAILED);
	refuses("/shortchunk", "unexpected EOF", ERR_FAILED);
	refuses("/nothing", "Get \"%s\": EOF", ERR_FAILED);
}

static void only_gzip_is_undone(void **state)
{
	(void)state;
	gives("/gzip", "unpacked\n", 200, -1);
	gives("/deflate", "left alone", 200, 10);
}

static void fails(const char *url, const char *want)
{
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO(buf_release) struct buf body = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(http_get(url, take, &body, &reply, -1, &err), -1);
	assert_string_equal(err.msg, want);
}

static void connections_fail_in_dockers_words(void **state)
{
	(void)state;
	fails("http://127.0.0.1:1/x", "Get \"http://127.0.0.1:1/x\": dial tcp "
	      "127.0.0.1:1: connect: connection refused");
	fails("http://u:pw@127.0.0.1:1/x", "Get \"http://u:***@127.0.0.1:1/x\""
	      ": dial tcp 127.0.0.1:1: connect: connection refused");
	fails("http:///x", "Get \"http:///x\": http: no Host in request URL");
	fails("file:///etc/passwd", "Get \"file:///etc/passwd\": unsupported "
	      "protocol scheme \"file\"");
	fails("http://h/%zz",
	      "parse \"http://h/%zz\": invalid URL escape \"%zz\"");
}

static void a_name_in_the_url_is_basic_authentication(void **state)
{
	AUTO_FREE char *url = NULL;
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO(buf_release) struct buf body = BUF_INIT;
	struct err err = ERR_INIT;

	(void)state;
	free(url_of("/"));
	url = mem_printf("http://u:p@127.0.0.1:%d/auth", port);
	assert_int_equal(http_get(url, take, &body, &reply, -1, &err), 0);
	assert_string_equal(body.data, "/authBasic dTpw");
}

static void a_silent_server_is_given_up(void **state)
{
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO(buf_release) struct buf body = BUF_INIT;
	AUTO_FREE char *url = url_of("/hang");
	AUTO_FREE char *want = mem_printf("Get \"%s\": no byte came for 1 "
					  "seconds", url);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(http_get_within((struct http_timeouts){ 1, 1 }, url,
					 take, &body, &reply, -1, &err), -1);
	assert_string_equal(err.msg, want);
}

static int take_and_cancel(void *arg, const void *bytes, size_t len,
			   struct err *err)
{
	(void)bytes;
	(void)len;
	(void)err;
	return write(*(int *)arg, "x", 1) == 1 ? 0 : -1;
}

static void a_readable_descriptor_cancels(void **state)
{
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO_FREE char *url = url_of("/hang");
	struct err err = ERR_INIT;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(http_get(url, take_and_cancel, &ends[1], &reply,
				  ends[0], &err), -1);
	assert_int_equal(err.kind, ERR_CANCELLED);
	close(ends[0]);
	close(ends[1]);
}

static int full(void *arg, const void *bytes, size_t len, struct err *err)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return err_set(err, ERR_SPACE, "full");
}

static void a_sink_that_fails_ends_the_download(void **state)
{
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO_FREE char *url = url_of("/large");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(http_get(url, full, NULL, &reply, -1, &err), -1);
	assert_int_equal(err.kind, ERR_SPACE);
}

static void proxies_come_from_the_environment_but_not_for_loopback(void **state)
{
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO(buf_release) struct buf body = BUF_INIT;
	AUTO_FREE char *proxy = url_of("");
	struct err err = ERR_INIT;

	(void)state;
	setenv("HTTP_PROXY", proxy, 1);
	assert_int_equal(http_get("http://far.invalid/x?y", take, &body, &reply,
				  -1, &err), 0);
	assert_string_equal(body.data, "http://far.invalid/x?y");
	setenv("HTTP_PROXY", "http://127.0.0.1:1", 1);
	gives("/here", "/here", 200, 5);
	setenv("NO_PROXY", "invalid", 1);
	buf_clear(&body);
	assert_int_equal(http_get("http://far.invalid/x", take, &body, &reply,
				  -1, &err), -1);
	assert_string_equal(err.msg, "Get \"http://far.invalid/x\": dial tcp: "
			    "lookup far.invalid: no such host");
	unsetenv("NO_PROXY");
	unsetenv("HTTP_PROXY");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_comes_whole_with_its_headers),
		cmocka_unit_test(a_large_body_is_streamed),
		cmocka_unit_test(statuses_below_400_are_replies),
		cmocka_unit_test(redirects_are_followed_to_http_only),
		cmocka_unit_test(statuses_from_400_have_dockers_words),
		cmocka_unit_test(broken_replies_have_dockers_words),
		cmocka_unit_test(only_gzip_is_undone),
		cmocka_unit_test(connections_fail_in_dockers_words),
		cmocka_unit_test(a_name_in_the_url_is_basic_authentication),
		cmocka_unit_test(a_silent_server_is_given_up),
		cmocka_unit_test(a_readable_descriptor_cancels),
		cmocka_unit_test(a_sink_that_fails_ends_the_download),
		cmocka_unit_test(
			proxies_come_from_the_environment_but_not_for_loopback),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
