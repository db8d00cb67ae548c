/* The options: one list, from which the command line is parsed and the help is written. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { HELP_COLUMNS = 25, MAX_COLUMNS = 100, MIN_COLUMNS = 40 };

static bool take_format(cli_options *o, char *value) { return value_format(&o->format, value); }

static bool take_output(cli_options *o, char *value) {
  o->output = value;
  return *value ? true : complain_usage("option '--output': the name is empty");
}

static bool take_quiet(cli_options *o, char *value) {
  (void)value;
  return (o->quiet = true);
}

static bool take_verbose(cli_options *o, char *value) {
  (void)value;
  return (o->verbose = true);
}

static bool take_color(cli_options *o, char *value) {
  static const char *const words[] = {"auto", "always", "never"};
  size_t i;
  if (!value_word(&i, "--color", value, words, COUNT(words))) return false;
  o->color = (cli_when)i;
  return true;
}

static bool take_check(cli_options *o, char *value) { return value_ids(&o->only, "--check", value); }

static bool take_skip(cli_options *o, char *value) { return value_ids(&o->skip, "--skip", value); }

static bool take_set(cli_options *o, char *value) { return value_setting(&o->settings, value); }

static bool take_fail_on(cli_options *o, char *value) {
  static const char *const words[] = {"fail", "warn", "never"};
  static const int levels[] = {CLINO_FINDING_FAIL, CLINO_FINDING_WARN, CLINO_FINDING_LEVEL_COUNT};
  size_t i;
  if (!value_word(&i, "--fail-on", value, words, COUNT(words))) return false;
  o->fail_on = levels[i];
  return true;
}

static bool take_map(cli_options *o, char *value) { return value_map(&o->map, value); }

static bool take_assert(cli_options *o, char *value) { return value_assertion(&o->assertions, value); }

static bool take_config(cli_options *o, char *value) {
  o->config = value;
  return *value ? true : complain_usage("option '--config': the name is empty");
}

static bool take_baseline(cli_options *o, char *value) {
  o->baseline = value;
  return *value ? true : complain_usage("option '--baseline': the name is empty");
}

static bool take_compare(cli_options *o, char *value) {
  (void)value;
  return (o->compare = true);
}

/* "NAME", or with what is better: "NAME:lower", "NAME:higher". */
static bool take_by(cli_options *o, char *value) {
  static const char *const ends[] = {":lower", ":higher"};
  size_t length = strlen(value);
  for (size_t i = 0; i < COUNT(ends); i++) {
    size_t size = strlen(ends[i]);
    if (length < size || strcmp(value + length - size, ends[i]) != 0) continue;
    value[length - size] = 0;
    o->by_direction = i == 0 ? 1 : -1;
  }
  o->by = value;
  return *value ? true : complain_usage("option '--by': the name is empty");
}

static bool take_loss(cli_options *o, char *value) {
  clino_loss_kind kind;
  clino_error error;
  o->loss = value;
  return clino_loss_kind_parse(value, &kind, &error) ? complain_usage("option '--loss': %s", error.message) : true;
}

static bool take_classes(cli_options *o, char *value) { return value_classes(&o->classes, value); }

static bool take_follow(cli_options *o, char *value) {
  (void)value;
  return (o->follow = true);
}

static bool take_interval(cli_options *o, char *value) {
  return value_seconds(&o->interval_seconds, "--interval", value);
}

static bool set_mode(cli_options *o, cli_mode mode, const char *option) {
  if (o->mode_option && o->mode != mode)
    return complain_usage("options '%s' and '%s' do not go together", o->mode_option, option);
  o->mode = mode;
  o->mode_option = option;
  return true;
}

static bool take_list_series(cli_options *o, char *value) {
  (void)value;
  return set_mode(o, MODE_LIST_SERIES, "--list-series");
}

static bool take_list_checks(cli_options *o, char *value) {
  (void)value;
  return set_mode(o, MODE_LIST_CHECKS, "--list-checks");
}

