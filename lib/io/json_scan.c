#include "io/json_scan.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

#define MAX_DEPTH 64

typedef struct scan {
  const char *p, *end;
  const char *problem; /* the first, at p */
} scan;

static bool fail(scan *s, const char *problem) {
  if (!s->problem) s->problem = s->p < s->end ? problem : "it ends too early";
  return false;
}

/* Adds to text, unless that is NULL. */
static void add(clino__text *text, const char *bytes, size_t size) {
  if (text) clino__text_add_bytes(text, bytes, size);
}

static void skip_blanks(scan *s) {
  while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n')) s->p++;
}

/* Whether c comes next, which is taken and added to raw (NULL: nowhere). */
static bool take(scan *s, char c, clino__text *raw) {
  skip_blanks(s);
  if (s->p == s->end || *s->p != c) return false;
  add(raw, s->p++, 1);
  return true;
}

/* ---- strings ---- */

static void add_utf8(clino__text *text, uint32_t code) {
  char bytes[4];
  size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = n - 1; i > 0; i--, code >>= 6) bytes[i] = (char)(0x80 | (code & 0x3F));
  bytes[0] = (char)(lead[n] | code);
  add(text, bytes, n);
}

/* Four hexadecimal digits at p. */
static bool read_hex(const scan *s, const char *p, uint32_t *code) {
  *code = 0;
  for (int i = 0; i < 4; i++, p++) {
    if (p >= s->end) return false;
    uint32_t digit = *p >= '0' && *p <= '9'   ? (uint32_t)(*p - '0')
                     : *p >= 'a' && *p <= 'f' ? (uint32_t)(*p - 'a' + 10)
                     : *p >= 'A' && *p <= 'F' ? (uint32_t)(*p - 'A' + 10)
                                              : 16;
    if (digit == 16) return false;
    *code = *code << 4 | digit;
  }
  return true;
}

/* What follows "\u": one unit of UTF-16, or the two of a pair. */
static bool take_unicode(scan *s, clino__text *text) {
  uint32_t code, low;
  if (!read_hex(s, s->p, &code)) return fail(s, "four hexadecimal digits are missing");
  s->p += 4;
  if (code >= 0xD800 && code < 0xDC00 && s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u' &&
      read_hex(s, s->p + 2, &low) && low >= 0xDC00 && low < 0xE000) {
    s->p += 6;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  add_utf8(text, code == 0 || (code >= 0xD800 && code < 0xE000) ? 0xFFFD : code);
  return true;
}

static bool take_escape(scan *s, clino__text *text) {
  static const char names[] = "\"\\/bfnrt", codes[] = "\"\\/\b\f\n\r\t";
  const char *found = s->p < s->end && *s->p ? strchr(names, *s->p) : NULL;
  if (found) {
    s->p++;
    add(text, codes + (found - names), 1);
    return true;
  }
  if (s->p == s->end || *s->p != 'u') return fail(s, "an unknown escape");
  s->p++;
  return take_unicode(s, text);
}

/* A string; its content goes to text (NULL: nowhere). */
static bool take_string(scan *s, clino__text *text) {
  skip_blanks(s);
  if (s->p == s->end || *s->p != '"') return fail(s, "a string is missing");
  for (s->p++; s->p < s->end;) {
    const char *from = s->p;
    while (s->p < s->end && *s->p != '"' && *s->p != '\\') s->p++;
    add(text, from, (size_t)(s->p - from));
    if (s->p == s->end) break;
    if (*s->p++ == '"') return true;
    if (!take_escape(s, text)) return false;
  }
  return fail(s, "");
}

/* ---- other values: their text goes to raw ---- */

static size_t take_digits(scan *s) {
  const char *from = s->p;
  while (s->p < s->end && *s->p >= '0' && *s->p <= '9') s->p++;
  return (size_t)(s->p - from);
}

static bool take_word(scan *s, const char *word) {
  size_t n = strlen(word);
  if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0) return false;
  s->p += n;
  return true;
}

