/* Images as they were logged, a row for each tag: its first, its last, and some evenly between. They stand in the page
 * as data, under the type that their first bytes say they have, so that nothing is asked for from elsewhere and nothing
 * but an image can come of them. */
#include <inttypes.h>

#include "io/html.h"

enum { MOST_TAGS = 24, SHOWN = 6, ENLARGED = 96 };

/* RFC 4648, section 4. */
static void add_base64(clino__text *text, const unsigned char *p, size_t n) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (; n; p += n < 3 ? n : 3, n -= n < 3 ? n : 3) {
    const unsigned bits = (unsigned)p[0] << 16 | (n > 1 ? (unsigned)p[1] << 8 : 0) | (n > 2 ? p[2] : 0);
    const char four[4] = {digits[bits >> 18], digits[bits >> 12 & 63], n > 1 ? digits[bits >> 6 & 63] : '=',
                          n > 2 ? digits[bits & 63] : '='};
    clino__text_add_bytes(text, four, sizeof four);
  }
}

/* The k-th of shown out of n, evenly spread; of one alone the last, which says how the training ended. */
static size_t spread(size_t k, size_t shown, size_t n) {
  return shown == 1 ? n - 1 : (k * (n - 1) + (shown - 1) / 2) / (shown - 1);
}

/* How many of a series' images the room is enough for, and the bytes that they take. */
static size_t choose(const clino_series *s, size_t room, size_t *bytes) {
  const size_t n = clino_series_count(s);
  for (size_t shown = n < SHOWN ? n : SHOWN; shown; shown--) {
    *bytes = 0;
    for (size_t k = 0; k < shown; k++) *bytes += clino_series_image(s, spread(k, shown, n))->size;
    if (*bytes <= room) return shown;
  }
  *bytes = 0;
  return 0;
}

static void add_step(clino__text *text, const clino_series *s, size_t i) {
  const int64_t step = clino_series_step(s, i);
  if (step == CLINO_NO_STEP) clino__text_add(text, "no step");
  else clino__text_addf(text, "step %" PRId64, step);
}

/* Small ones, which weights often are, are enlarged by a whole factor with their pixels seen. */
static void add_image(clino__text *text, const clino_series *s, size_t i) {
  const clino_image_file *image = clino_series_image(s, i);
  const size_t side = image->width > image->height ? image->width : image->height;
  const size_t factor = side < ENLARGED ? ENLARGED / side : 1;
  clino__text_addf(text, "<li><img%s width=\"%zu\" height=\"%zu\" alt=\"", factor > 1 ? " class=\"pixels\"" : "",
                   image->width * factor, image->height * factor);
  clino__html_text(text, clino_series_name(s));
  clino__text_add(text, ", ");
  add_step(text, s, i);
  clino__text_addf(text, "\" src=\"data:image/%s;base64,", image->type);
  add_base64(text, image->bytes, image->size);
  clino__text_add(text, "\"><span class=\"steps\">");
  add_step(text, s, i);
  clino__text_add(text, "</span></li>\n");
}

/* Returns the bytes that its images take. */
static size_t add_figure(clino__text *text, const clino_series *s, size_t room) {
  const size_t n = clino_series_count(s);
  const uint64_t given = n + clino_series_left_out(s);
  size_t bytes, shown = choose(s, room, &bytes);
  clino__text_add(text, "<figure class=\"chart images\">\n<figcaption><h4>");
  clino__html_text(text, clino_series_name(s));
  clino__text_add(text, "</h4> <span class=\"steps\">");
  if (shown == given) clino__text_addf(text, "%zu image%s", shown, shown == 1 ? "" : "s");
  else clino__text_addf(text, "%zu of %" PRIu64 " image%s", shown, given, given == 1 ? "" : "s");
  clino__text_add(text, "</span></figcaption>\n");
  if (shown) {
    clino__text_add(text, "<ul>\n");
    for (size_t k = 0; k < shown; k++) add_image(text, s, spread(k, shown, n));
    clino__text_add(text, "</ul>\n");
  } else {
    clino__text_add(text, "<p class=\"none\">");
    clino__html_text(text, n ? "Too large for this page." : clino_series_missing_reason(s));
    clino__text_add(text, "</p>\n");
  }
  clino__text_add(text, "</figure>\n");
  return bytes;
}

static bool has_images(const clino_series *s) {
  return clino_series_get_kind(s) == CLINO_SERIES_IMAGE && (clino_series_count(s) || clino_series_left_out(s));
}

/* What the run may still take, where its charts were many; base64 makes four bytes of three. */
static size_t room_for(const clino__text *text, const clino__html_run *run) {
  const size_t left = text->length < run->bytes ? (run->bytes - text->length) / 4 * 3 : 0;
  return left < run->image_bytes ? left : run->image_bytes;
}

void clino__html_images(clino__text *text, const clino__html_run *run) {
  const clino_run *from = run->item->run;
  size_t tags = 0, room = room_for(text, run), n = clino_run_series_count(from);
  for (size_t i = 0; i < n; i++) tags += has_images(clino_run_series_at(from, i));
  if (!tags) return;
  clino__text_add(text, "<section class=\"gallery\">\n<h3>Images</h3>\n");
  for (size_t i = 0, left = tags < MOST_TAGS ? tags : MOST_TAGS; i < n && left; i++) {
    const clino_series *s = clino_run_series_at(from, i);
    if (has_images(s)) room -= add_figure(text, s, room / left--); /* what one does not need, the others have */
  }
  if (tags > MOST_TAGS) clino__text_addf(text, "<p class=\"thinned\">%zu more are not shown.</p>\n", tags - MOST_TAGS);
  clino__text_add(text, "</section>\n");
}
