/* Names to roles, by general rules, never by knowing a particular log.
 *
 * A name is cut into words at everything that is no letter or digit and before capitals ("valLoss"). Words that name a
 * phase (train, val, test) or a resolution (step, epoch) are taken off its ends until what is left is a known quantity.
 * Several columns may claim one role: the plainest name wins, the others stay under their own names or, where they
 * differ by resolution alone, become "train/loss_epoch". A name that is canonical already wins always. */
#include "io/roles.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/text.h"

#define MAX_WORDS 12
#define WORD_SIZE 24

typedef struct words {
  char word[MAX_WORDS][WORD_SIZE];
  size_t count; /* 0 also where the name is too long to be any known one */
} words;

static bool is_word(char c) { return clino__is_alnum(c) || (c & 0x80); }

static words split(const char *name) {
  words w = {.count = 0};
  size_t length = 0;
  for (const char *p = name; *p; p++) {
    if (!is_word(*p)) continue;
    bool starts = p == name || !is_word(p[-1]) || (clino__is_upper(*p) && clino__is_lower(p[-1]));
    if (starts) {
      if (w.count == MAX_WORDS) return (words){.count = 0};
      w.count++;
      length = 0;
    }
    if (length + 1 == WORD_SIZE) return (words){.count = 0};
    char *word = w.word[w.count - 1];
    word[length++] = clino__to_lower(*p);
    word[length] = '\0';
  }
  return w;
}

/* Whether the words from first to before last are those of text, which joins them with '_'. */
static bool spells(const words *w, size_t first, size_t last, const char *text) {
  for (size_t i = first; i < last; i++) {
    size_t n = strlen(w->word[i]);
    if (strncmp(text, w->word[i], n) != 0 || text[n] != (i + 1 < last ? '_' : '\0')) return false;
    text += n + 1;
  }
  return first < last;
}

static int find(const char *const *list, const words *w, size_t first, size_t last) {
  for (int i = 0; list[i]; i++)
    if (spells(w, first, last, list[i])) return i;
  return -1;
}

/* ---- axes ---- */

static const char *const axis_names[CLINO__AXIS_ROLES] = {"step", "epoch", "time"};

static const char *const step_names[] = {
    "step",           "global_step",   "trainer_global_step", "train_global_step", "training_step", "train_step",
    "current_step",   "iteration",     "iter",                "iterations",        "iters",         "it",
    "n_iter",         "num_iter",      "iter_num",            "current_iter",      "steps",         "num_steps",
    "total_steps",    "total_timesteps", "time_total_timesteps", "timesteps",      "timestep",      "num_timesteps",
    "env_step",       "env_steps",     NULL};
static const char *const epoch_names[] = {"epoch",         "epochs",    "trainer_epoch", "train_epoch",
                                          "current_epoch", "epoch_num", "num_epoch",     "n_epoch", NULL};
static const char *const time_names[] = {"wall_time",     "walltime",     "timestamp",         "unix_time",
                                         "time",          "time_elapsed", "time_time_elapsed", "elapsed",
                                         "elapsed_time",  "relative_time", "runtime",          "time_s",
                                         "time_sec",      "time_seconds", NULL};

const char *clino__axis_role_name(clino__axis_role role) { return axis_names[role]; }

int clino__axis_rank(const char *name, clino__axis_role role) {
  static const char *const *const lists[CLINO__AXIS_ROLES] = {step_names, epoch_names, time_names};
  words w = split(name);
  int rank = find(lists[role], &w, 0, w.count);
  /* A leading underscore marks what the logger counts for itself: W&B's _step counts calls, not steps. */
  return rank >= 0 && name[0] == '_' ? rank + 100 : rank;
}

/* ---- series ---- */

typedef enum phase { TRAIN, VAL, TEST, NO_PHASE } phase;
typedef enum resolution { PLAIN, PER_STEP, PER_EPOCH } resolution;

static const char *const phase_names[] = {"train", "val", "test"};
static const char *const phase_words[][8] = {{"train", "training", NULL},
                                             {"val", "valid", "validation", "eval", "evaluation", "dev", NULL},
                                             {"test", "testing", NULL}};
static const char *const step_words[] = {"step", "iter", "iteration", "batch", NULL};
static const char *const epoch_words[] = {"epoch", NULL};

