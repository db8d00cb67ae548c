#include "io/json_scan.h"

#include <string.h>

#include "base/ascii.h"

/* Longer keys, and larger records, are no log. */
#define MAX_KEY_BYTES 4096
#define MAX_LEAF_BYTES ((size_t)16 << 20)

static const char too_deep[] = "JSON that is nested deeper than 32 levels";

enum { VALUE, KEY_OR_END, KEY, COLON, NEXT, VALUE_OR_END };

typedef clino__json_scan scan;
typedef clino__json_frame frame;

void clino__json_init(scan *s, const char *name, clino__json_sink sink, void *ctx) {
  *s = (scan){.name = name, .sink = sink, .ctx = ctx, .line = 1, .expect = VALUE};
}

void clino__json_free(scan *s) {
  clino__text_free(&s->path);
  clino__text_free(&s->key);
  clino__text_free(&s->leaf);
}

static clino_status fail(const scan *s, size_t line, size_t byte, clino_error *error, const char *what) {
  clino__fail(error, CLINO_ERR_FORMAT, "%s", what);
  clino__error_at(error, s->name, line, byte);
  return CLINO_ERR_FORMAT;
}

static frame *top(scan *s) { return s->depth ? &s->frames[s->depth - 1] : NULL; }

/* "12", "epoch_12", "step 3": the key of one of many records. */
static bool is_counting(const char *key) {
  static const char *const words[] = {"epoch", "step", "iter", "iteration", "round", NULL};
  for (int i = 0; words[i]; i++) {
    size_t n = strlen(words[i]);
    if (strncmp(key, words[i], n) != 0) continue;
    key += n;
    if (*key == '_' || *key == ' ' || *key == '-') key++;
    break;
  }
  size_t digits = 0;
  while (clino__is_digit(key[digits])) digits++;
  return digits && digits < 16 && !key[digits];
}

/* ---- what is handed over ---- */

static clino_status hand_over(scan *s, clino__json_kind kind, clino_error *error) {
  const frame *f = top(s);
  bool counts = f && f->type == '{' && f->counts;
  const char *key = f && f->type == '{' ? clino__text_string(&s->key) : "";
  clino__text path = CLINO__TEXT_EMPTY;
  clino__text_add(&path, clino__text_string(&s->path));
  if (kind == CLINO__JSON_SINGLE && *key) clino__text_addf(&path, "%s%s", path.length ? "/" : "", key);
  clino__json_item item = {kind, clino__text_string(&path), counts ? key : "", s->depth, clino__text_string(&s->leaf),
                           s->leaf.length, s->leaf_line, s->leaf_byte};
  clino_status status = path.failed || s->leaf.failed ? clino__fail_memory(error, "a value of JSON")
                                                      : s->sink(&item, s->ctx, error);
  clino__text_free(&path);
  clino__text_clear(&s->leaf);
  return status;
}

/* A value of the stream, or a member, is complete. */
static clino_status value_ended(scan *s, clino_error *error) {
  s->expect = NEXT;
  if (s->depth) return CLINO_OK;
  s->expect = VALUE;
  s->lines = s->values == 0 ? s->line == s->first_line : s->lines;
  if (s->values++) return CLINO_OK;
  clino__text_clear(&s->leaf);
  return hand_over(s, CLINO__JSON_FIRST_END, error);
}

static clino_status leaf_ended(scan *s, clino_error *error) {
  const frame *f = top(s);
  char type = s->leaf_type;
  s->leaf_type = '\0';
  clino__json_kind kind = type == '{' || type == '['                             ? CLINO__JSON_RECORD
                          : !f || f->type == '[' || (f->type == '{' && f->counts) ? CLINO__JSON_ELEMENT
                                                                                  : CLINO__JSON_SINGLE;
  clino_status status = hand_over(s, kind, error);
  return status ? status : value_ended(s, error);
}

/* ---- going in and out ---- */

