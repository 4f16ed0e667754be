/* Facts about belts, chunks and hashers: order, sharing, little and much. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "spec/belt.h"
#include "spec/hasher.h"

/* ---- belts ---- */

struct seen {
	struct buf kinds, bytes;
};

static void note(void *arg, unsigned int kind, const char *bytes, size_t len)
{
	struct seen *seen = arg;

	if (!seen->kinds.len || seen->kinds.data[seen->kinds.len - 1] !=
					(char)('0' + kind))
		buf_addc(&seen->kinds, (char)('0' + kind));
	buf_add(&seen->bytes, bytes, len);
}

static void messages_arrive_in_order_and_whole(void **state)
{
	AUTO(buf_release) struct buf want = BUF_INIT;
	struct seen seen = { BUF_INIT, BUF_INIT };
	struct belt *belt = belt_new(note, &seen);
	struct chunk_pool *pool = chunk_pool_new(2);
	char *large = mem_alloc(3 * CHUNK_SIZE);

	(void)state;
	for (size_t i = 0; i < 3 * CHUNK_SIZE; i++)
		large[i] = (char)(i * 7);
	for (int round = 0; round < 20; round++) {
		struct chunk *chunk = chunk_take(pool);

		memset(chunk->bytes, round, CHUNK_SIZE);
		belt_put(belt, 1, "small", 5);
		belt_lend(belt, 2, chunk, CHUNK_SIZE);
		belt_put(belt, 3, large, 3 * CHUNK_SIZE);
		buf_adds(&want, "small");
		buf_add(&want, chunk->bytes, CHUNK_SIZE);
		buf_add(&want, large, 3 * CHUNK_SIZE);
		chunk_drop(chunk);
	}
	belt_finish(belt);
	belt_put(belt, 4, "lost", 4);
	belt_free(belt);
	chunk_pool_free(pool);
	assert_int_equal(seen.kinds.len, 60);
	assert_memory_equal(seen.kinds.data, "123123123", 9);
	assert_int_equal(seen.bytes.len, want.len);
	assert_memory_equal(seen.bytes.data, want.data, want.len);
	buf_release(&seen.kinds);
	buf_release(&seen.bytes);
	free(large);
}

static void a_belt_left_alone_is_worked_off(void **state)
{
	struct seen seen = { BUF_INIT, BUF_INIT };
	struct belt *belt = belt_new(note, &seen);

	(void)state;
	belt_put(belt, 1, "x", 1);
	belt_free(belt);
	assert_string_equal(seen.bytes.data, "x");
	belt_free(belt_new(note, &seen));
	buf_release(&seen.kinds);
	buf_release(&seen.bytes);
}

static void a_pool_may_go_before_its_chunks(void **state)
{
	struct chunk_pool *pool = chunk_pool_new(1);
	struct chunk *chunk = chunk_take(pool);

	(void)state;
	chunk_hold(chunk);
	chunk_drop(chunk);
	chunk_pool_free(pool);
	chunk->bytes[0] = 'x';
	chunk_drop(chunk);
}

/* ---- hashers ---- */

static void sums_come_in_order_with_their_tags(void **state)
{
	struct hasher *hasher = hasher_new();
	struct digest got, want;
	char text[32];
	uintptr_t next = 0;
	void *tag;

	(void)state;
	for (uintptr_t i = 0; i < 30000; i++) {
		snprintf(text, sizeof(text), "message %zu", (size_t)i);
		hasher_begin(hasher, (void *)i);
		hasher_add(hasher, text, strlen(text));
		hasher_end(hasher);
		if (i == 29999)
			hasher_finish(hasher);
		while (hasher_next(hasher, &tag, &got)) {
			assert_int_equal((uintptr_t)tag, next);
			snprintf(text, sizeof(text), "message %zu",
				 (size_t)next++);
			digest_make(text, strlen(text), &want);
			assert_string_equal(got.text, want.text);
		}
	}
	assert_int_equal(next, 30000);
	hasher_free(hasher);
}

static void a_message_not_ended_has_no_sum(void **state)
{
	struct hasher *hasher = hasher_new();
	struct digest got, want;
	void *tag;

	(void)state;
	hasher_begin(hasher, NULL);
	hasher_add(hasher, "broken off", 10);
	hasher_begin(hasher, hasher);
	hasher_add(hasher, "abc", 3);
	hasher_end(hasher);
	hasher_finish(hasher);
	assert_true(hasher_next(hasher, &tag, &got));
	digest_make("abc", 3, &want);
	assert_string_equal(got.text, want.text);
	assert_ptr_equal(tag, hasher);
	assert_false(hasher_next(hasher, &tag, &got));
	hasher_free(hasher);
}

static void one_chunk_serves_two_hashers(void **state)
{
	struct hasher *one = hasher_new(), *two = hasher_new();
	struct chunk_pool *pool = chunk_pool_new(3);
	struct sha256 *sha = sha256_new();
	struct digest want, got;
	void *tag;

	(void)state;
	hasher_begin(one, NULL);
	hasher_begin(two, NULL);
	hasher_add(two, "head", 4);
	for (int i = 0; i < 40; i++) {
		struct chunk *chunk = chunk_take(pool);

		memset(chunk->bytes, i, CHUNK_SIZE);
		hasher_lend(one, chunk, CHUNK_SIZE);
		hasher_lend(two, chunk, CHUNK_SIZE);
		sha256_add(sha, chunk->bytes, CHUNK_SIZE);
		chunk_drop(chunk);
	}
	hasher_end(one);
	hasher_end(two);
	hasher_finish(one);
	sha256_end(sha, &want);
	assert_true(hasher_next(one, &tag, &got));
	assert_string_equal(got.text, want.text);
	hasher_finish(two);
	assert_true(hasher_next(two, &tag, &got));
	assert_string_not_equal(got.text, want.text);
	hasher_free(one);
	hasher_free(two);
	sha256_free(sha);
	chunk_pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_arrive_in_order_and_whole),
		cmocka_unit_test(a_belt_left_alone_is_worked_off),
		cmocka_unit_test(a_pool_may_go_before_its_chunks),
		cmocka_unit_test(sums_come_in_order_with_their_tags),
		cmocka_unit_test(a_message_not_ended_has_no_sum),
		cmocka_unit_test(one_chunk_serves_two_hashers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
