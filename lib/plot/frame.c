#include "plot/frame.h"

#include <math.h>
#include <string.h>

#define MARGIN 12.0
#define TITLE_LINE 20.0
#define LEGEND_LINE 18.0
#define NOTE_LINE 16.0
#define TICK_LABELS 20.0   /* room below the x axis */
#define AXIS_LABEL 18.0
#define SAMPLE 26.0        /* length of a legend entry's line */
#define SAMPLE_GAP 6.0
#define ITEM_GAP 20.0
#define MOST_TITLE_LINES 3
#define MOST_NOTE_LINES 4  /* of one note */

/* ---- text in lines ---- */

/* Writes a text in lines of at most width from y downwards (svg NULL: only counts them); returns how many. */
static size_t add_lines(clino__text *svg, const char *text, double x, double y, double width, double line_height,
                        double font_size, size_t most, const char *style) {
  size_t lines = 0, size = strlen(text);
  while (size && lines < most) {
    size_t part = clino__svg_fit(text, size, font_size, width, true);
    if (!part || lines + 1 == most) part = size;
    if (svg) clino__svg_text(svg, x, y + line_height * (double)lines, CLINO__START, width, text, part, style);
    lines++;
    text += part, size -= part;
    while (size && *text == ' ') text++, size--;
  }
  return lines;
}

static double inner_width(const clino__frame *f) { return f->width - 2 * MARGIN; }

/* A low picture has less room for text: one line in 160 pixels, up to a limit. */
static size_t lines_for(const clino__frame *f, double limit) { return (size_t)fmin(fmax(f->height / 160, 1), limit); }

static const char title_style[] = "font-size=\"15\" font-weight=\"600\"";

/* Bold letters are wider: as if the font were larger by a tenth. */
static size_t title_lines(const clino__frame *f, clino__text *svg) {
  if (!f->title) return 0;
  return add_lines(svg, f->title, MARGIN, MARGIN + CLINO__TITLE_SIZE, inner_width(f), TITLE_LINE,
                   1.1 * CLINO__TITLE_SIZE, lines_for(f, MOST_TITLE_LINES), title_style);
}

static size_t note_lines(const clino__frame *f, clino__text *svg, double y) {
  size_t lines = 0;
  for (size_t i = 0; i < f->n_notes; i++)
    lines += add_lines(svg, f->notes[i], MARGIN, y + NOTE_LINE * (double)lines, inner_width(f), NOTE_LINE,
                       CLINO__FONT_SIZE, lines_for(f, MOST_NOTE_LINES), NULL);
  return lines;
}

/* ---- legend ---- */

static double item_width(const clino__legend_item *item, double most) {
  return SAMPLE + SAMPLE_GAP + fmin(clino__svg_width(item->name, strlen(item->name), CLINO__FONT_SIZE),
                                    most - SAMPLE - SAMPLE_GAP);
}

static void draw_sample(clino__text *svg, const clino__legend_item *item, double x, double y) {
  clino__svg_color(svg, item->color);
  if (item->swatch) {
    clino__svg_rectangle(svg, x, y - 6, SAMPLE, 12, "fill=\"currentColor\" fill-opacity=\"0.22\"");
  } else if (item->line != CLINO_PLOT_NO_LINE) {
    clino__text_add(svg, "<g stroke=\"currentColor\" stroke-width=\"2\"");
    clino__svg_dashes(svg, item->line);
    clino__text_add(svg, ">");
    clino__svg_segment(svg, x, y, x + SAMPLE, y, NULL);
    clino__text_add(svg, "</g>");
  }
  if (item->marker != CLINO_PLOT_NO_MARKER) {
    clino__svg_markers_open(svg, item->marker);
    clino__svg_marker(svg, item->marker, x + SAMPLE / 2, y);
    clino__svg_markers_close(svg);
  }
  clino__text_add(svg, "</g>\n");
}

static void draw_item(clino__text *svg, const clino__legend_item *item, double x, double y, double most) {
  draw_sample(svg, item, x, y);
  clino__svg_text(svg, x + SAMPLE + SAMPLE_GAP, y + 4, CLINO__START, most - SAMPLE - SAMPLE_GAP, item->name,
                  strlen(item->name), NULL);
}

