/* Private to this floor: cutting one instruction's text into parts. */
#pragma once

#include "dockerfile/lines.h"

/* Takes the first word and the blanks after it off the (trimmed) text. */
struct span split_keyword(struct span *text);
/* Takes the flags off; they are added to instr unless it is NULL. */
void split_flags(const struct source *source, struct span *text,
		 struct instr *instr);
/* The next word between blanks; false at the end. text must be trimmed. */
bool split_blank(struct span *text, struct span *word);
/*
 * The next quote-aware word: as Docker keeps it (quotes and escapes still in,
 * bad bytes replaced) and the source it comes from. false at the end.
 */
bool split_quoted(struct span *text, char escape, struct buf *word,
		  struct span *from);
/* Latin-1 blanks: where Docker looks at bytes as if they were characters. */
bool split_is_space(char c);
