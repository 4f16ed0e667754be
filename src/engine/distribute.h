/*
 * Images from and to registries: docker pull and docker push (store.md 7).
 */
#pragma once

#include "store/store.h"
#include "transport/registry.h"

/* What happens to a layer, in docker's words. Calls never overlap. */
struct transfer_event {
	const char *id;       /* 12 digits of the blob; NULL: a line by itself */
	const char *status;   /* "Downloading" */
	int64_t current, total; /* bytes; total 0: none are told */
	bool heading;         /* a line by itself, though it has an id: a tag */
};
typedef void transfer_sink(void *arg, const struct transfer_event *event);

struct transfer_options {
	struct registry_options registry; /* host is filled in */
	const struct platform *platform;  /* NULL: this machine's */
	const char *as;     /* pull: the familiar name it gets here instead of
	                       its own; "": none; NULL: its own */
	transfer_sink *sink;              /* or NULL */
	void *arg;
};

/*
 * text: a reference with tag or digest (none: latest). Layers that are there
 * are not fetched, and a download that broke, here or in an earlier run, is
 * gone on with. Nothing of the image is seen before all of it is there.
 */
int pull_image(struct store *store, const char *text,
	       const struct transfer_options *options, struct digest *id,
	       struct err *err);
/* Asks only: the image's ID and configuration, which are checked, and the
 * digest that a pull would show. */
int resolve_image(const char *text, const struct transfer_options *options,
		  struct digest *id, struct digest *manifest,
		  struct buf *config, struct err *err);
/* Every tag of the repository. */
int pull_all(struct store *store, const char *text,
	     const struct transfer_options *options, struct err *err);
/* Every tag that the store has of the repository. */
int push_all(struct store *store, const char *text,
	     const struct transfer_options *options, struct err *err);
/* As a schema 2 image; a layer that the registry has is not sent, one that
 * another repository of it has is mounted. */
int push_image(struct store *store, const char *text,
	       const struct transfer_options *options, struct err *err);
/* An image under a name that it has there only; name may have no digest. */
int push_image_as(struct store *store, struct image *image, const char *name,
		  const struct transfer_options *options, struct err *err);
