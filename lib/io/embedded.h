/* Files that the build turns into C (tools/embed.sh), because reports carry them along. One that is optional and was
 * not there has size 0. */
#ifndef CLINO_IO_EMBEDDED_H
#define CLINO_IO_EMBEDDED_H

#include <stddef.h>

typedef struct clino__embedded {
  const char *bytes; /* terminated */
  size_t size;
} clino__embedded;

extern const clino__embedded clino__embedded_html_css;   /* lib/io/html.css */
extern const clino__embedded clino__embedded_html_js;    /* lib/io/html.js */
extern const clino__embedded clino__embedded_dygraphs_js; /* dygraphs, its style and its licence, where installed */
extern const clino__embedded clino__embedded_dygraphs_css;
extern const clino__embedded clino__embedded_dygraphs_licence;

#endif