static bool take_list_formats(cli_options *o, char *value) {
  (void)value;
  return set_mode(o, MODE_LIST_FORMATS, "--list-formats");
}

static bool take_list_roles(cli_options *o, char *value) {
  (void)value;
  return set_mode(o, MODE_LIST_ROLES, "--list-roles");
}

static bool take_explain(cli_options *o, char *value) {
  return set_mode(o, MODE_EXPLAIN, "--explain") && value_id(&o->explain, "--explain", value);
}

static bool take_help(cli_options *o, char *value) {
  (void)value;
  return set_mode(o, MODE_HELP, "--help");
}

static bool take_version(cli_options *o, char *value) {
  (void)value;
  return set_mode(o, MODE_VERSION, "--version");
}

static const cli_option specs[] = {
    {"format", "NAME", take_format, "text (default), json, junit, tap, github, sarif, html", true},
    {"output", "FILE", take_output, "write to FILE, whole or not at all", false},
    {"quiet", NULL, take_quiet, "text: only what is at or above warn", true},
    {"verbose", NULL, take_verbose, "text: passed and skipped checks in full", true},
    {"color", "WHEN", take_color, "auto (default), always, never (NO_COLOR wins)", true},
    {"fail-on", "LEVEL", take_fail_on, "exit with 1 from fail (default), warn, or never", true},
    {"check", "ID,...", take_check, "run these checks only", true},
    {"skip", "ID,...", take_skip, "run all checks but these", true},
    {"set", "CHECK.PARAM=VALUE", take_set, "set a parameter of a check (see --explain)", true},
    {"map", "ROLE=COLUMN", take_map, "the log's COLUMN has this role, such as val/loss", true},
    {"loss", "NAME", take_loss, "the runs' loss: softmax, hinge, logistic, mse", true},
    {"classes", "N", take_classes, "the runs' number of classes", true},
    {"assert", "EXPRESSION", take_assert, "fail where it does not hold: 'val/loss < 0.5'", true},
    {"baseline", "RUN", take_baseline, "compare with this run: what is worse, since when", true},
    {"compare", NULL, take_compare, "the runs side by side: which is best, what differs", false},
    {"by", "SERIES", take_by, "with --compare: the loss or metric that ranks them", false},
    {"config", "FILE", take_config, "options from FILE instead of the clino.ini above RUN", false},
    {"follow", NULL, take_follow, "go on as rows arrive, until a failure is final", false},
    {"interval", "SECONDS", take_interval, "with --follow: between two looks (default 1)", false},
    {"list-series", NULL, take_list_series, "print what each RUN holds, and in which role", false},
    {"list-checks", NULL, take_list_checks, "print the checks and what they need", false},
    {"list-formats", NULL, take_list_formats, "print the formats of logs and of reports", false},
    {"list-roles", NULL, take_list_roles, "print the roles that --map gives and checks look for", false},
    {"explain", "ID", take_explain, "print what a check does, why, and its parameters", false},
    {"help", NULL, take_help, "print this, as does -h", false},
    {"version", NULL, take_version, "print the version", false},
};

/* What getopt_long returns: 1 for a RUN (its own choice), and numbers from there for the options. */
enum { SPECS = COUNT(specs), A_RUN = 1, FIRST_SPEC = 2 };

void options_help(cli_output *out) {
  fputs("Usage: diagnose [options] RUN...\n\n"
        "Reads logs of training runs and says what is wrong in them: the evidence, the\n"
        "likely cause, what to do. RUN is a log, in a format found from its content, or\n"
        "a folder with logs; \"-\" is standard input.\n\n", out->file);
  for (size_t i = 0; i < SPECS; i++) {
    char head[64];
    snprintf(head, sizeof head, "  --%s %s", specs[i].name, specs[i].argument ? specs[i].argument : "");
    fprintf(out->file, "%-*s  %s\n", HELP_COLUMNS, head, specs[i].help);
  }
  fputs("\nExit status: 0 nothing at or above --fail-on; 1 findings; 2 wrong usage, output\n"
        "not written, or out of memory; 3 a run that could not be read. Where several\n"
        "hold: 2, then 3, then 1.\n\n"
        "Examples:\n"
        "  diagnose --loss softmax --classes 10 logs/metrics.csv\n"
        "  diagnose --format json --fail-on warn --map 'val/loss=dev nll' a.csv b.csv\n", out->file);
}

