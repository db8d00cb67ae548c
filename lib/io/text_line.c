#include "io/text_line.h"

#include <math.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"
#include "io/roles.h"
#include "io/words.h"

/* A longer name is prose. */
#define MAX_NAME_WORDS 6

/* Where the line is being read. A name is pending from `name` to `name_end`; joined: ':' or '=' stands behind it. */
typedef struct cursor {
  const char *start, *p, *end;
  const char *name, *name_end;
  const char *before, *before_end; /* the segment before, where it held text alone: "| loss | 0.5 |" */
  const char *number;                 /* where the number begins that is being taken */
  char section[24];                   /* "train/" within "'train': {...}" */
  bool bracketed;                     /* within "[3, 500]", behind the 3 */
  bool joined, after_value, numbered; /* numbered: the line began with "12:" */
  bool valued;                        /* the segment holds a number */
  clino__text_line *line;
} cursor;

static bool is_blank(char c) { return c == ' ' || c == '\t' || (unsigned char)c < 0x20; }
static bool is_quote(char c) { return c == '"' || c == '\'' || c == '`' || c == '*'; }
static bool is_name_char(char c) { return clino__is_alnum(c) || c == '_' || (c & 0x80); }

static void drop_name(cursor *c) {
  c->name = c->name_end = NULL;
  c->joined = false;
}

/* ---- names ---- */

/* A byte of one of U+2580 to U+25BF, the blocks of which progress bars are made. */
static bool is_block(const char *from, const char *p, const char *to) {
  for (int back = 0; back < 3 && p - from >= back; back++) {
    const unsigned char *q = (const unsigned char *)p - back;
    if (*q == 0xE2) return to - (const char *)q > 2 && q[1] == 0x96;
    if ((*q & 0xC0) != 0x80) return false;
  }
  return false;
}

/* Copies a name without what stands in parentheses, quotes and outer blanks; its length, 0 where it is too long. */
static size_t copy_name(const char *from, const char *to, char out[CLINO__PAIR_NAME]) {
  size_t n = 0;
  const char *start = from;
  for (int depth = 0; from < to; from++) {
    if (*from == '(') depth++;
    else if (*from == ')' && depth) depth--;
    else if (*from == '\'' && n && to - from > 1 && from[1] == 's' && (to - from == 2 || is_blank(from[2])))
      from++; /* "training's rmse" */
    else if (!depth && !is_quote(*from) && !is_block(start, from, to) &&
             !(n == 0 && (is_blank(*from) || *from == '.'))) {
      if (n + 1 == CLINO__PAIR_NAME) return 0;
      out[n++] = (char)(is_blank(*from) ? ' ' : *from);
    }
  }
  while (n && (out[n - 1] == ' ' || out[n - 1] == '-' || out[n - 1] == '#')) n--;
  if (n > 3 && memcmp(out + n - 3, " is", 3) == 0) n -= 3; /* "the loss is 0.5" */
  out[n] = '\0';
  return n;
}

/* The phase of words that no number belongs to, which then holds for the line. */
static void note_phase(cursor *c, const char *from, const char *to) {
  char text[CLINO__PAIR_NAME];
  if (!from || *c->line->phase || !copy_name(from, to, text)) return;
  clino__words w = clino__words_of(text);
  c->line->words += w.count;
  if (!clino__phase_of(text) || w.count > 5) return;
  if (w.count > 3 && !clino__phase_of(w.word[0])) return; /* "valid on 'valid' subset" */
  bool whole = w.count <= 2 && strlen(text) < sizeof c->line->phase && !strchr(text, ' ');
  strcpy(c->line->phase, whole ? text : clino__phase_of(text));
}

static void note_parentheses(cursor *c, const char *from, const char *to) {
  const char *open = from ? memchr(from, '(', (size_t)(to - from)) : NULL;
  const char *close = open ? memchr(open, ')', (size_t)(to - open)) : NULL;
  if (close) note_phase(c, open + 1, close);
}

static bool is_any(const clino__words *w, const char *const *names) {
  return clino__words_find(names, w, 0, w->count) >= 0;
}

/* What counts in a line, other than settings ("epochs: 100", "max_steps=500"). */
static bool is_step_name(const clino__words *w) {
  static const char *const names[] = {"step",          "global_step",   "iter",            "iteration",
                                      "it",            "batch",         "update",          "updates",
                                      "s",             "timestep",      "timesteps",       "total_timesteps",
                                      "num_updates",   "episode",       "round",           "train_step",
                                      "training_step", "n_updates",     "current_step",    "current_steps",
                                      "steps_done",    "num_timesteps", NULL};
  return is_any(w, names);
}