static clino_status enter(scan *s, char type, clino_error *error) {
  if (s->depth == CLINO__JSON_DEPTH) return fail(s, s->line, s->byte, error, too_deep);
  const frame *outer = top(s);
  frame f = {.type = type, .path = s->path.length};
  if (outer && outer->type == '{')
    clino__text_addf(&s->path, "%s%s", s->path.length ? "/" : "", clino__text_string(&s->key));
  s->frames[s->depth++] = f;
  s->expect = type == '{' ? KEY_OR_END : VALUE_OR_END;
  return s->path.failed ? clino__fail_memory(error, "a path of JSON") : CLINO_OK;
}

static clino_status leave(scan *s, clino_error *error) {
  frame *f = top(s);
  s->depth--;
  s->path.length = f->path;
  if (s->path.data) s->path.data[f->path] = '\0';
  clino__text_clear(&s->key);
  return value_ended(s, error);
}

static void begin_leaf(scan *s, char type) {
  s->leaf_type = type;
  s->leaf_line = s->line;
  s->leaf_byte = s->byte;
  s->leaf_depth = 0;
  s->in_string = type == '"';
  s->escaped = false;
  clino__text_clear(&s->leaf);
}

static clino_status keep(scan *s, const char *bytes, size_t size, clino_error *error) {
  if (s->leaf.length + size > (s->in_key ? MAX_KEY_BYTES : MAX_LEAF_BYTES))
    return fail(s, s->leaf_line, s->leaf_byte, error, s->in_key ? "a key of JSON is longer than 4096 bytes"
                                                                : "a record of JSON is longer than 16 MiB");
  clino__text_add_bytes(&s->leaf, bytes, size);
  return s->leaf.failed ? clino__fail_memory(error, "a value of JSON") : CLINO_OK;
}

/* Lines that are no JSON within a stream of lines are left out. */
static clino_status damage(scan *s, size_t line, size_t byte, clino_error *error, const char *what) {
  if (!s->values || !s->lines || s->depth) return fail(s, line, byte, error, what);
  if (!s->damaged++) s->damaged_line = line;
  s->skip_line = true;
  s->leaf_type = '\0';
  s->in_string = false;
  clino__text_clear(&s->leaf);
  return CLINO_OK;
}

/* ---- keys: a string, unescaped where it is simple ---- */

static clino_status key_ended(scan *s, clino_error *error) {
  frame *f = top(s);
  s->in_key = false;
  s->leaf_type = '\0';
  clino__text_clear(&s->key);
  clino__text_add_bytes(&s->key, clino__text_string(&s->leaf) + 1, s->leaf.length - 2);
  clino__text_clear(&s->leaf);
  if (s->key.failed) return clino__fail_memory(error, "a key of JSON");
  if (!f->members++) f->counts = is_counting(clino__text_string(&s->key));
  s->expect = COLON;
  return CLINO_OK;
}

/* ---- bytes ---- */

/* The next byte where something is expected; what it begins is not passed yet. */
static clino_status begin(scan *s, char c, bool *pass, clino_error *error) {
  const frame *f = top(s);
  *pass = true;
  if (s->expect == COLON && c == ':') {
    s->expect = VALUE;
  } else if (s->expect == NEXT && c == ',') {
    s->expect = f->type == '{' ? KEY : VALUE;
  } else if (f && c == (f->type == '{' ? '}' : ']') &&
             (s->expect == NEXT || s->expect == KEY_OR_END || s->expect == VALUE_OR_END)) {
    return leave(s, error);
  } else if ((s->expect == KEY || s->expect == KEY_OR_END) && c == '"') {
    *pass = false;
    s->in_key = true;
    begin_leaf(s, '"');
  } else if ((s->expect == VALUE || s->expect == VALUE_OR_END) && c != '}' && c != ']' && c != ',' && c != ':') {
    if (!f) s->first_line = s->line;
    bool whole = s->values || (f && (f->type == '[' || f->counts));
    if ((c == '{' || c == '[') && !(whole && (f || c == '{'))) return enter(s, c, error);
    bool scalar = c != '{' && c != '[';
    if (!f && scalar) return damage(s, s->line, s->byte, error, "this is no JSON");
    *pass = false;
    begin_leaf(s, scalar && c != '"' ? 's' : c);
  } else {
    return damage(s, s->line, s->byte, error, "this is no JSON");
  }
  return CLINO_OK;
}

