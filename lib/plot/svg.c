#include "plot/svg.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"

#define ELLIPSIS "\xE2\x80\xA6"
#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* On a light and on a dark background, at least 3:1 against it; AUTO is never drawn. */
typedef struct paint {
  const char *light, *dark;
} paint;

static const paint palette[CLINO_PLOT_COLOR_COUNT] = {
    {"#6b6b6b", "#9a9a9a"}, {"#0072b2", "#56b4e9"}, {"#d55e00", "#f5894a"}, {"#00825f", "#2fc49b"},
    {"#b0508a", "#e39ac6"}, {"#8a6a00", "#f0c23c"}, {"#222222", "#ececec"}, {"#6b6b6b", "#9a9a9a"}};

#define LIGHT_BACKGROUND "#ffffff"
#define DARK_BACKGROUND "#16181c"

/* ---- numbers and strings ---- */

void clino__svg_coordinate(clino__text *svg, double v) {
  if (!isfinite(v)) v = 0;
  long hundredths = lround(fmin(fmax(v, -1e6), 1e6) * 100);
  unsigned long size = hundredths < 0 ? 0 - (unsigned long)hundredths : (unsigned long)hundredths;
  char digits[24], *p = digits + sizeof digits;
  unsigned long fraction = size % 100, whole = size / 100;
  if (fraction % 10) *--p = (char)('0' + fraction % 10);
  if (fraction) *--p = (char)('0' + fraction / 10), *--p = '.';
  do *--p = (char)('0' + whole % 10);
  while (whole /= 10);
  if (hundredths < 0) *--p = '-';
  clino__text_add_bytes(svg, p, (size_t)(digits + sizeof digits - p));
}

void clino__svg_attribute(clino__text *svg, const char *name, double v) {
  clino__text_addf(svg, " %s=\"", name);
  clino__svg_coordinate(svg, v);
  clino__text_add(svg, "\"");
}

/* XML 1.0, 2.2: what is no character of a document. Marks that reorder text go too: a label must not rewrite others. */
static bool forbidden(uint32_t code) {
  return clino__utf8_is_control(code) || (code & 0xFFFE) == 0xFFFE;
}

void clino__svg_escape(clino__text *svg, const char *bytes, size_t size) {
  for (size_t i = 0; i < size;) {
    uint32_t code;
    bool valid;
    size_t length = clino__utf8_next(bytes + i, size - i, &code, &valid);
    if (code == '\t' || code == '\n' || code == '\r') clino__text_add(svg, " ");
    else if (!valid || forbidden(code)) clino__text_add(svg, REPLACEMENT);
    else if (code == '&') clino__text_add(svg, "&amp;");
    else if (code == '<') clino__text_add(svg, "&lt;");
    else if (code == '>') clino__text_add(svg, "&gt;");
    else if (code == '"') clino__text_add(svg, "&quot;");
    else clino__text_add_bytes(svg, bytes + i, length);
    i += length;
  }
}

/* Of a font size: a little above the mean width of the letters and digits of common sans-serif fonts (0.5 to 0.57). */
#define EM_PER_COLUMN 0.58

double clino__svg_width(const char *bytes, size_t size, double font_size) {
  return (double)clino__utf8_columns(bytes, size) * EM_PER_COLUMN * font_size;
}

size_t clino__svg_fit(const char *bytes, size_t size, double font_size, double width, bool wrap) {
  size_t end = 0, blank = 0;
  double used = 0;
  while (end < size) {
    uint32_t code;
    bool valid;
    size_t length = clino__utf8_next(bytes + end, size - end, &code, &valid);
    used += clino__svg_width(bytes + end, length, font_size);
    if (used > width) break;
    if (code == ' ') blank = end;
    end += length;
  }
  return end < size && wrap && blank ? blank : end;
}

/* ---- the document ---- */

static void add_colors(clino__text *svg, bool dark) {
  clino__text_addf(svg, ".clino-plot .bg{color:%s}", dark ? DARK_BACKGROUND : LIGHT_BACKGROUND);
  clino__text_addf(svg, ".clino-plot .ink{color:%s}", dark ? "#e6e6e6" : "#1f1f1f");
  clino__text_addf(svg, ".clino-plot .grid{color:%s}", dark ? "#3a3d43" : "#dcdcdc");
  for (int i = 1; i < CLINO_PLOT_COLOR_COUNT; i++)
    clino__text_addf(svg, ".clino-plot .c%d{color:%s}", i, dark ? palette[i].dark : palette[i].light);
}