static bool is_epoch_name(const clino__words *w) {
  static const char *const names[] = {"epoch", "ep", "current_epoch", "epoch_num", NULL};
  return is_any(w, names);
}

/* "Epochs  100. Current error: 0.5", FANN's; with a mark between them it is a setting. */
static bool is_bare_epochs(const cursor *c, const clino__words *w) {
  return !c->joined && w->count == 1 && strcmp(w->word[0], "epochs") == 0;
}

/* "solver.cpp:239", "main.py:180": a place in a program. */
static bool is_source(const char *name, double value) {
  static const char *const ends[] = {"c", "cc", "cpp", "cu", "h", "hpp", "py", "rs", "jl", "go", NULL};
  const char *dot = strrchr(name, '.');
  for (int i = 0; dot && ends[i]; i++)
    if (strcmp(dot + 1, ends[i]) == 0) return value == floor(value);
  return false;
}

/* Takes phase words off where they stand before an axis: "Train Epoch". */
static void strip_phase(cursor *c, clino__words *w) {
  clino__words rest = *w;
  while (rest.count > 1 && clino__phase_of(rest.word[0])) clino__words_remove(&rest, 0);
  if (rest.count == w->count || !(is_step_name(&rest) || is_epoch_name(&rest))) return;
  if (!*c->line->phase) strcpy(c->line->phase, clino__phase_of(w->word[0]));
  *w = rest;
}

/* Whether the name is an axis, whose value is then taken. */
static bool take_axis(cursor *c, const char *name, double value, double of) {
  clino__words w = clino__words_of(name);
  if (!(value == floor(value)) && !is_epoch_name(&w)) return false;
  if (!is_step_name(&w) && !is_epoch_name(&w)) strip_phase(c, &w);
  if (is_epoch_name(&w) || is_bare_epochs(c, &w)) {
    if (isnan(c->line->epoch)) c->line->epoch = value;
  } else if (is_step_name(&w)) {
    if (isnan(c->line->step)) {
      c->line->step = value;
      c->line->per_epoch = of;
    }
  } else {
    return false;
  }
  return true;
}

/* "rank 3", "[rank3]": the process that wrote the line, which is no metric, but tells the lines of one step apart. */
static bool is_rank_name(const clino__words *w) {
  static const char *const names[] = {"rank", "local_rank", "global_rank", NULL};
  return is_any(w, names);
}

/* Of words before a number that nothing joins to it, those that make a known name: "the train loss" is "train loss",
 * "validation loss at step" speaks of a step. */
static bool shorten(cursor *c, char name[CLINO__PAIR_NAME]) {
  clino__words whole = clino__words_of(name);
  if (!whole.count || whole.count > 2 * MAX_NAME_WORDS) return false;
  char *last = strrchr(name, ' ');
  clino__words axis = clino__words_of(last ? last + 1 : name);
  if (!last && is_bare_epochs(c, &axis)) return true;
  if (last && !c->joined && (is_step_name(&axis) || is_epoch_name(&axis))) {
    note_phase(c, name, last);
    memmove(name, last + 1, strlen(last));
    return true;
  }
  for (char *p = name; p; p = strchr(p, ' ') ? strchr(p, ' ') + 1 : NULL) {
    clino__words w = clino__words_of(p);
    bool known = clino__is_metric(p) || clino__has_role(p) || is_step_name(&w) || is_epoch_name(&w) || is_rank_name(&w);
    if (w.count > 4 || !known) continue;
    memmove(name, p, strlen(p) + 1);
    return true;
  }
  return false;
}

/* "Train: 3 [50/1251]", "INFO Test: [0/195]": a phase, the epoch, and a count within it. */
static bool take_phase_count(cursor *c, const char *name, double value, double of) {
  clino__words w = clino__words_of(name);
  const char *next = c->p;
  while (next < c->end && *next == ' ') next++;
  bool bracket = next < c->end && *next == '[';
  if (!w.count || w.count > 2 || !clino__phase_of(w.word[w.count - 1])) return false;
  if (value != floor(value) || (isnan(of) && !bracket)) return false;
  if (!*c->line->phase) strcpy(c->line->phase, clino__phase_of(name));
  if (isnan(of)) c->line->epoch = value;
  else c->line->part = value, c->line->parts = of;
  return true;
}