typedef enum quantity_id { LOSS, ACCURACY, LR, MOMENTUM, GRAD_NORM, BATCH_SIZE, THROUGHPUT, QUANTITIES } quantity_id;

/* A quantity: its canonical name, whether it has phases, and what logs call it, plainest first; the plain names are
 * equally good, the others weaker. */
static const struct quantity {
  const char *name;
  bool phased;
  int n_plain;
  const char *aliases[10];
} quantities[QUANTITIES] = {
    {"loss", true, 1, {"loss", "total_loss", "loss_total", "mean_loss", "loss_mean", "avg_loss", "loss_avg",
                       "average_loss", NULL}},
    {"accuracy", true, 2, {"accuracy", "acc", "categorical_accuracy", "sparse_categorical_accuracy",
                           "binary_accuracy", NULL}},
    {"lr", false, 2, {"lr", "learning_rate", "base_lr", NULL}},
    {"momentum", false, 1, {"momentum", NULL}},
    {"grad_norm", false, 3, {"grad_norm", "gradient_norm", "gradnorm", "global_grad_norm", "total_grad_norm",
                             "grad_norm_total", NULL}},
    {"batch_size", false, 1, {"batch_size", "batchsize", NULL}},
    {"throughput", false, 1, {"throughput", "samples_per_second", "samples_per_sec", "tokens_per_second",
                              "tokens_per_sec", "images_per_second", "images_per_sec", NULL}}};

/* Names that begin so are Clino's own for one tensor or layer, whatever the tensor is called. */
static const char *const own_prefixes[] = {"grad_norm/",         "param_norm/",        "param_std/", "update_norm/",
                                           "update_ratio/",      "weight_noise/",      "act_mean/",  "act_std/",
                                           "act_zero_fraction/", "act_dead_fraction/", "act_saturated_fraction/", NULL};

typedef struct claim {
  int quantity; /* -1: none */
  int alias;    /* 0 where the name is one of the plain ones */
  phase in;
  resolution at;
  int score;    /* the smallest wins */
} claim;

static bool is_optimizer_group(const char *word) {
  static const char *const names[] = {"adam", "adamw", "w", "sgd", "rmsprop", "adagrad", "adadelta", "adamax",
                                      "nadam", "radam", "lion", "lamb", "lars", "muon", "optimizer", "group",
                                      "groups", "param", "params", "pg", "g", NULL};
  size_t n = strlen(word);
  while (n && clino__is_digit(word[n - 1])) n--;
  if (!n) return true;
  for (int i = 0; names[i]; i++)
    if (strlen(names[i]) == n && strncmp(names[i], word, n) == 0) return true;
  return false;
}

/* "lr/pg0", "lr-AdamW": the rate of one parameter group. */
static bool is_group_rate(const words *w) {
  size_t first = spells(w, 0, 1, "lr") ? 1 : w->count > 1 && spells(w, 0, 2, "learning_rate") ? 2 : 0;
  if (!first || first == w->count) return false;
  for (size_t i = first; i < w->count; i++)
    if (!is_optimizer_group(w->word[i])) return false;
  return true;
}

static int find_quantity(const words *w, size_t first, size_t last, int *alias) {
  for (int q = 0; q < QUANTITIES; q++) {
    int found = find(quantities[q].aliases, w, first, last);
    if (found < 0) continue;
    *alias = found < quantities[q].n_plain ? 0 : found;
    return q;
  }
  return -1;
}

/* Takes a word that says phase or resolution off one end, where it may. */
static bool take_word(claim *c, const words *w, size_t at) {
  for (phase p = TRAIN; c->in == NO_PHASE && p < NO_PHASE; p++)
    if (find(phase_words[p], w, at, at + 1) >= 0) {
      c->in = p;
      return true;
    }
  if (c->at != PLAIN) return false;
  if (find(step_words, w, at, at + 1) >= 0) c->at = PER_STEP;
  else if (find(epoch_words, w, at, at + 1) >= 0) c->at = PER_EPOCH;
  return c->at != PLAIN;
}

