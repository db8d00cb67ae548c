/* clino.ini: options that a project always wants, under their names on the command line, which wins over the file. It
 * is the one of --config, or else the first that is found from the folder of the first RUN upward.
 *
 * inih gives no line to its handler, and cuts a line of more than 199 bytes in two; so lines are read for it here, are
 * counted, and refused where they are longer. */
#define _XOPEN_SOURCE 700 /* realpath */

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { PLACE = 4400 };

static const char name_of_file[] = "clino.ini";

typedef struct config {
  cli_options *options;
  const char *path;
  FILE *file;
  size_t line;
  bool failed;
} config;

static void at_line(const config *c) {
  char place[PLACE];
  snprintf(place, sizeof place, "%s:%zu", c->path, c->line);
  complain_at(place);
}

static bool refuse_line(config *c, const char *why) {
  if (!c->failed) {
    at_line(c);
    complain("%s", why);
  }
  return !(c->failed = true);
}

/* As fgets, with lines counted; NULL ends the reading after an error, too. */
static char *next_line(char *line, int size, void *ctx) {
  config *c = ctx;
  size_t length = 0;
  int byte = 0;
  while (!c->failed && length + 1 < (size_t)size && byte != '\n' && (byte = getc(c->file)) > 0)
    line[length++] = (char)byte;
  if (length || byte == 0) c->line++;
  line[length] = 0;
  if (byte == 0 && !c->failed) refuse_line(c, "this is no text: it has a NUL");
  else if (byte != '\n' && length + 1 == (size_t)size) refuse_line(c, "this line is too long");
  return length && !c->failed ? line : NULL;
}

static bool is_word(const char *value, const char *const *words) {
  for (size_t i = 0; words[i]; i++)
    if (strcmp(value, words[i]) == 0) return true;
  return false;
}

/* Options without a value say yes or no. *wanted: yes. */
static bool switch_value(config *c, const char *value, bool *wanted) {
  static const char *const yes[] = {"yes", "true", "on", "1", NULL}, *const no[] = {"no", "false", "off", "0", NULL};
  *wanted = is_word(value, yes);
  return *wanted || is_word(value, no) ? true : refuse_line(c, "the value must be yes or no");
}

/* The length of the folder, '/' included, that the names of files in the configuration start from; 0 for others. */
static size_t folder_of(const config *c, const char *name, const char *value) {
  const char *slash = strrchr(c->path, '/');
  bool is_file = strcmp(name, "baseline") == 0 && *value && *value != '/' && strcmp(value, "-") != 0;
  return is_file && slash ? (size_t)(slash - c->path) + 1 : 0;
}

/* The text as options take it: of [set] and [map] "NAME=VALUE", and always a copy that lives as long as the options. */
static char *keep(config *c, const char *section, const char *name, const char *value) {
  size_t folder = *section ? 0 : folder_of(c, name, value), size = folder + strlen(name) + strlen(value) + 2;
  char *text = malloc(size);
  if (!text) {
    complain_memory();
  } else {
    if (*section) snprintf(text, size, "%s=%s", name, value);
    else snprintf(text, size, "%.*s%s", (int)folder, c->path, value);
    if (list_add(&c->options->kept, &text, sizeof text)) return text;
    free(text);
  }
  c->failed = true;
  return NULL;
}

/* One "name = value"; 0 stops inih, as far as it can be stopped. */
static int take_entry(void *ctx, const char *section, const char *name, const char *value) {
  config *c = ctx;
  bool wanted = true;
  if (c->failed) return 0;
  if (*section && strcmp(section, "set") != 0 && strcmp(section, "map") != 0)
    return refuse_line(c, "this is in a section that there is none of ([set] and [map] are known)");
  const char *option = *section ? section : name;
  const cli_option *spec = option_find(option);
  if (!spec || !spec->in_config) {
    char why[256];
    snprintf(why, sizeof why, spec ? "option '%.100s' is for the command line only" : "there is no option '%.100s'",
             option);
    return refuse_line(c, why);
  }
  if (!spec->argument && !switch_value(c, value, &wanted)) return 0;
  if (!wanted) return 1;
  char *text = keep(c, section, name, value);
  if (!text) return 0;
  at_line(c);
  c->failed = !spec->take(c->options, text);
  complain_at(NULL);
  return !c->failed;
}

