#include "io/csv_head.h"

#include <string.h>

#include "base/text.h"
#include "io/attributes.h"
#include "io/table.h"

/* In the order in which they win when a header holds equally many. */
static const char separators[CLINO__SEPARATORS] = {',', '\t', ';'};

typedef clino__csv_record record;

/* More than this in a "#{json}" line is no set of attributes. */
#define MAX_ATTRIBUTES_BYTES ((size_t)1 << 20)

static bool is_line_end(char c) { return c == '\n' || c == '\r'; }

/* The record at start, up to a line end outside quotes; false where the bytes end before it does. */
static bool scan_record(const char *bytes, size_t size, size_t start, record *r) {
  if (r->start != start) *r = (record){.start = start, .end = start};
  for (; r->end < size; r->end++) {
    char c = bytes[r->end];
    if (c == '"') r->quoted = !r->quoted;
    if (r->quoted) continue;
    if (is_line_end(c)) return true;
    for (size_t i = 0; i < CLINO__SEPARATORS; i++) r->found[i] += c == separators[i];
  }
  return false;
}

/* The separator of a record, NUL where it has none. */
static char separator_of(const record *r) {
  size_t best = 0;
  for (size_t i = 1; i < CLINO__SEPARATORS; i++)
    if (r->found[i] > r->found[best]) best = i;
  return r->found[best] ? separators[best] : '\0';
}

/* Whether a cell of the record is text, as those of a header are. */
static bool has_text(const char *bytes, const record *r, char separator) {
  double ignored;
  for (size_t from = r->start, to; from < r->end; from = to + 1) {
    for (to = from; to < r->end && bytes[to] != separator;) to++;
    if (clino__cell_read(bytes + from, to - from, &ignored) == CLINO__CELL_TEXT) return true;
  }
  return false;
}

static void skip_line_ends(const char *bytes, size_t size, clino__csv_head *head) {
  for (; head->byte < size && is_line_end(bytes[head->byte]); head->byte++)
    head->line += bytes[head->byte] == '\n' || head->byte + 1 == size || !is_line_end(bytes[head->byte + 1]);
}

/* Takes a line "#{json}"; false in *complete where it has no end yet. */
static clino_status take_attributes(const clino__reading *reading, const char *bytes, size_t size, bool whole,
                                    clino__csv_head *head, bool *complete, clino_error *error) {
  size_t end = head->byte;
  while (end < size && !is_line_end(bytes[end])) end++;
  size_t length = end - head->byte - 1, offset = 0;
  if (length > MAX_ATTRIBUTES_BYTES) {
    clino__fail(error, CLINO_ERR_FORMAT, "a line of attributes is longer than %zu bytes", MAX_ATTRIBUTES_BYTES);
    clino__error_at(error, reading->name, head->line, head->byte);
    return CLINO_ERR_FORMAT;
  }
  *complete = end < size || whole;
  if (!*complete) return CLINO_OK;
  clino_status status = clino__attributes_read(reading->run, bytes + head->byte + 1, length, &offset, error);
  if (status == CLINO_ERR_FORMAT) clino__error_at(error, reading->name, head->line, head->byte + 1 + offset);
  head->byte = end;
  return status;
}

/* A title is a line without a separator before a header with one; the only other thing that it could be, the header of
 * a single column, does not go on with several cells. It becomes the attribute "title". */
static clino_status take_title(const clino__reading *reading, const char *bytes, size_t size, bool whole,
                               clino__csv_head *head, bool *complete, clino_error *error) {
  const record *title = &head->first, *header = &head->second;
  clino__csv_head next = *head;
  next.byte = title->end;
  skip_line_ends(bytes, size, &next);
  *complete = scan_record(bytes, size, next.byte, &head->second) || whole;
  head->separator = ',';
  char separator = separator_of(header);
  if (!*complete || !separator || !has_text(bytes, header, separator)) return CLINO_OK;
  head->byte = next.byte;
  head->line = next.line;
  head->separator = separator;
  clino__text text = CLINO__TEXT_EMPTY;
  clino__text_add_bytes(&text, bytes + title->start, title->end - title->start);
  clino_status status = text.failed ? clino__fail_memory(error, "the title") : CLINO_OK;
  if (!status && clino__is_utf8(clino__text_string(&text), text.length))
    status = clino_run_set_attribute(reading->run, "title", clino__text_string(&text), error);
  clino__text_free(&text);
  return status;
}

clino_status clino__csv_head_read(const clino__reading *reading, const char *bytes, size_t size, bool whole,
                                  clino__csv_head *head, bool *complete, clino_error *error) {
  if (!head->line) head->line = 1;
  if (!head->byte && size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) head->byte = 3;
  clino__csv_head next = *head; /* *head moves on by whole lines of attributes */
  for (;;) {
    skip_line_ends(bytes, size, &next);
    *complete = next.byte + 1 < size || whole;
    if (!*complete || next.byte + 1 >= size || memcmp(bytes + next.byte, "#{", 2) != 0) break;
    clino_status status = take_attributes(reading, bytes, size, whole, &next, complete, error);
    if (status || !*complete) return status;
    *head = next;
  }
  if (!*complete || !(scan_record(bytes, size, next.byte, &head->first) || whole)) {
    *complete = false;
    return CLINO_OK;
  }
  head->byte = next.byte;
  head->line = next.line;
  head->separator = separator_of(&head->first);
  return head->separator ? CLINO_OK : take_title(reading, bytes, size, whole, head, complete, error);
}
