/* Facts about engine/build_heard: the messages are those of dockerd 20.10. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "engine/build_heard.h"

#define WHOLE "sha256:0123456789ab0123456789ab0123456789ab0123456789ab" \
	      "0123456789abcdef"

static int64_t no_time(void)
{
	return 0;
}

static int find(void *arg, const char *id, struct digest *out)
{
	(void)arg;
	return strcmp(id, "0123456789ab") == 0 && digest_parse(WHOLE, out);
}

/* "name:text " of each event. */
static int write_down(void *arg, const struct event *event)
{
	struct buf *out = arg;

	buf_adds(out, event_name(event->kind));
	if (event->stream == 2)
		buf_adds(out, "2");
	if (event->text) {
		buf_addc(out, ':');
		buf_add(out, event->text, event->len);
	}
	buf_addc(out, '|');
	return 0;
}

static void hear(const char *const *messages, bool removes, struct buf *out)
{
	struct heard heard = { .sink = write_down, .arg = out, .find = find,
			       .removes = removes, .clock_ms = no_time };
	struct err err = ERR_INIT;

	for (; *messages; messages++) {
		struct daemon_message message = {
			.stream = *messages, .stream_len = strlen(*messages),
		};

		assert_int_equal(heard_message(&heard, &message, &err), 0);
	}
}

static void check(const char *const *messages, bool removes,
		  const char *expected)
{
	AUTO(buf_release) struct buf out = BUF_INIT;

	hear(messages, removes, &out);
	assert_string_equal(out.data, expected);
}

static void lines_of_the_builder_are_events(void **state)
{
	static const char *const messages[] = {
		"Step 1/2 : FROM a", "\n", " ---> 0123456789ab\n",
		"Step 2/2 : RUN b", "\n", " ---> Using cache\n",
		" ---> 0123456789ab\n",
		"[Warning] One or more build-args [x y] were not consumed\n",
		"Successfully tagged t:latest\n", NULL,
	};

	(void)state;
	check(messages, true, "step:FROM a|image|step:RUN b|cached|image|"
			      "unused:x y|tagged:t:latest|");
}

static void what_a_command_prints_is_log_whatever_it_says(void **state)
{
	static const char *const messages[] = {
		"Step 1/1 : RUN b", "\n", " ---> Running in 00112233445f\n",
		" ---> Using cache\n", "Step 1/9 : no\n", "\n",
		"\033[91mred\033[0m",
		"Removing intermediate container 000000000000\n",
		"Removing intermediate container 00112233445f\n",
		" ---> 0123456789ab\n", NULL,
	};

	(void)state;
	check(messages, true,
	      "step:RUN b|running:00112233445f|log: ---> Using cache\n|"
	      "log:Step 1/9 : no\n|log:\n|log2:red|"
	      "log:Removing intermediate container 000000000000\n|"
	      "removed:00112233445f|image|done|");
}

static void without_rm_the_image_ends_a_command(void **state)
{
	static const char *const messages[] = {
		"Step 1/1 : RUN b", "\n", " ---> Running in 00112233445f\n",
		" ---> 999999999999\n", " ---> 0123456789ab\n", NULL,
	};

	(void)state;
	check(messages, false,
	      "step:RUN b|running:00112233445f|log: ---> 999999999999\n|"
	      "image|done|");
}

static void triggers_come_in_pieces(void **state)
{
	static const char *const messages[] = {
		"Step 1/1 : FROM a", "\n", "# Executing 2 build trigger", "s",
		"\n", "# Executing 1 build trigger", "\n", "\n", NULL,
	};

	(void)state;
	check(messages, true, "step:FROM a|triggers|triggers|log:\n|");
}

static void a_status_with_bytes_is_not_printed(void **state)
{
	AUTO(buf_release) struct buf out = BUF_INIT;
	struct heard heard = { .sink = write_down, .arg = &out,
			       .clock_ms = no_time };
	struct daemon_message message = { .status = "Pulling", .id = "a" };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(heard_message(&heard, &message, &err), 0);
	message.counts = true;
	assert_int_equal(heard_message(&heard, &message, &err), 0);
	assert_string_equal(out.data, "note:a: Pulling|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_the_builder_are_events),
		cmocka_unit_test(what_a_command_prints_is_log_whatever_it_says),
		cmocka_unit_test(without_rm_the_image_ends_a_command),
		cmocka_unit_test(triggers_come_in_pieces),
		cmocka_unit_test(a_status_with_bytes_is_not_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
