#include "io/cell.h"

#include <string.h>

#include "base/ascii.h"
#include "base/number.h"
#include "base/utf8.h"

/* A cell has no NUL, so that the end of word differs from each of its bytes. */
static bool is_word(const char *bytes, size_t size, const char *word) {
  for (size_t i = 0; i < size; i++)
    if (clino__to_lower(bytes[i]) != word[i]) return false;
  return word[size] == '\0';
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* "tensor(0.5, device='cuda:0')", "[0.5]", "(0.5)", "93.5%" */
static bool unwrap(const char **bytes, size_t *size) {
  static const char tensor[] = "tensor(";
  const char *b = *bytes;
  size_t n = *size;
  if (b[n - 1] == '%' && n > 1) {
    n--;
  } else if (n > 2 && ((b[0] == '[' && b[n - 1] == ']') || (b[0] == '(' && b[n - 1] == ')'))) {
    b++, n -= 2;
  } else if (n > sizeof tensor && memcmp(b, tensor, sizeof tensor - 1) == 0 && b[n - 1] == ')') {
    b += sizeof tensor - 1;
    n -= sizeof tensor;
    const char *comma = memchr(b, ',', n);
    if (comma) n = (size_t)(comma - b);
  } else {
    return false;
  }
  *bytes = b;
  *size = n;
  return true;
}

clino__cell clino__cell_read(const char *bytes, size_t size, double *value) {
  while (size && is_blank(*bytes)) bytes++, size--;
  while (size && is_blank(bytes[size - 1])) size--;
  if (!size) return CLINO__CELL_MISSING;
  if (clino__number_parse(bytes, size, value)) return CLINO__CELL_NUMBER;
  static const char *const missing[] = {"-", "na", "n/a", "none", "null"};
  for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
    if (is_word(bytes, size, missing[i])) return CLINO__CELL_MISSING;
  if (unwrap(&bytes, &size) && clino__number_parse(bytes, size, value)) return CLINO__CELL_NUMBER;
  return CLINO__CELL_TEXT;
}

clino__cell clino__cell_read_comma(const char *bytes, size_t size, double *value) {
  char copy[64];
  clino__cell cell = clino__cell_read(bytes, size, value);
  const char *comma = cell == CLINO__CELL_TEXT && size < sizeof copy ? memchr(bytes, ',', size) : NULL;
  if (!comma || memchr(bytes, '.', size)) return cell;
  memcpy(copy, bytes, size);
  copy[comma - bytes] = '.';
  return clino__cell_read(copy, size, value) == CLINO__CELL_NUMBER ? CLINO__CELL_NUMBER : cell;
}

bool clino__is_utf8(const char *bytes, size_t size) {
  uint32_t code;
  bool valid = true;
  for (size_t i = 0; valid && i < size;) i += clino__utf8_next(bytes + i, size - i, &code, &valid);
  return valid;
}

void clino__sample(char out[CLINO__SAMPLE_SIZE], const char *bytes, size_t size) {
  size_t length = 0, i = 0;
  while (i < size) {
    uint32_t code;
    bool valid;
    size_t n = clino__utf8_next(bytes + i, size - i, &code, &valid);
    if (length + n > CLINO__SAMPLE_SIZE - 4) break;
    bool plain = valid && !clino__utf8_is_control(code);
    if (plain) memcpy(out + length, bytes + i, n);
    else out[length] = '?';
    length += plain ? n : 1;
    i += n;
  }
  strcpy(out + length, i < size ? "..." : "");
}