const cli_option *option_find(const char *name) {
  for (size_t i = 0; i < SPECS; i++)
    if (strcmp(specs[i].name, name) == 0) return &specs[i];
  return NULL;
}

static const char *option_name(size_t i) { return specs[i].name; }

/* What getopt refused: an option with a value that it does not take (option is its number), a letter (option is it), or
 * a name (option is 0) that is ambiguous or unknown, perhaps misspelt. */
static bool refuse(const char *argument, int option) {
  if (option >= FIRST_SPEC && option < FIRST_SPEC + SPECS)
    return complain_usage("option '--%s' takes no value", specs[option - FIRST_SPEC].name);
  if (option || strncmp(argument, "--", 2) != 0) return complain_usage("unknown option '-%c'", option);
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
  size_t starts = 0;
  for (size_t i = 0; i < SPECS; i++) starts += strncmp(specs[i].name, name, strlen(name)) == 0;
  if (starts > 1) return complain_usage("option '--%s' may be several: write it out", name);
  const char *near = nearest(name, option_name, SPECS);
  if (near) return complain_usage("unknown option '--%s' (did you mean '--%s'?)", name, near);
  return complain_usage("unknown option '--%s'", name);
}

/* What the options say together. */
static bool check_together(const cli_options *o) {
  bool reads = o->mode == MODE_DIAGNOSE || o->mode == MODE_LIST_SERIES;
  const char *const *runs = o->runs.items;
  if (reads && !o->runs.n) return complain_usage("no RUN is given; usage: diagnose [options] RUN...");
  if (!reads && o->runs.n) return complain_usage("option '%s' takes no RUN, and '%s' is one", o->mode_option, runs[0]);
  if (o->quiet && o->verbose) return complain_usage("options '--quiet' and '--verbose' do not go together");
  if (o->format && o->mode != MODE_DIAGNOSE)
    return complain_usage("options '%s' and '--format' do not go together", o->mode_option);
  if (o->follow && o->mode != MODE_DIAGNOSE)
    return complain_usage("options '%s' and '--follow' do not go together", o->mode_option);
  if (o->compare && o->mode != MODE_DIAGNOSE)
    return complain_usage("options '%s' and '--compare' do not go together", o->mode_option);
  if (o->by && !o->compare) return complain_usage("option '--by' needs '--compare'");
  if (o->interval_seconds > 0 && !o->follow) return complain_usage("option '--interval' needs '--follow'");
  size_t inputs = 0;
  for (size_t i = 0; i < o->runs.n; i++) inputs += strcmp(runs[i], "-") == 0;
  inputs += o->baseline && strcmp(o->baseline, "-") == 0;
  if (inputs > 1) return complain_usage("standard input ('-') can be read only once");
  return true;
}

/* Some check must be left to run, or a clean exit status would mean nothing. */
static bool check_selection(const cli_options *o) {
  const char *const *only = o->only.items, *const *skip = o->skip.items;
  for (size_t i = 0, n = o->only.n ? o->only.n : clino_check_count(); i < n; i++) {
    const char *id = o->only.n ? only[i] : clino_check_at(i)->id;
    bool skipped = false;
    for (size_t j = 0; j < o->skip.n; j++) skipped |= strcmp(id, skip[j]) == 0;
    if (!skipped) return true;
  }
  return complain_usage("options '--check' and '--skip' leave no check to run");
}

static bool add_run(cli_options *o, const char *path) {
  if (!*path) return complain_usage("the name of a RUN is empty");
  return list_add(&o->runs, &path, sizeof path);
}

