#include "base/utf8.h"

#include <string.h>

size_t clino__utf8_next(const char *bytes, size_t size, uint32_t *code, bool *valid) {
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  unsigned char first = (unsigned char)bytes[0];
  *code = first;
  *valid = first < 0x80;
  if (*valid) return 1;
  size_t length = first >= 0xF8 ? 0 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
  if (!length || length > size) return 1;
  uint32_t c = first & (0x7Fu >> length);
  for (size_t i = 1; i < length; i++) {
    unsigned char next = (unsigned char)bytes[i];
    if ((next & 0xC0) != 0x80) return 1;
    c = c << 6 | (next & 0x3Fu);
  }
  if (c < smallest[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return 1;
  *code = c;
  *valid = true;
  return length;
}

typedef struct range {
  uint32_t low, high;
} range;

static bool within(uint32_t code, const range *ranges, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (code >= ranges[i].low && code <= ranges[i].high) return true;
  return false;
}

bool clino__utf8_is_control(uint32_t code) {
  static const range controls[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0x61C, 0x61C},   {0x200B, 0x200F},
                                   {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB},
                                   {0xE0000, 0xE007F}};
  return within(code, controls, sizeof controls / sizeof controls[0]);
}

static size_t width_of(uint32_t code) {
  static const range combining[] = {{0x300, 0x36F}, {0x483, 0x489}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
                                    {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};
  static const range wide[] = {{0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xAC00, 0xD7A3},
                               {0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6},
                               {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};
  if (code < 0x300) return 1;
  if (within(code, combining, sizeof combining / sizeof combining[0])) return 0;
  return within(code, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

size_t clino__utf8_columns(const char *bytes, size_t size) {
  size_t columns = 0;
  for (size_t i = 0; i < size;) {
    uint32_t code;
    bool valid;
    i += clino__utf8_next(bytes + i, size - i, &code, &valid);
    columns += width_of(code);
  }
  return columns;
}

static void add_json_escape(clino__text *text, uint32_t code) {
  if (code < 0x10000) {
    clino__text_addf(text, "\\u%04x", (unsigned)code);
  } else { /* a surrogate pair: RFC 8259, section 7 */
    clino__text_addf(text, "\\u%04x\\u%04x", 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + (code & 0x3FF));
  }
}

void clino__text_add_json(clino__text *text, const char *string) {
  size_t size = strlen(string);
  clino__text_add(text, "\"");
  for (size_t i = 0; i < size;) {
    uint32_t code;
    bool valid;
    size_t length = clino__utf8_next(string + i, size - i, &code, &valid);
    if (!valid)
      clino__text_add(text, "\xEF\xBF\xBD");
    else if (code == '"' || code == '\\')
      clino__text_addf(text, "\\%c", (char)code);
    else if (code == '\n')
      clino__text_add(text, "\\n");
    else if (clino__utf8_is_control(code))
      add_json_escape(text, code);
    else
      clino__text_add_bytes(text, string + i, length);
    i += length;
  }
  clino__text_add(text, "\"");
}

/* The entity of a character that XML gives a meaning, NULL where it has none. */
static const char *xml_entity(uint32_t code) {
  switch (code) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&apos;";
    case '\n': return "&#10;";
    case '\t': return "&#9;";
    default: return NULL;
  }
}

void clino__text_add_xml(clino__text *text, const char *string) {
  size_t size = strlen(string);
  for (size_t i = 0; i < size;) {
    uint32_t code;
    bool valid;
    size_t length = clino__utf8_next(string + i, size - i, &code, &valid);
    const char *entity = valid ? xml_entity(code) : NULL;
    if (entity)
      clino__text_add(text, entity);
    else if (valid && (code == 0xFFFE || code == 0xFFFF)) /* no characters of XML 1.0, section 2.2 */
      clino__text_addf(text, "\\u%04x", (unsigned)code);
    else
      clino__text_add_printable_bytes(text, string + i, length);
    i += length;
  }
}

void clino__text_add_printable_bytes(clino__text *text, const char *bytes, size_t size) {
  for (size_t i = 0; i < size;) {
    uint32_t code;
    bool valid;
    size_t length = clino__utf8_next(bytes + i, size - i, &code, &valid);
    if (valid && !clino__utf8_is_control(code))
      clino__text_add_bytes(text, bytes + i, length);
    else
      clino__text_addf(text, code < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)code);
    i += length;
  }
}

void clino__text_add_printable(clino__text *text, const char *string) {
  clino__text_add_printable_bytes(text, string, strlen(string));
}
