/* The members of one JSON object, for the line of attributes: a scanner that keeps nothing, so that where memory is out
 * it can say so (the JSON library of the readers neither does, nor survives it). */
#ifndef CLINO_IO_JSON_SCAN_H
#define CLINO_IO_JSON_SCAN_H

#include "base/error.h"

/* A member. value is a string's content, the text of any other value without blanks ("[1,2]"), NULL for null. Both are
 * valid during the call. A status other than CLINO_OK ends the scan. */
typedef clino_status (*clino__json_member)(void *ctx, const char *key, const char *value);

/* Calls member for each member of the object that bytes hold, alone but for blanks around it (RFC 8259, and NaN and
 * Infinity, which Python writes; a U+0000 or half of a surrogate pair in a string becomes U+FFFD). Returns what member
 * returned, CLINO_ERR_MEMORY, or CLINO_ERR_FORMAT where it is malformed: *problem says what, *offset where. Values are
 * nested 64 deep at most. */
clino_status clino__json_scan(const char *bytes, size_t size, clino__json_member member, void *ctx, size_t *offset,
                              const char **problem);

#endif
