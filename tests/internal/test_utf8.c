/* Text from logs: validity, columns, and what must not reach a terminal. */
#include <string.h>

#include "base/utf8.h"
#include "support/suite.h"

static void check_next(const char *bytes, size_t size, size_t length, uint32_t code, bool valid) {
  uint32_t got;
  bool ok;
  CU_ASSERT_EQUAL(clino__utf8_next(bytes, size, &got, &ok), length);
  CU_ASSERT_EQUAL(got, code);
  CU_ASSERT_EQUAL(ok, valid);
}

static void characters_are_decoded(void) {
  check_next("A", 1, 1, 'A', true);
  check_next("\xC3\xA9", 2, 2, 0xE9, true);
  check_next("\xE2\x82\xAC", 3, 3, 0x20AC, true);
  check_next("\xF0\x9F\x98\x80", 4, 4, 0x1F600, true);
  check_next("\xF4\x8F\xBF\xBF", 4, 4, 0x10FFFF, true);
}

static void what_is_invalid_is_one_byte(void) {
  check_next("\x80", 1, 1, 0x80, false);             /* stray continuation */
  check_next("\xC3", 1, 1, 0xC3, false);             /* cut short */
  check_next("\xE2\x82\xAC", 2, 1, 0xE2, false);     /* cut short by size */
  check_next("\xC3(", 2, 1, 0xC3, false);            /* not continued */
  check_next("\xC0\x80", 2, 1, 0xC0, false);         /* overlong NUL */
  check_next("\xE0\x80\xAF", 3, 1, 0xE0, false);     /* overlong slash */
  check_next("\xED\xA0\x80", 3, 1, 0xED, false);     /* surrogate */
  check_next("\xF4\x90\x80\x80", 4, 1, 0xF4, false); /* beyond U+10FFFF */
  check_next("\xFF", 1, 1, 0xFF, false);
}

static void columns_follow_the_characters(void) {
  CU_ASSERT_EQUAL(clino__utf8_columns("", 0), 0);
  CU_ASSERT_EQUAL(clino__utf8_columns("caf\xC3\xA9", 5), 4);
  CU_ASSERT_EQUAL(clino__utf8_columns("e\xCC\x81", 3), 1);              /* e and a combining acute */
  CU_ASSERT_EQUAL(clino__utf8_columns("\xE6\x90\x8D\xE5\xA4\xB1", 6), 4); /* two wide characters */
}

static void printable(const char *string, const char *expected) {
  clino__text text = CLINO__TEXT_EMPTY;
  clino__text_add_printable(&text, string);
  CU_ASSERT_STRING_EQUAL(clino__text_string(&text), expected);
  clino__text_free(&text);
}

static void controls_are_shown_not_obeyed(void) {
  printable("train/loss", "train/loss");
  printable("a\x1b[31mb\x07\r\n\tc\x7f", "a\\x1b[31mb\\x07\\x0d\\x0a\\x09c\\x7f");
  printable("\xC2\x9B" "2J", "\\x9b2J");                 /* CSI as a C1 control */
  printable("x\xE2\x80\xAE" "y", "x\\u202ey");           /* right-to-left override */
  printable("\xF3\xA0\x80\x81", "\\ue0001");             /* language tag */
  printable("\xC3\xA9\xFF\xE2\x82", "\xC3\xA9\\xff\\xe2\\x82");
}

static void json(const char *string, const char *expected) {
  clino__text text = CLINO__TEXT_EMPTY;
  clino__text_add_json(&text, string);
  CU_ASSERT_STRING_EQUAL(clino__text_string(&text), expected);
  clino__text_free(&text);
}

static void json_strings_are_valid(void) {
  json("", "\"\"");
  json("logs/a\"b\\c", "\"logs/a\\\"b\\\\c\"");
  json("a\n\t\x1b\x7f", "\"a\\n\\u0009\\u001b\\u007f\"");
  json("a\xFFz\xC3\xA9\xE2\x82", "\"a\xEF\xBF\xBDz\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\"");
  json("\xC2\x9B\xE2\x80\xAE\xF3\xA0\x80\x81", "\"\\u009b\\u202e\\udb40\\udc01\"");
  json("\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\"");
}

void suite_utf8(CU_pSuite suite) {
  TEST(suite, characters_are_decoded);
  TEST(suite, what_is_invalid_is_one_byte);
  TEST(suite, columns_follow_the_characters);
  TEST(suite, controls_are_shown_not_obeyed);
  TEST(suite, json_strings_are_valid);
}
