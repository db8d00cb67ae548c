/* The view of --follow on a terminal: one block of lines that is drawn again over itself. Lines are not wrapped by the
 * terminal meanwhile, so that as many rows are taken as there are lines, and no more than the terminal has. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"

#define NO_WRAP "\x1b[?7l"
#define WRAP "\x1b[?7h"
#define ERASE_BELOW "\x1b[J"

enum { FEWEST_ROWS = 4, USUAL_ROWS = 24 };

bool live_wanted(const cli_options *options) {
  const char *term = getenv("TERM");
  return options_to_terminal(options) && !options->quiet && term && strcmp(term, "dumb") != 0 &&
         (!options->format || strcmp(options->format, "text") == 0);
}

static size_t rows_of_terminal(void) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return USUAL_ROWS;
  return size.ws_row < FEWEST_ROWS ? FEWEST_ROWS : size.ws_row;
}

void live_erase(cli_live *live) {
  if (!live->rows) return;
  printf("\r\x1b[%zuA" ERASE_BELOW, live->rows);
  fflush(stdout);
  live->rows = 0;
}

/* Prints as many lines as there is room for, and says where there are more. */
static size_t print_lines(const char *text, size_t room) {
  size_t rows = 0;
  for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
    bool more = end[1] != 0;
    if (rows + 1 == room && more) {
      puts("...");
      return rows + 1;
    }
    fwrite(text, 1, (size_t)(end + 1 - text), stdout);
    rows++;
  }
  return rows;
}

bool live_draw(cli_live *live, const cli_options *options, const cli_judgement *judgement) {
  cli_output view;
  live->columns = terminal_columns(STDOUT_FILENO);
  if (!output_open_memory(&view)) return false;
  if (judgement->n) fprintf(view.file, "following, look %zu; Ctrl-C ends with the verdict\n\n", ++live->looks);
  else fputs("waiting for a log; Ctrl-C ends\n", view.file);
  bool ok = judgement_write(options, judgement, true, &view);
  if (fflush(view.file) != 0) ok = false;
  if (ok) {
    live_erase(live);
    fputs(NO_WRAP, stdout);
    live->rows = print_lines(view.text, rows_of_terminal() - 1);
    fputs(WRAP, stdout);
    ok = fflush(stdout) == 0;
  }
  fclose(view.file);
  free(view.text);
  return ok;
}

bool live_is_stale(const cli_live *live) { return !live->rows || live->columns != terminal_columns(STDOUT_FILENO); }