/* One step of getopt_long's loop; false: said what is wrong. */
static bool take(cli_options *o, int option, char **argv) {
  if (option == A_RUN) return add_run(o, optarg);
  if (option == 'h') return take_help(o, NULL);
  if (option == ':') return complain_usage("option '--%s' needs a value", specs[optopt - FIRST_SPEC].name);
  if (option == '?') return refuse(argv[optind - 1], optopt);
  return specs[option - FIRST_SPEC].take(o, optarg);
}

bool options_parse(cli_options *o, int argc, char **argv) {
  struct option longs[SPECS + 1];
  memset(o, 0, sizeof *o);
  memset(longs, 0, sizeof longs);
  for (int i = 0; i < SPECS; i++) {
    longs[i].name = specs[i].name;
    longs[i].has_arg = specs[i].argument ? required_argument : no_argument;
    longs[i].val = FIRST_SPEC + i;
  }
  if (argc < 2) return complain_usage("no RUN is given; usage: diagnose [options] RUN...");
  /* "-": RUNs come in their place, as 1, also under POSIXLY_CORRECT; ":": a missing value is told from the rest; "h" is
   * what people try first. */
  for (int option; (option = getopt_long(argc, argv, "-:h", longs, NULL)) != -1;) {
    if (!take(o, option, argv)) return false;
    if (o->mode == MODE_HELP || o->mode == MODE_VERSION) return true;
  }
  for (; optind < argc; optind++)
    if (!add_run(o, argv[optind])) return false;
  if (!check_together(o)) return false;
  bool reads = o->mode == MODE_DIAGNOSE || o->mode == MODE_LIST_SERIES;
  if (reads && !config_apply(o)) return false;
  if (!o->fail_on) o->fail_on = CLINO_FINDING_FAIL;
  return check_selection(o) && output_spares_runs(o);
}

void options_free(cli_options *o) {
  char **kept = o->kept.items;
  for (size_t i = 0; i < o->kept.n; i++) free(kept[i]);
  clino_assertion **assertions = o->assertions.items;
  for (size_t i = 0; i < o->assertions.n; i++) clino_assertion_free(assertions[i]);
  cli_list *const lists[] = {&o->only, &o->skip, &o->settings, &o->map, &o->assertions, &o->runs, &o->kept};
  for (size_t i = 0; i < COUNT(lists); i++) free(lists[i]->items);
}

static bool to_file(const cli_options *o) { return o->output && strcmp(o->output, "-") != 0; }

bool options_to_terminal(const cli_options *o) { return !to_file(o) && isatty(STDOUT_FILENO); }

/* COLUMNS, where it is a number, has the last word (POSIX.1, Base Definitions, 8.3). */
size_t terminal_columns(int fd) {
  struct winsize size;
  const char *columns = getenv("COLUMNS");
  size_t digits = columns ? strspn(columns, "0123456789") : 0;
  if (digits && digits < 10 && !columns[digits] && atol(columns) > 0) return (size_t)atol(columns);
  if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

size_t options_width(const cli_options *o) {
  size_t columns = terminal_columns(to_file(o) ? -1 : STDOUT_FILENO);
  if (!columns) return 80;
  return columns > MAX_COLUMNS ? MAX_COLUMNS : columns < MIN_COLUMNS ? MIN_COLUMNS : columns;
}

bool options_color(const cli_options *o) {
  const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
  if (o->color == WHEN_NEVER || (no_color && *no_color)) return false;
  if (o->color == WHEN_ALWAYS) return true;
  return options_to_terminal(o) && term && strcmp(term, "dumb") != 0;
}

/* What the environment says of the encoding, in the order of setlocale. */
bool options_plot(const cli_options *o) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  const char *locale = NULL, *term = getenv("TERM");
  for (size_t i = 0; i < COUNT(names) && !(locale && *locale); i++) locale = getenv(names[i]);
  bool utf8 = locale && (strstr(locale, "UTF-8") || strstr(locale, "utf8") || strstr(locale, "UTF8") ||
                         strstr(locale, "utf-8"));
  return options_to_terminal(o) && utf8 && term && strcmp(term, "dumb") != 0;
}