/* How many of the bytes belong to the leaf; *ended where it is complete with them. */
static size_t scan_leaf(scan *s, const char *bytes, size_t size, bool *ended) {
  for (size_t i = 0; i < size; i++) {
    char c = bytes[i];
    bool first = i == 0 && !s->leaf.length;
    if (s->leaf_type == 's') {
      *ended = c == ',' || c == ']' || c == '}' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
      if (*ended) return i;
    } else if (s->in_string) {
      if (c == '\n') return i;
      if (s->escaped) s->escaped = false;
      else if (c == '\\') s->escaped = true;
      else if (c == '"' && !first) s->in_string = false;
      *ended = !s->in_string && s->leaf_type == '"';
      if (*ended) return i + 1;
    } else if (c == '\n' && s->lines && s->values) {
      return i;
    } else {
      s->in_string = c == '"';
      if (c == '{' || c == '[') s->leaf_depth++;
      if (c == '}' || c == ']') s->leaf_depth--;
      *ended = !s->leaf_depth;
      if (*ended || s->leaf_depth > CLINO__JSON_DEPTH) return i + 1;
    }
  }
  return size;
}

static void pass_bytes(scan *s, const char *bytes, size_t n) {
  s->byte += n;
  for (const char *p = bytes, *end = bytes + n; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++) s->line++;
}

/* Goes on with the leaf; returns how many bytes were taken. */
static clino_status go_on(scan *s, const char *bytes, size_t size, size_t *taken, clino_error *error) {
  bool ended = false;
  size_t n = *taken = scan_leaf(s, bytes, size, &ended);
  clino_status status = keep(s, bytes, n, error);
  pass_bytes(s, bytes, n);
  if (status) return status;
  if (ended) return s->in_key ? key_ended(s, error) : leaf_ended(s, error);
  if (s->leaf_depth > CLINO__JSON_DEPTH)
    return fail(s, s->line, s->byte - 1, error, too_deep);
  if (n == size) return CLINO_OK;
  return damage(s, s->leaf_line, s->leaf_byte, error, "a string or record of JSON that the end of the line cuts");
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static clino_status feed(scan *s, const char *bytes, size_t size, clino_error *error) {
  const char *p = bytes, *end = bytes + size;
  clino_status status = CLINO_OK;
  while (p < end && !status) {
    size_t n = 1;
    bool pass = true;
    if (s->skip_line) {
      const char *lf = memchr(p, '\n', (size_t)(end - p));
      n = lf ? (size_t)(lf - p) : (size_t)(end - p);
      s->skip_line = !lf;
      pass_bytes(s, p, n);
    } else if (s->leaf_type) {
      status = go_on(s, p, (size_t)(end - p), &n, error);
    } else {
      if (!is_blank(*p)) status = begin(s, *p, &pass, error);
      n = pass && !s->skip_line;
      if (n) pass_bytes(s, p, 1);
    }
    p += n;
  }
  return status;
}

clino_status clino__json_feed(scan *s, const char *bytes, size_t size, clino_error *error) {
  if (!s->byte && !s->leaf_type && size && (unsigned char)*bytes == 0xEF && !s->depth && !s->values) {
    size_t n = size < 3 ? size : 3; /* a byte order mark; the probe has seen that it is one */
    s->byte = n;
    bytes += n;
    size -= n;
  }
  while (size && s->byte && s->byte < 3 && !s->depth && !s->values && (unsigned char)*bytes >= 0x80) {
    s->byte++;
    bytes++;
    size--;
  }
  const char *nul = memchr(bytes, '\0', size);
  clino_status status = feed(s, bytes, nul ? (size_t)(nul - bytes) : size, error);
  return status || !nul ? status : fail(s, s->line, s->byte, error, "a NUL byte: this is no text");
}

clino_status clino__json_finish(scan *s, clino_error *error) {
  static const char cut[] = "the log ends within a value of JSON";
  if (s->leaf_type && s->values && s->lines) return damage(s, s->leaf_line, s->leaf_byte, error, cut);
  bool complete = !s->leaf_type && !s->depth && s->values;
  return complete ? CLINO_OK : fail(s, s->line, s->byte, error, cut);
}
