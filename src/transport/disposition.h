/* Private to this floor: the header Content-Disposition (RFC 6266, 2231). */
#pragma once

/* The file name in it, owned, or NULL: none, or not well-formed. */
char *disposition_file_name(const char *header);
