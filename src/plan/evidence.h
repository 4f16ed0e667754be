/*
 * The pieces of evidence behind a reason: which keys of a configuration,
 * which build arguments, which files differ.
 */
#pragma once

#include "plan/command.h"
#include "plan/secret.h"
#include "plan/walk.h"

/* Each differing key; the number found. */
size_t evidence_config(struct step *step, const struct run_config *old,
		       const struct run_config *now, bool show_args);
size_t evidence_args(struct step *step, const struct command *old,
		     const struct command *now, bool show_args);
/* What differs between the files of image (its journal) and the step's. */
int evidence_files(struct plan *plan, struct step *step,
		   const struct digest *image, struct err *err);
/* "type file -> link", appended; the types as a journal has them. */
void evidence_type_change(struct buf *out, char old, char now);
#define EVIDENCE_FILES_SHOWN 50 /* pieces of evidence about files */
/* The same from the image's layer, for images that another builder made; at
 * most so many files are told. false: it cannot tell. */
bool evidence_layer(struct plan *plan, struct step *step,
		    const struct digest *image, size_t most);
/* The directory that the sources lie in on this machine's disk; -1: a tar, an
 * image, or files that are imagined. */
int evidence_root(const struct step *step);
/* The directory of the image's last layer, if its last step has one; or -1. */
int evidence_open_layer(struct plan *plan, const struct digest *image);
/* The step's destination in it, without leading slash, "." the root; owned. */
char *evidence_target(const struct step *step);
/* What of the sources goes into the layer, for builders that keep more of it
 * than times; -1: as the source has it. */
struct layer_rule {
	long uid, gid, mode;
};
/*
 * Strictly: whether the last layer of image holds at the step's destination
 * these sources and nothing else, in content, mode, owner and the attributes
 * that a copy carries along. 1; 2 but for the mode of a directory that was
 * copied into one that was there; 0 the evidence says what differs; -1 the
 * layer does not tell.
 */
int evidence_match(struct plan *plan, struct step *step,
		   const struct digest *image, const struct layer_rule *rule);
/*
 * What stood in a source of the step, named as in its evidence, when the image
 * that it was compared with was built: appended to out. 1; 0 its layer does
 * not tell, as with a file that was copied over an equal one, or there is no
 * such image; -1 it is no regular file, has more than limit bytes, or cannot
 * be read.
 */
int evidence_old_file(struct plan *plan, const struct step *step,
		      const char *path, size_t limit, struct buf *out,
		      struct err *err);
#define EVIDENCE_DIFF_MAX (256 << 10) /* bytes of either side of a file */
/* Unified diffs of the files whose content changed, appended to out; of one
 * that is no text, too large or unknown a line says so. */
void evidence_diff(struct plan *plan, const struct step *step,
		   struct buf *out);
/* A sentence about the files among the evidence, or NULL if there are none. */
char *evidence_files_note(const struct step *step);
/* For a hit: a change that the key does not see; sets step->warning. */
int evidence_unseen(struct plan *plan, struct step *step,
		    const struct digest *image, struct err *err);
void evidence_image(struct step *step, const char *name,
		    const struct digest *old, const struct digest *now);
