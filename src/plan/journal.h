/*
 * What varve keeps beside an image that it built, below <root>/varve:
 *	journal/<hex>   one line for each file that went into a COPY/ADD
 *	steps/<hex>     what the step cost, as JSON
 * dir is the descriptor of <root>/varve. All of it can be deleted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "context/source.h"
#include "spec/digest.h"

#define JOURNAL_MAX (256u * 1024 * 1024) /* bytes of one journal, unpacked */
#define STEP_RECORD_MAX (256u * 1024)    /* bytes of one record */

struct journal_entry {
	const char *path, *sum, *link; /* sum as in struct source_file */
	char type;               /* 'f' 'd' 'l' 'c' 'b' 'p'; '?': no entry */
	unsigned mode;           /* permission bits */
	long uid, gid;
	int64_t size, mtime_sec;
	long mtime_nsec;
	const char *capability;  /* hex digits, "" none */
};
/* The letter of a file type, of st_mode. */
char journal_type(mode_t mode);
struct journal {
	struct journal_entry *entries; /* sorted by path */
	size_t count;
	struct arena *strings;         /* theirs, or NULL */
	struct digest fingerprint; /* when it was made; may be unset */
};
void journal_release(struct journal *journal);
AUTO_DEFINE_IN_PLACE(struct journal, journal_release)

/* The files of a set as they are now; all sums must be known. */
int journal_make(struct tree *tree, const struct source_set *set,
		 struct journal *out, struct err *err);
/* A digest of paths, times and link texts: where it and the sums are those of
 * the journal, nothing that the sums hide has changed. */
int journal_fingerprint(struct tree *tree, const struct source_set *set,
		  struct digest *out, struct err *err);
const struct journal_entry *journal_find(const struct journal *journal,
					 const char *path);

int journal_write(int dir, const struct digest *image,
		  const struct journal *journal, struct err *err);
/* 1 read, 0 there is none, -1 broken. */
int journal_read(int dir, const struct digest *image, struct journal *out,
		 struct err *err);
/* The fingerprint alone, without the lines: 1 it has one, 0 none, -1 broken. */
int journal_read_fingerprint(int dir, const struct digest *image,
		       struct digest *out, struct err *err);

struct step_record {
	int64_t ms, cpu_ms;      /* -1 unknown */
	int64_t bytes;           /* read or copied */
	int64_t layer_size;
	struct digest parent;    /* unset: scratch */
	char *created_by;        /* owned; or NULL */
};
void step_record_release(struct step_record *record);
AUTO_DEFINE_IN_PLACE(struct step_record, step_record_release)

int step_record_write(int dir, const struct digest *image,
		      const struct step_record *record, struct err *err);
int step_record_read(int dir, const struct digest *image,
		     struct step_record *out, struct err *err);
