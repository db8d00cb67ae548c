/* The frame of a page: head, style, script, licence, foot. */
#include "io/embedded.h"
#include "io/html.h"

static void add_embedded(clino__text *text, const clino__embedded *file) {
  clino__text_add_bytes(text, file->bytes, file->size);
  clino__text_add(text, "\n");
}

static bool has_charts(bool scripted) { return scripted && clino__embedded_dygraphs_js.size; }

void clino__html_open(clino__text *text, const char *title, bool scripted) {
  clino__text_add(text,
                  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
                  "<link rel=\"icon\" href=\"data:,\">\n");
  clino__text_addf(text, "<meta name=\"generator\" content=\"Clino %s\">\n<title>", clino_version());
  clino__html_text(text, title);
  clino__text_add(text, "</title>\n<style>\n");
  if (has_charts(scripted)) add_embedded(text, &clino__embedded_dygraphs_css);
  add_embedded(text, &clino__embedded_html_css);
  clino__text_add(text, "</style>\n</head>\n<body>\n<main>\n");
}

static void add_licence(clino__text *text) {
  clino__text_add(text, "<details class=\"licence\"><summary>Charts: dygraphs, and its licence</summary>\n<pre>");
  clino__html_lines(text, clino__embedded_dygraphs_licence.bytes);
  clino__text_add(text, "</pre></details>\n");
}

void clino__html_close(clino__text *text, bool scripted) {
  clino__text_addf(text, "</main>\n<footer>\n<p>Written by Clino %s.</p>\n", clino_version());
  if (has_charts(scripted)) add_licence(text);
  clino__text_add(text, "</footer>\n");
  if (has_charts(scripted)) {
    clino__text_add(text, "<script>\n");
    add_embedded(text, &clino__embedded_dygraphs_js);
    clino__text_add(text, "</script>\n<script>\n");
    add_embedded(text, &clino__embedded_html_js);
    clino__text_add(text, "</script>\n");
  }
  clino__text_add(text, "</body>\n</html>\n");
}

void clino__html_badge(clino__text *text, const char *level, const char *word) {
  clino__text_addf(text, "<span class=\"badge %s\">%s</span>", level, word);
}

void clino__html_field(clino__text *text, const char *name) {
  clino__text_addf(text, "<div><dt>%s</dt><dd>", name);
}

void clino__html_field_end(clino__text *text) { clino__text_add(text, "</dd></div>\n"); }