static bool read_config(const char *path, cli_options *options) {
  config c = {.options = options, .path = path, .file = fopen(path, "r")};
  if (!c.file) {
    complain("%s: %s", path, strerror(errno));
    return false;
  }
  int first_bad = ini_parse_stream(next_line, &c, take_entry, &c), number = errno;
  if (!c.failed && first_bad) {
    if (first_bad > 0) c.line = (size_t)first_bad;
    refuse_line(&c, first_bad > 0 ? "this is neither NAME = VALUE nor [SECTION]" : "memory is out");
  }
  if (!c.failed && ferror(c.file)) {
    complain("%s: cannot read: %s", path, strerror(number));
    c.failed = true;
  }
  if (!c.failed && options->quiet && options->verbose) refuse_line(&c, "quiet and verbose do not go together");
  complain_at(NULL);
  fclose(c.file);
  return !c.failed;
}

/* The file found from the folder of a run upward, on the heap; NULL where there is none. */
static char *find_config(const char *run) {
  char *folder = realpath(strcmp(run, "-") == 0 ? "." : run, NULL);
  if (!folder) folder = realpath(".", NULL);
  while (folder) {
    size_t length = strlen(folder), size = length + sizeof name_of_file + 1;
    char *path = malloc(size);
    if (!path) break;
    snprintf(path, size, "%s/%s", length > 1 ? folder : "", name_of_file);
    if (access(path, R_OK) == 0) {
      free(folder);
      return path;
    }
    free(path);
    char *slash = strrchr(folder, '/');
    if (!slash || !folder[1]) break;
    slash[slash == folder] = '\0';
  }
  free(folder);
  return NULL;
}

/* The command line's where it has any, else the file's. */
static void prefer(cli_list *line, cli_list *file) {
  if (line->n) return;
  cli_list swapped = *line;
  *line = *file;
  *file = swapped;
}

/* Those of the file, then those of the command line, of which the last for a name counts. */
static bool join(cli_list *line, cli_list *file, size_t size) {
  for (size_t i = 0; i < line->n; i++)
    if (!list_add(file, (const char *)line->items + i * size, size)) return false;
  cli_list swapped = *line;
  *line = *file;
  *file = swapped;
  return true;
}

/* A column that the command line gives a role counts, not that of the file. */
static void drop_mapped(cli_list *file, const cli_list *line) {
  const clino_role_map *given = line->items;
  clino_role_map *kept = file->items;
  size_t n = 0;
  for (size_t i = 0; i < file->n; i++) {
    bool again = false;
    for (size_t k = 0; k < line->n; k++) again |= strcmp(kept[i].role, given[k].role) == 0;
    if (!again) kept[n++] = kept[i];
  }
  file->n = n;
}

static bool merge(cli_options *o, cli_options *file) {
  if (!o->format) o->format = file->format;
  if (!o->loss) o->loss = file->loss;
  if (!o->classes) o->classes = file->classes;
  if (!o->baseline) o->baseline = file->baseline;
  if (!o->fail_on) o->fail_on = file->fail_on;
  if (o->color == WHEN_AUTO) o->color = file->color;
  if (!o->quiet && !o->verbose) o->quiet = file->quiet, o->verbose = file->verbose;
  prefer(&o->only, &file->only);
  prefer(&o->skip, &file->skip);
  drop_mapped(&file->map, &o->map);
  o->kept = file->kept;
  file->kept = (cli_list){NULL, 0, 0};
  bool ok = join(&o->settings, &file->settings, sizeof(clino_check_setting)) &&
            join(&o->map, &file->map, sizeof(clino_role_map));
  if (ok && join(&o->assertions, &file->assertions, sizeof(clino_assertion *))) {
    file->assertions.n = 0; /* they are the options' own now */
    return true;
  }
  return false;
}

bool config_apply(cli_options *options) {
  const char *const *runs = options->runs.items;
  char *found = options->config ? NULL : find_config(runs[0]);
  const char *path = options->config ? options->config : found;
  cli_options file;
  memset(&file, 0, sizeof file);
  bool ok = !path || (read_config(path, &file) && merge(options, &file));
  if (ok && path && options->verbose) complain("options of %s", path);
  options_free(&file);
  free(found);
  return ok;
}