/* Entries one after another in rows, no more than rows of them; the last place says how many are left out. Draws where
 * svg is not NULL; returns the rows. */
static size_t legend_rows(const clino__frame *f, clino__text *svg, double top, size_t most_rows) {
  double x = 0, width = inner_width(f), more = 90; /* more: room for "and N more" */
  size_t row = 0;
  for (size_t i = 0; i < f->n_legend; i++) {
    double wide = item_width(&f->legend[i], width - more);
    bool last_row = row + 1 == most_rows, last_item = i + 1 == f->n_legend;
    if (x > 0 && x + wide + (last_row && !last_item ? ITEM_GAP + more : 0) > width) {
      if (last_row) {
        clino__text text = CLINO__TEXT_EMPTY;
        clino__text_addf(&text, "and %zu more", f->n_legend - i);
        if (svg) clino__svg_text(svg, MARGIN + x, top + LEGEND_LINE * ((double)row + 0.5) + 4, CLINO__START, more,
                                 clino__text_string(&text), text.length, NULL);
        if (svg && text.failed) svg->failed = true;
        clino__text_free(&text);
        break;
      }
      row++;
      x = 0;
    }
    if (svg) draw_item(svg, &f->legend[i], MARGIN + x, top + LEGEND_LINE * ((double)row + 0.5), width - more);
    x += wide + ITEM_GAP;
  }
  return f->n_legend ? row + 1 : 0;
}

static size_t most_legend_rows(const clino__frame *f) { return (size_t)fmax(1, f->height / 4 / LEGEND_LINE); }

static double legend_top(const clino__frame *f) {
  size_t lines = title_lines(f, NULL);
  return MARGIN + (lines ? TITLE_LINE * (double)lines + 6 : 0);
}

/* ---- room ---- */

static double widest_label(const clino__ticks *t) {
  double widest = 0;
  for (size_t i = 0; i < t->count; i++)
    widest = fmax(widest, clino__svg_width(t->tick[i].label, strlen(t->tick[i].label), CLINO__FONT_SIZE));
  return widest;
}

double clino__frame_x(const clino__frame *f, double x) {
  double place = f->box.left + clino__axis_place(&f->x, x) * (f->box.right - f->box.left);
  return fmin(fmax(place, -1e6), 1e6);
}

double clino__frame_y(const clino__frame *f, double y) {
  double place = f->box.bottom - clino__axis_place(&f->y, y) * (f->box.bottom - f->box.top);
  return fmin(fmax(place, -1e6), 1e6);
}

/* Whether neighbouring labels of the x axis keep apart. */
static bool labels_apart(const clino__frame *f) {
  double end = -INFINITY;
  for (size_t i = 0; i < f->x_ticks.count; i++) {
    const clino__tick *t = &f->x_ticks.tick[i];
    if (!t->label[0]) continue;
    double half = clino__svg_width(t->label, strlen(t->label), CLINO__FONT_SIZE) / 2, x = clino__frame_x(f, t->at);
    if (x - half < end + 8) return false;
    end = x + half;
  }
  return true;
}

void clino__frame_place(clino__frame *f) {
  double legend = LEGEND_LINE * (double)legend_rows(f, NULL, 0, most_legend_rows(f));
  double notes = NOTE_LINE * (double)note_lines(f, NULL, 0);
  clino__box *b = &f->box;
  b->top = legend_top(f) + legend + (legend > 0 ? 8 : 4);
  b->bottom = f->height - MARGIN - notes - (notes > 0 ? 4 : 0) - (f->x_label ? AXIS_LABEL : 0) - TICK_LABELS;
  b->bottom = fmax(b->bottom, b->top + 40);
  clino__axis_ticks(&f->y, (size_t)((b->bottom - b->top) / 26), &f->y_ticks);
  b->left = MARGIN + (f->y_label ? AXIS_LABEL : 0) + fmin(widest_label(&f->y_ticks), f->width / 4) + 8;
  b->right = f->width - MARGIN - 10;
  size_t most = (size_t)((b->right - b->left) / 34);
  do clino__axis_ticks(&f->x, most, &f->x_ticks);
  while (!labels_apart(f) && --most >= 2);
}

/* ---- drawing ---- */