static bool take_number(scan *s) {
  if (s->p < s->end && *s->p == '-') s->p++;
  if (take_word(s, "Infinity")) return true;
  if (!take_digits(s)) return fail(s, "a value is missing");
  if (s->p < s->end && *s->p == '.') {
    s->p++;
    if (!take_digits(s)) return fail(s, "a digit is missing");
  }
  if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
    s->p++;
    if (s->p < s->end && (*s->p == '+' || *s->p == '-')) s->p++;
    if (!take_digits(s)) return fail(s, "a digit is missing");
  }
  return true;
}

static bool take_scalar(scan *s, clino__text *raw) {
  const char *from = s->p;
  bool word = take_word(s, "true") || take_word(s, "false") || take_word(s, "null") || take_word(s, "NaN");
  bool ok = word || (*s->p == '"' ? take_string(s, NULL) : take_number(s));
  if (ok) add(raw, from, (size_t)(s->p - from));
  return ok;
}

static bool take_value(scan *s, clino__text *raw, size_t depth) {
  skip_blanks(s);
  if (s->p == s->end) return fail(s, "");
  char open = *s->p, close = open == '{' ? '}' : ']';
  if (open != '{' && open != '[') return take_scalar(s, raw);
  if (depth == MAX_DEPTH) return fail(s, "values are nested too deep");
  take(s, open, raw);
  if (take(s, close, raw)) return true;
  do {
    skip_blanks(s);
    if (open == '{' && (s->p == s->end || *s->p != '"')) return fail(s, "a name is missing");
    if (open == '{' && (!take_scalar(s, raw) || !take(s, ':', raw))) return fail(s, "a colon is missing");
    if (!take_value(s, raw, depth + 1)) return false;
  } while (take(s, ',', raw));
  return take(s, close, raw) ? true : fail(s, "a comma or the end of a list is missing");
}

/* ---- the object ---- */

static clino_status take_member(scan *s, clino__text *key, clino__text *value, clino__json_member member, void *ctx) {
  bool ok = take_string(s, key);
  if (ok && !take(s, ':', NULL)) ok = fail(s, "a colon is missing");
  skip_blanks(s);
  bool string = s->p < s->end && *s->p == '"';
  ok = ok && (string ? take_string(s, value) : take_value(s, value, 1));
  if (key->failed || value->failed) return CLINO_ERR_MEMORY;
  if (!ok) return CLINO_ERR_FORMAT;
  bool none = !string && strcmp(clino__text_string(value), "null") == 0;
  return member(ctx, clino__text_string(key), none ? NULL : clino__text_string(value));
}

static clino_status scan_object(scan *s, clino__json_member member, void *ctx) {
  clino__text key = CLINO__TEXT_EMPTY, value = CLINO__TEXT_EMPTY;
  clino_status status = CLINO_OK;
  if (!take(s, '{', NULL)) {
    fail(s, "it does not begin with {");
  } else if (!take(s, '}', NULL)) {
    do {
      clino__text_clear(&key);
      clino__text_clear(&value);
      status = take_member(s, &key, &value, member, ctx);
    } while (!status && take(s, ',', NULL));
    if (!status && !take(s, '}', NULL)) fail(s, "a comma or the end of the object is missing");
  }
  skip_blanks(s);
  if (!status && !s->problem && s->p < s->end) fail(s, "something follows the object");
  if (!status && s->problem) status = CLINO_ERR_FORMAT;
  clino__text_free(&key);
  clino__text_free(&value);
  return status;
}

clino_status clino__json_scan(const char *bytes, size_t size, clino__json_member member, void *ctx, size_t *offset,
                              const char **problem) {
  scan s = {bytes, bytes + size, NULL};
  clino_status status = scan_object(&s, member, ctx);
  *offset = (size_t)(s.p - bytes);
  *problem = s.problem ? s.problem : "";
  return status;
}