static void add_pair(cursor *c, const char *name, double value) {
  clino__text_line *l = c->line;
  if (l->n == CLINO__LINE_PAIRS || is_source(name, value)) return;
  char *to = l->pairs[l->n].name;
  size_t n = strlen(c->section), m = strlen(name);
  if (n + m >= CLINO__PAIR_NAME) n = 0;
  memcpy(to, c->section, n);
  memcpy(to + n, name, m + 1);
  l->pairs[l->n++].value = value;
}

/* ---- numbers ---- */

/* A number, or "nan" and the like as a word of its own. */
static const char *scan_value(const char *p, const char *end, bool joined, double *value) {
  const char *stop = clino__number_scan(p, end, value);
  if (stop) return stop;
  const char *word = p + (p < end && (*p == '-' || *p == '+'));
  stop = word;
  while (stop < end && clino__is_alnum(*stop)) stop++;
  size_t n = (size_t)(stop - word);
  const char *next = stop;
  while (next < end && *next == ' ') next++;
  if (next == stop + 1 && next < end && is_name_char(*next) && !joined) return NULL; /* "nan iterations: 0" */
  if ((n != 3 && n != 8) || !clino__number_parse(p, (size_t)(stop - p), value)) return NULL;
  return stop;
}

/* "30/600" or "30 / 600" behind the number 30: the 600 in *of. */
static const char *scan_of(const char *p, const char *end, double *of) {
  const char *q = p;
  while (q < end && *q == ' ') q++;
  if (q == end || *q != '/') return p;
  for (q++; q < end && *q == ' ';) q++;
  if (q == end || !clino__is_digit(*q)) return p;
  const char *stop = clino__number_scan(q, end, of);
  return stop ? stop : p;
}