void clino__frame_grid(const clino__frame *f, clino__text *svg) {
  clino__text_add(svg, "<g class=\"grid\" color=\"#dcdcdc\" stroke=\"currentColor\">\n");
  for (size_t i = 0; i < f->x_ticks.count; i++) {
    double x = clino__frame_x(f, f->x_ticks.tick[i].at);
    if (f->x_ticks.tick[i].label[0]) clino__svg_segment(svg, x, f->box.top, x, f->box.bottom, NULL);
  }
  for (size_t i = 0; i < f->y_ticks.count; i++) {
    double y = clino__frame_y(f, f->y_ticks.tick[i].at);
    if (f->y_ticks.tick[i].label[0]) clino__svg_segment(svg, f->box.left, y, f->box.right, y, NULL);
  }
  clino__text_add(svg, "</g>\n");
}

static void draw_axes(const clino__frame *f, clino__text *svg) {
  const clino__box *b = &f->box;
  clino__text_add(svg, "<g fill=\"none\" stroke=\"currentColor\">\n");
  clino__svg_segment(svg, b->left, b->bottom, b->right, b->bottom, NULL);
  clino__svg_segment(svg, b->left, b->top, b->left, b->bottom, NULL);
  for (size_t i = 0; i < f->x_ticks.count; i++) {
    double x = clino__frame_x(f, f->x_ticks.tick[i].at), length = f->x_ticks.tick[i].label[0] ? 5 : 3;
    clino__svg_segment(svg, x, b->bottom, x, b->bottom + length, NULL);
  }
  for (size_t i = 0; i < f->y_ticks.count; i++) {
    double y = clino__frame_y(f, f->y_ticks.tick[i].at), length = f->y_ticks.tick[i].label[0] ? 5 : 3;
    clino__svg_segment(svg, b->left - length, y, b->left, y, NULL);
  }
  clino__text_add(svg, "</g>\n");
}

static void draw_labels(const clino__frame *f, clino__text *svg) {
  const clino__box *b = &f->box;
  for (size_t i = 0; i < f->x_ticks.count; i++) {
    const clino__tick *t = &f->x_ticks.tick[i];
    if (t->label[0])
      clino__svg_text(svg, clino__frame_x(f, t->at), b->bottom + 18, CLINO__MIDDLE, f->width, t->label,
                      strlen(t->label), NULL);
  }
  for (size_t i = 0; i < f->y_ticks.count; i++) {
    const clino__tick *t = &f->y_ticks.tick[i];
    if (t->label[0])
      clino__svg_text(svg, b->left - 8, clino__frame_y(f, t->at) + 4, CLINO__END, f->width / 4, t->label,
                      strlen(t->label), NULL);
  }
  double middle = (b->left + b->right) / 2;
  if (f->x_label)
    clino__svg_text(svg, middle, b->bottom + TICK_LABELS + 14, CLINO__MIDDLE, b->right - b->left, f->x_label,
                    strlen(f->x_label), NULL);
  if (!f->y_label) return;
  clino__text_add(svg, "<g transform=\"translate(");
  clino__svg_coordinate(svg, MARGIN + CLINO__FONT_SIZE);
  clino__text_add(svg, " ");
  clino__svg_coordinate(svg, (b->top + b->bottom) / 2);
  clino__text_add(svg, ") rotate(-90)\">");
  clino__svg_text(svg, 0, 0, CLINO__MIDDLE, b->bottom - b->top, f->y_label, strlen(f->y_label), NULL);
  clino__text_add(svg, "</g>\n");
}

void clino__frame_draw(const clino__frame *f, clino__text *svg) {
  clino__text_add(svg, "<g class=\"ink\" color=\"#1f1f1f\">\n");
  draw_axes(f, svg);
  clino__text_add(svg, "<g fill=\"currentColor\">\n");
  title_lines(f, svg);
  draw_labels(f, svg);
  note_lines(f, svg, f->box.bottom + TICK_LABELS + (f->x_label ? AXIS_LABEL : 0) + 14);
  clino__text_add(svg, "</g>\n</g>\n");
  clino__text_add(svg, "<g class=\"ink\" color=\"#1f1f1f\" fill=\"currentColor\">\n");
  legend_rows(f, svg, legend_top(f), most_legend_rows(f));
  clino__text_add(svg, "</g>\n");
}