void clino__svg_open(clino__text *svg, double width, double height, const char *title, const char *description) {
  clino__text_add(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"clino-plot\" role=\"img\"");
  clino__svg_attribute(svg, "width", width);
  clino__svg_attribute(svg, "height", height);
  clino__text_add(svg, " viewBox=\"0 0 ");
  clino__svg_coordinate(svg, width);
  clino__text_add(svg, " ");
  clino__svg_coordinate(svg, height);
  clino__text_add(svg, "\" font-family=\"system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif\"");
  clino__svg_attribute(svg, "font-size", CLINO__FONT_SIZE);
  clino__text_add(svg, ">\n");
  clino__text_add(svg, "<title>");
  clino__svg_escape(svg, title, strlen(title));
  clino__text_add(svg, "</title>\n<desc>");
  clino__svg_escape(svg, description, strlen(description));
  clino__text_add(svg, "</desc>\n<style>");
  add_colors(svg, false);
  clino__text_add(svg, "\n@media (prefers-color-scheme:dark){");
  add_colors(svg, true);
  clino__text_add(svg, "}</style>\n");
  clino__text_add(svg, "<rect class=\"bg\" color=\"" LIGHT_BACKGROUND "\" fill=\"currentColor\"");
  clino__svg_attribute(svg, "width", width);
  clino__svg_attribute(svg, "height", height);
  clino__text_add(svg, "/>\n");
}

void clino__svg_close(clino__text *svg) { clino__text_add(svg, "</svg>\n"); }

/* ---- elements ---- */

void clino__svg_text(clino__text *svg, double x, double y, clino__anchor anchor, double width, const char *bytes,
                     size_t size, const char *style) {
  static const char *const names[] = {"start", "middle", "end"};
  double font_size = style && strstr(style, "font-size") ? CLINO__TITLE_SIZE : CLINO__FONT_SIZE;
  size_t fits = clino__svg_fit(bytes, size, font_size, width, false);
  if (fits < size) fits = clino__svg_fit(bytes, size, font_size, width - font_size, false);
  clino__text_add(svg, "<text");
  clino__svg_attribute(svg, "x", x);
  clino__svg_attribute(svg, "y", y);
  if (anchor != CLINO__START) clino__text_addf(svg, " text-anchor=\"%s\"", names[anchor]);
  if (style) clino__text_addf(svg, " %s", style);
  clino__text_add(svg, ">");
  clino__svg_escape(svg, bytes, fits);
  if (fits < size) clino__text_add(svg, ELLIPSIS);
  clino__text_add(svg, "</text>\n");
}

void clino__svg_color(clino__text *svg, clino_plot_color color) {
  clino__text_addf(svg, "<g class=\"c%d\" color=\"%s\">", (int)color, palette[color].light);
}

void clino__svg_dashes(clino__text *svg, clino_plot_line line) {
  if (line == CLINO_PLOT_DASHED) clino__text_add(svg, " stroke-dasharray=\"6 4\"");
  if (line == CLINO_PLOT_DOTTED) clino__text_add(svg, " stroke-dasharray=\"1.5 3.5\"");
}

void clino__svg_segment(clino__text *svg, double x1, double y1, double x2, double y2, const char *style) {
  clino__text_add(svg, "<path d=\"M");
  clino__svg_coordinate(svg, x1);
  clino__text_add(svg, " ");
  clino__svg_coordinate(svg, y1);
  clino__text_add(svg, "L");
  clino__svg_coordinate(svg, x2);
  clino__text_add(svg, " ");
  clino__svg_coordinate(svg, y2);
  clino__text_addf(svg, "\"%s%s/>\n", style ? " " : "", style ? style : "");
}

void clino__svg_rectangle(clino__text *svg, double x, double y, double width, double height, const char *style) {
  clino__text_add(svg, "<rect");
  clino__svg_attribute(svg, "x", x);
  clino__svg_attribute(svg, "y", y);
  clino__svg_attribute(svg, "width", fmax(width, 0));
  clino__svg_attribute(svg, "height", fmax(height, 0));
  clino__text_addf(svg, " %s/>\n", style);
}

/* ---- markers ---- */

typedef struct shape {
  const char *path; /* from the place */
  bool filled;
} shape;

static const shape shapes[] = {{"", false},
                               {"m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", true},
                               {"m-2.7-2.7h5.4v5.4h-5.4z", true},
                               {"m0-3.8l3.8 3.8-3.8 3.8-3.8-3.8z", true},
                               {"m-3-3l6 6m0-6l-6 6", false},
                               {"m-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0z", false},
                               {"m-4-7h8l-4 7z", false}};

void clino__svg_markers_open(clino__text *svg, clino_plot_marker marker) {
  clino__text_addf(svg, "<path %s d=\"",
                   shapes[marker].filled ? "fill=\"currentColor\""
                                         : "fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"");
}

void clino__svg_marker(clino__text *svg, clino_plot_marker marker, double x, double y) {
  clino__text_add(svg, "M");
  clino__svg_coordinate(svg, x);
  clino__text_add(svg, " ");
  clino__svg_coordinate(svg, y);
  clino__text_add(svg, shapes[marker].path);
}

void clino__svg_markers_close(clino__text *svg) { clino__text_add(svg, "\"/>\n"); }