/* "9,876" behind the number 9: thousands, where no blank stands behind the comma and three digits do. */
static const char *scan_thousands(const char *from, const char *p, const char *end, double *value) {
  bool whole = p - from <= 3;
  for (const char *q = from; whole && q < p; q++) whole = clino__is_digit(*q);
  while (whole && end - p > 3 && *p == ',' && clino__is_digit(p[1]) && clino__is_digit(p[2]) && clino__is_digit(p[3]) &&
         (end - p == 4 || !(clino__is_digit(p[4]) || p[4] == '.'))) {
    *value = *value * 1000 + (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
    p += 4;
  }
  return p;
}

/* The end of a date, a time, a version, a word with digits: text that a number cannot be told from at its start. */
static const char *skip_token(const char *p, const char *end) {
  while (p < end && (is_name_char(*p) || strchr("-:/.%<>", *p))) p++;
  return p;
}

/* Whether digits go on as a date or time do: "2023-06", "20:09:42", "1.2.3". */
static bool goes_on(const char *p, const char *end) {
  if (end - p < 2) return false;
  return (*p == '-' || *p == ':' || *p == '.' || *p == '/') && clino__is_digit(p[1]);
}

static void skip_parentheses(cursor *c) {
  int depth = 0;
  for (; c->p < c->end; c->p++) {
    if (*c->p == '(') depth++;
    else if (*c->p == ')' && --depth <= 0) break;
  }
  if (c->p < c->end) c->p++;
}

/* A number without a name: "[12]" is a step, "[3, 500]" an epoch and a step of it, "[3/90][500/1251]" and "[500/1251]"
 * count alike. */
static void take_count(cursor *c, double value, double of, bool in_brackets) {
  clino__text_line *l = c->line;
  bool whole = value == floor(value) && value >= 0;
  const char *before = c->number - (c->number > c->start);
  bool first = in_brackets && !l->n && isnan(l->step) && isnan(l->epoch);
  while (before > c->start && (*before == '[' || *before == ' ')) before--;
  if (c->bracketed && whole) {
    l->epoch = l->step;
    l->step = isnan(of) ? value : NAN;
    if (!isnan(of)) l->part = value, l->parts = of;
    c->bracketed = false;
  } else if (!isnan(of)) {
    bool second = in_brackets && *before == ']' && !isnan(l->part) && isnan(l->epoch) && isnan(l->step);
    if (second) l->epoch = l->part;
    if (second || isnan(l->part)) l->part = value, l->parts = of;
  } else if (first && whole) {
    l->step = value;
    c->bracketed = true;
  }
}

/* A number with what was before it. in_brackets: it stands right behind '['. */
static void take_number(cursor *c, double value, double of, bool in_brackets) {
  char name[CLINO__PAIR_NAME] = "";
  const char *from = c->name, *to = c->name_end;
  bool bars = !from && c->before;
  if (bars) from = c->before, to = c->before_end;
  size_t length = from ? copy_name(from, to, name) : 0;
  bool joined = c->joined || bars;
  if (!length) {
    take_count(c, value, of, in_brackets);
    if (isnan(of) && c->numbered && !c->line->n && !in_brackets) add_pair(c, "loss", value); /* "12: 0.5, 0.4 avg" */
    return;
  }
  note_parentheses(c, from, to);
  if (!joined && !shorten(c, name)) return;
  if (clino__words_of(name).count > MAX_NAME_WORDS && !shorten(c, name)) return;
  if (take_axis(c, name, value, of) || take_phase_count(c, name, value, of)) return;
  if (isnan(of)) add_pair(c, name, value);
  else if (clino__is_metric(name) && of > 0) add_pair(c, name, value / of); /* "Accuracy: 9660/10000" */
}

/* "0.4 avg, 0.001 rate": a name behind the number, in lines that begin with "12:". */
static void take_name_behind(cursor *c, double value) {
  const char *p = c->p;
  while (p < c->end && *p == ' ') p++;
  const char *stop = p;
  while (stop < c->end && *stop != ',') stop++;
  char name[CLINO__PAIR_NAME];
  if (stop == p || !copy_name(p, stop, name) || clino__words_of(name).count > 3) return;
  add_pair(c, strcmp(name, "avg") == 0 ? "avg loss" : strcmp(name, "rate") == 0 ? "learning rate" : name, value);
  c->p = stop;
}

/* A token that begins with a digit, a sign or a letter of "nan". True where it was a number, and is passed. */
static bool number(cursor *c, bool in_brackets) {
  double value, of = NAN;
  const char *stop = scan_value(c->p, c->end, c->joined, &value);
  if (!stop) return false;
  c->valued = true;
  c->number = c->p;
  bool digits = clino__is_digit(stop[-1]) || stop[-1] == '.';
  if (digits && goes_on(stop, c->end) && !(*stop == '/' && value == floor(value))) {
    c->p = skip_token(stop, c->end);
    c->after_value = true;
    drop_name(c);
    return true;
  }
  if (digits && c->joined && !in_brackets) stop = scan_thousands(c->p, stop, c->end, &value);
  if (digits) stop = scan_of(stop, c->end, &of);
  if (!isnan(of) && goes_on(stop, c->end)) { /* 2023/06/05 */
    c->p = skip_token(stop, c->end);
    drop_name(c);
    return true;
  }
  bool unit = stop < c->end && (is_name_char(*stop) || *stop == '%' || *stop == '/');
  if (unit && !c->joined && *stop != '%') { /* "7.3it/s", "3d" */
    c->p = skip_token(stop, c->end);
    drop_name(c);
    return true;
  }
  bool start = c->p == c->start && stop < c->end && *stop == ':' && value == floor(value) && value >= 0;
  c->p = unit ? skip_token(stop, c->end) : stop;
  if (start) {
    c->line->step = value;
    c->numbered = true;
    c->p++;
    while (c->p < c->end && is_blank(*c->p)) c->p++;
    return true;
  }
  bool first = c->numbered && c->line->n == 0;
  if (c->numbered && !c->name && !first) take_name_behind(c, value);
  else take_number(c, value, of, in_brackets);
  drop_name(c);
  c->before = NULL;
  c->after_value = true;
  return true;
}

/* ---- the line ---- */

/* A segment "rank3" alone. */
static void note_rank(cursor *c) {
  char text[CLINO__PAIR_NAME];
  double rank;
  size_t n = copy_name(c->name, c->name_end, text);
  if (n < 5 || n > 8 || strncmp(text, "rank", 4) != 0 || !clino__number_parse(text + 4, n - 4, &rank)) return;
  add_pair(c, "rank", rank);
}

static void end_segment(cursor *c) {
  bool text = c->name && !c->joined && !c->valued;
  if (text) note_rank(c);
  c->before = text ? c->name : NULL;
  c->before_end = c->name_end;
  if (text) note_phase(c, c->name, c->name_end);
  drop_name(c);
  c->after_value = c->valued = false;
}

static bool is_dash(const cursor *c) {
  return *c->p == '-' && c->p > c->start && is_blank(c->p[-1]) && c->p + 1 < c->end && is_blank(c->p[1]);
}

/* Braces behind a name hold what belongs to it. */
static void take_brace(cursor *c) {
  char name[CLINO__PAIR_NAME];
  size_t n = *c->p == '{' && c->name && c->joined ? copy_name(c->name, c->name_end, name) : 0;
  if (n && n + 2 <= sizeof c->section) {
    memcpy(c->section, name, n);
    memcpy(c->section + n, "/", 2);
  } else {
    c->section[0] = '\0';
  }
}

/* A mark between names and numbers; false where the byte is none. */
static bool take_mark(cursor *c) {
  char m = *c->p;
  if (m == ':' || m == '=') {
    if (c->name) c->joined = true;
    c->line->assigns = c->line->assigns || m == '=';
  } else if (m == '[' || m == ']') {
    if (m == ']') end_segment(c), c->bracketed = false;
    else if (!c->name) c->before = NULL;
  } else if (m == '(' && c->after_value) {
    skip_parentheses(c);
    return true;
  } else if (m == '|' || m == '\t') {
    end_segment(c);
  } else if (m == ',' || m == ';' || m == '{' || m == '}' || is_dash(c) || m == '>' || m == '<') {
    if (m == '{' || m == '}') take_brace(c);
    end_segment(c);
    c->before = NULL;
  } else {
    return false;
  }
  c->p++;
  return true;
}

/* A word goes on with the name, or, behind "label:", begins another. */
static void take_word(cursor *c) {
  if (c->joined) {
    note_phase(c, c->name, c->name_end);
    drop_name(c);
  }
  if (!c->name) c->name = c->p;
  bool paren = *c->p == '(';
  if (paren) {
    skip_parentheses(c);
  } else {
    while (c->p < c->end && !is_blank(*c->p) && !strchr(":=,;|[]{}()<>", *c->p)) c->p++;
  }
  c->name_end = c->p;
  c->after_value = false;
}

void clino__text_line_read(const char *bytes, size_t size, clino__text_line *line) {
  cursor c = {.start = bytes, .p = bytes, .end = bytes + size, .line = line};
  line->n = line->words = 0;
  line->epoch = line->step = line->part = line->parts = line->per_epoch = NAN;
  line->phase[0] = '\0';
  line->assigns = false;
  while (c.p < c.end && is_blank(*c.p)) c.p++;
  c.start = c.p;
  while (c.p < c.end) {
    bool wide = c.name && !c.joined && c.p + 1 < c.end && *c.p == ' ' && c.p[1] == ' ';
    wide = wide && !clino__is_digit(c.name_end[-1]);
    bool starts = c.p == c.start || is_blank(c.p[-1]) || strchr(":=,;|[]{}()'\"", c.p[-1]);
    char m = *c.p;
    if (is_blank(m) && m != '\t') {
      const char *q = c.p;
      while (q < c.end && *q == ' ') q++;
      if (wide && q < c.end && !clino__is_digit(*q) && !strchr("-+.[:=|", *q)) end_segment(&c), c.before = NULL;
      c.p = q > c.p ? q : c.p + 1;
    } else if (is_quote(m)) {
      c.p++;
    } else if (starts && (clino__is_digit(m) || strchr("+-.nNiI", m)) && number(&c, c.p > c.start && c.p[-1] == '[')) {
      continue;
    } else if (!take_mark(&c)) {
      if (m == ')') c.p++;
      else take_word(&c);
    }
  }
  end_segment(&c);
}

void clino__text_line_append(clino__text_line *line, const clino__text_line *more, const char *section) {
  double *const axes[] = {&line->epoch, &line->step, &line->part, &line->parts, &line->per_epoch};
  const double others[] = {more->epoch, more->step, more->part, more->parts, more->per_epoch};
  for (size_t i = 0; i < sizeof axes / sizeof axes[0]; i++)
    if (isnan(*axes[i])) *axes[i] = others[i];
  for (size_t i = 0; i < more->n && line->n < CLINO__LINE_PAIRS; i++) {
    size_t n = strlen(section), m = strlen(more->pairs[i].name);
    if (n + m >= CLINO__PAIR_NAME) continue;
    clino__pair *pair = &line->pairs[line->n++];
    memcpy(pair->name, section, n);
    memcpy(pair->name + n, more->pairs[i].name, m + 1);
    pair->value = more->pairs[i].value;
  }
}
