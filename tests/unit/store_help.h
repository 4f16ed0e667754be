/* Small stores for the tests of the floor store. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fs.h"
#include "store/store.h"

extern char top[64];    /* of all that a test makes */
extern char root[80];   /* the store in it; not there yet */

int set_up(void **state);
int tear_down(void **state);
/* Runs in top; must succeed. */
void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct store *open_store(enum store_mode mode);
/* The kind of the error with which opening fails. */
enum err_kind open_fails(enum store_mode mode, struct err *err);

/* One layer: script runs in its empty directory. */
struct digest add_layer_to(struct store *store, const struct digest *parent,
			   const char *script, struct digest *diff_id);
struct digest add_layer(struct store *store, const struct digest *parent,
			const char *script);

/* An image on parent (or NULL); script NULL: without a layer of its own. */
struct digest add_image(struct store *store, const struct digest *parent,
			const char *script, const char *created_by);
struct image *get_image(struct store *store, const struct digest *id);
struct digest chain_of(struct store *store, const struct digest *id);
size_t count_images(struct store *store);
char *hex_of(const struct digest *id); /* the digits */

/* A file below root; the caller frees. Fails the test if it is not there. */
char *slurp(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool exists(const char *format, ...) __attribute__((format(printf, 1, 2)));