static claim read_claim(const char *name) {
  claim c = {.quantity = -1, .alias = 0, .in = NO_PHASE, .at = PLAIN, .score = 0};
  for (int i = 0; own_prefixes[i]; i++)
    if (strncmp(name, own_prefixes[i], strlen(own_prefixes[i])) == 0) return c;
  words w = split(name);
  size_t first = 0, last = w.count;
  while (first < last && (c.quantity = find_quantity(&w, first, last, &c.alias)) < 0) {
    if (take_word(&c, &w, first)) first++;
    else if (take_word(&c, &w, last - 1)) last--;
    else break;
  }
  if (c.quantity < 0 && is_group_rate(&w)) {
    c = (claim){.quantity = LR, .alias = 9, .in = NO_PHASE, .at = PLAIN, .score = 0};
  }
  return c;
}

/* Where a bare name is the training one: a loss always; another quantity where the log also leaves "train" out of the
 * loss, or marks the same quantity of the validation set as such. */
static void settle_phases(claim *claims, size_t n) {
  bool bare_loss = false, marked[QUANTITIES] = {false};
  for (size_t i = 0; i < n; i++) {
    if (claims[i].quantity < 0) continue;
    if (claims[i].quantity == LOSS && claims[i].in == NO_PHASE) bare_loss = true;
    if (claims[i].in == VAL) marked[claims[i].quantity] = true;
  }
  for (size_t i = 0; i < n; i++) {
    claim *c = &claims[i];
    if (c->quantity < 0) continue;
    /* Training logs the noisy value of each step beside the epoch's mean; validation means its whole set. */
    int weaker = c->at == PLAIN ? 0 : (c->at == PER_STEP) == (c->in == TRAIN || c->in == NO_PHASE) ? 1 : 2;
    c->score = 16 * c->alias + (c->in == NO_PHASE ? 4 : 0) + weaker;
    if (!quantities[c->quantity].phased) {
      if (c->in == VAL || c->in == TEST) c->quantity = -1;
    } else if (c->in == NO_PHASE) {
      if (c->quantity == LOSS || bare_loss || marked[c->quantity]) c->in = TRAIN;
      else c->quantity = -1;
    }
  }
}

static size_t target(const claim *c) {
  return (size_t)c->quantity * 3 + (quantities[c->quantity].phased ? (size_t)c->in : 0);
}

static void target_name(clino__text *text, const claim *c) {
  clino__text_clear(text);
  if (quantities[c->quantity].phased) clino__text_addf(text, "%s/", phase_names[c->in]);
  clino__text_add(text, quantities[c->quantity].name);
}

/* The winner of each role, as index plus 1. */
static void choose(const char *const *names, claim *claims, size_t n, clino__text *text,
                   size_t winner[QUANTITIES * 3]) {
  memset(winner, 0, QUANTITIES * 3 * sizeof *winner);
  for (size_t i = 0; i < n; i++) {
    if (claims[i].quantity < 0) continue;
    target_name(text, &claims[i]);
    if (strcmp(clino__text_string(text), names[i]) == 0) claims[i].score = -1;
    size_t *w = &winner[target(&claims[i])];
    if (!*w || claims[i].score < claims[*w - 1].score) *w = i + 1;
  }
}

static bool name_roles(const char *const *names, const claim *claims, size_t n, const size_t *winner, clino__text *text,
                       char **roles) {
  for (size_t i = 0; i < n; i++) {
    const claim *c = &claims[i];
    if (c->quantity < 0) continue;
    bool wins = winner[target(c)] == i + 1;
    if (!wins && (c->at == PLAIN || c->alias)) continue;
    target_name(text, c);
    if (!wins) clino__text_add(text, c->at == PER_STEP ? "_step" : "_epoch");
    if (text->failed) return false;
    if (strcmp(clino__text_string(text), names[i]) == 0) continue;
    roles[i] = clino__strdup(clino__text_string(text));
    if (!roles[i]) return false;
  }
  return true;
}

bool clino__roles_assign(const char *const *names, size_t n, char **roles) {
  size_t winner[QUANTITIES * 3];
  clino__text text = CLINO__TEXT_EMPTY;
  claim *claims = malloc((n ? n : 1) * sizeof *claims);
  for (size_t i = 0; i < n; i++) roles[i] = NULL;
  if (!claims) return false;
  for (size_t i = 0; i < n; i++) claims[i] = read_claim(names[i]);
  settle_phases(claims, n);
  choose(names, claims, n, &text, winner);
  bool ok = name_roles(names, claims, n, winner, &text, roles);
  for (size_t i = 0; !ok && i < n; i++) {
    free(roles[i]);
    roles[i] = NULL;
  }
  clino__text_free(&text);
  free(claims);
  return ok;
}
