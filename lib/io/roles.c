/* Names to roles, by general rules, never by knowing a particular log.
 *
 * A name is cut into words. Words that name a phase (train, val, test) or a resolution (step, epoch) are taken off its
 * ends until what is left is a known quantity, or begins or ends with one: then the other words qualify it, as a part
 * of a loss ("train/box_loss") or as one of several validation sets ("eval_wiki_loss").
 * Several columns may claim one role: the plainest name wins, the others stay under their own names or, where they
 * differ by resolution alone, become "train/loss_epoch". A name that is canonical already wins always. */
#include "io/roles.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "io/words.h"

typedef clino__words words;

typedef enum phase { TRAIN, VAL, TEST, NO_PHASE } phase;
typedef enum resolution { PLAIN, PER_STEP, PER_EPOCH } resolution;

static const char *const phase_names[] = {"train", "val", "test"};
static const char *const phase_words[][11] = {{"train", "training", "tr", "trn", "learn", NULL},
                                             {"val", "valid", "validation", "eval", "evaluation", "dev", "validate",
                                              "vl", "holdout", "heldout", NULL},
                                             {"test", "testing", "tst", "te", NULL}};
static const char *const step_words[] = {"step", "iter", "iteration", "batch", "inner", "running", NULL};
static const char *const epoch_words[] = {"epoch", NULL};

typedef enum quantity_id { LOSS, ACCURACY, LR, MOMENTUM, GRAD_NORM, BATCH_SIZE, THROUGHPUT, QUANTITIES } quantity_id;

/* A quantity: its canonical name, whether it has phases, and what logs call it, plainest first: n_plain are equally
 * good, those up to n_sure mean the same, the others are one kind of it, which is that quantity where nothing better is
 * logged. */
static const struct quantity {
  const char *name;
  bool phased;
  int n_plain, n_sure;
  const char *aliases[40];
} quantities[QUANTITIES] = {
    {"loss", true, 1, 13,
     {"loss", "total_loss", "loss_total", "mean_loss", "loss_mean", "avg_loss", "loss_avg", "average_loss", "loss_sum",
      "lm_loss", "lm_loss_value", "losses", "loss_all", "nll_loss", "ce_loss", "cross_entropy_loss", "nll",
      "cross_entropy", "crossentropy", "categorical_crossentropy", "xent", "ce", "bce", "logloss", "binary_logloss",
      "multi_logloss", "mlogloss", "cost", "objective", "current_error", "mse", "rmse", "mae", "l2", "l1", NULL}},
    {"accuracy", true, 2, 22,
     {"accuracy", "acc", "categorical_accuracy", "sparse_categorical_accuracy", "binary_accuracy", "top1", "acc1",
      "acc_1", "top_1", "top1_acc", "top_1_acc", "acc_top1", "acc_top_1", "accuracy_top1", "accuracy_top_1",
      "top1_accuracy", "top_1_accuracy", "avg_accuracy", "mean_accuracy", "avg_acc", "mean_acc", "prec_1", NULL}},
    {"lr", false, 2, 3, {"lr", "learning_rate", "base_lr", NULL}},
    {"momentum", false, 1, 1, {"momentum", NULL}},
    {"grad_norm", false, 3, 12,
     {"grad_norm", "gradient_norm", "gradnorm", "global_grad_norm", "total_grad_norm", "grad_norm_total", "gnorm",
      "grad_norm_avg", "norm", "grad_norm_mean", "mean_grad_norm", "avg_grad_norm", NULL}},
    {"batch_size", false, 1, 4, {"batch_size", "batchsize", "global_batch_size", "bsz", NULL}},
    {"throughput", false, 1, 10,
     {"throughput", "samples_per_second", "samples_per_sec", "tokens_per_second", "tokens_per_sec",
      "images_per_second", "images_per_sec", "wps", "tok_s", "fps", NULL}}};

/* Names that begin so are Clino's own for one tensor or layer, whatever the tensor is called. */
static const char *const own_prefixes[] = {"grad_norm/",         "param_norm/",        "param_std/", "update_norm/",
                                           "update_ratio/",      "weight_noise/",      "act_mean/",  "act_std/",
                                           "act_zero_fraction/", "act_dead_fraction/", "act_saturated_fraction/", NULL};

/* With one of these beside it, a "loss" is none: a setting, a record, a statistic of it. */
static const char *const no_loss_words[] = {
    "best",  "min",   "max",    "lowest", "scale", "scaler", "scaling", "weight", "weights", "coef",  "coeff",
    "ratio", "lr",    "delta",  "diff",   "std",   "var",    "count",   "num",    "time",    "z",     "zscore",
    "nan",   "nans",  "finite", "target", "smoothing", "data", "prev",  "previous", "last",  "ci",    "median",
    "threshold", "patience", "improvement", "change", "ppl", "perplexity", "grad", "gradient", "norm", NULL};

/* The parts of a loss that are known as such. */
static const char *const part_words[] = {
    "box",    "bbox",    "cls",        "class",     "classification", "dfl",   "obj",     "objectness", "seg",
    "sem",    "mask",    "kpt",        "kobj",      "pose",           "rle",   "angle",   "ce",         "kl",
    "kld",    "recon",   "reconstruction", "rec",   "reg",            "regression", "regularization",   "l1",
    "l2",     "mse",     "mae",        "huber",     "bce",            "nll",   "perceptual", "rpn",     "loc",
    "localization", "iou", "giou",     "dice",      "focal",          "aux",   "contrastive", "commit", "commitment",
    "vq",     "content", "style",      "tv",        "smooth",         "physics", "pde",   "residual",   "bc",
    "ic",     "boundary", "initial",   "cons",      "consistency",    "triplet", "center", "centerness", "depth",
    "heatmap", "offset", "wh",         "attn",      "ctc",            "att",   "mlm",     "nsp",        "prior",
    "posterior", "physical", "head",   "entropy",        "router", "moe",    "balance",    NULL};

/* Losses of players or of estimates, whose sum nobody descends. */
static const char *const no_sum_words[] = {"g",      "d",      "gen",    "disc",  "generator", "discriminator", "adv",
                                           "gan",    "actor",  "critic", "policy", "value",    "pi",     "v",
                                           "q",      "qf1",    "qf2",    "vf",    "pg",        "entropy", "ent",
                                           "alpha",  "fake",   "real",   "student", "teacher", NULL};

#define QUALIFIER_SIZE 96

/* In a table of more columns, names are not compared with each other. */
#define MAX_JUDGED 4096

/* Added to the score of a name: less than any, but for the first of several sets. */
#define SINGLE 800
#define OF_A_SET 1000

typedef struct claim {
  int quantity; /* -1: none */
  int alias;    /* 0 where the name is one of the plain ones */
  phase in;
  resolution at;
  int score;    /* the smallest wins */
  bool part;    /* qualified by a word that is known for a part of a loss */
  bool no_sum;
  bool contained; /* behind "metrics/" and the like: without them it would be plainer */
  size_t run;   /* length of the name of a run that the qualifier is or begins with, 0 where there is none */
  char qualifier[QUALIFIER_SIZE]; /* "" where nothing qualifies it */
} claim;

static const claim no_claim = {.quantity = -1, .in = NO_PHASE, .at = PLAIN};

/* ---- one name ---- */

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

/* "lr/pg0", "lr-AdamW", "x/lr0": the rate of one parameter group. */
static bool is_group_rate(const words *w) {
  size_t x = w->count == 2 && strcmp(w->word[0], "x") == 0 && strncmp(w->word[1], "lr", 2) == 0;
  if (x || (w->count == 1 && strncmp(w->word[0], "lr", 2) == 0)) {
    const char *digit = w->word[x] + 2;
    while (clino__is_digit(*digit)) digit++;
    return !*digit;
  }
  bool whole = w->count > 1 && clino__words_spell(w, 0, 2, "learning_rate");
  size_t first = clino__words_spell(w, 0, 1, "lr") ? 1 : whole ? 2 : 0;
  if (!first || first == w->count) return false;
  for (size_t i = first; i < w->count; i++)
    if (!is_optimizer_group(w->word[i])) return false;
  return true;
}

static int find_quantity(const words *w, size_t first, size_t last, int *alias) {
  for (int q = 0; q < QUANTITIES; q++) {
    int found = clino__words_find(quantities[q].aliases, w, first, last);
    if (found < 0) continue;
    *alias = found < quantities[q].n_plain ? 0 : found;
    return q;
  }
  return -1;
}

/* The phase of a word; "val1" and "test2" are phases too, whose number *digits then points to. */
static phase phase_of_word(const char *word, const char **digits) {
  size_t n = strlen(word), m = n;
  while (m && clino__is_digit(word[m - 1])) m--;
  *digits = word + m;
  for (phase p = TRAIN; m && p < NO_PHASE; p++)
    for (int i = 0; phase_words[p][i]; i++)
      if (strlen(phase_words[p][i]) == m && strncmp(phase_words[p][i], word, m) == 0 && (m == n || m > 2)) return p;
  return NO_PHASE;
}

static void qualify(claim *c, const char *word) {
  size_t used = strlen(c->qualifier), n = strlen(word);
  if (used + n + 2 > QUALIFIER_SIZE) return;
  if (used) c->qualifier[used++] = '_';
  memcpy(c->qualifier + used, word, n + 1);
}

/* Takes a word that says phase or resolution, where it may. */
static bool take_word(claim *c, const words *w, size_t at) {
  const char *digits;
  phase p = c->in == NO_PHASE ? phase_of_word(w->word[at], &digits) : NO_PHASE;
  if (p != NO_PHASE) {
    c->in = p;
    if (*digits) qualify(c, digits);
    return true;
  }
  if (c->at != PLAIN) return false;
  if (clino__words_find(step_words, w, at, at + 1) >= 0) c->at = PER_STEP;
  else if (clino__words_find(epoch_words, w, at, at + 1) >= 0) c->at = PER_EPOCH;
  return c->at != PLAIN;
}

/* CatBoost's "learn" and "test", of which each is its objective. */
#define BARE_PHASE 39

static bool read_bare_phase(const words *w, claim *c) {
  bool learn = w->count == 1 && strcmp(w->word[0], "learn") == 0;
  if (!learn && !(w->count == 1 && strcmp(w->word[0], "test") == 0)) return false;
  c->quantity = LOSS;
  c->alias = BARE_PHASE;
  c->in = learn ? TRAIN : TEST;
  return true;
}

/* "valid_0", "validation_1": the number of the set. */
static bool take_number(claim *c, const words *w, size_t at) {
  bool number = c->in != NO_PHASE && !*c->qualifier && w->word[at][strspn(w->word[at], "0123456789")] == '\0';
  if (number) qualify(c, w->word[at]);
  return number;
}

/* A loss or an accuracy at the end or the start of the words, the others qualifying it. */
static void find_qualified(claim *c, const words *w, size_t first, size_t last) {
  static const char *const plain[] = {"loss", "losses", "accuracy", "acc", NULL};
  static const char *const empty_words[] = {"main", "reduced", NULL}; /* Chainer's model; over all ranks */
  static const char *const whole_words[] = {"mean", "avg", "average", "total", "sum", "overall", NULL};
  size_t at = last - 1;
  if (clino__words_find(plain, w, at, at + 1) < 0) at = first;
  if (last - first < 2 || clino__words_find(plain, w, at, at + 1) < 0) return;
  words rest = *w;
  int quantity = find_quantity(w, at, at + 1, &c->alias), whole = 0;
  for (size_t i = first; i < last; i++) {
    bool says_nothing = clino__words_find(empty_words, w, i, i + 1) >= 0;
    if (i == at || says_nothing || take_word(c, &rest, i)) continue;
    if (clino__words_find(no_loss_words, w, i, i + 1) >= 0) return;
    if (clino__words_find(whole_words, w, i, i + 1) >= 0) {
      whole = 1;
      continue;
    }
    c->part = c->part || clino__words_find(part_words, w, i, i + 1) >= 0;
    c->no_sum = c->no_sum || clino__words_find(no_sum_words, w, i, i + 1) >= 0;
    qualify(c, w->word[i]);
  }
  c->quantity = quantity;
  c->alias = whole; /* "mean_train_loss" is second to "train_loss", as "mean_loss" is to "loss" */
}

/* W&B's exports name columns "RUN - METRIC", and "__MIN" and "__MAX" of it. */
static const char *without_run(const char *name, claim *c) {
  const char *dash = strstr(name, " - ");
  if (!dash) return name;
  for (const char *next; (next = strstr(dash + 3, " - ")) != NULL;) dash = next;
  size_t n = (size_t)(dash - name);
  if (n && n < QUALIFIER_SIZE) {
    memcpy(c->qualifier, name, n);
    c->qualifier[n] = '\0';
    c->run = n;
  }
  return dash + 3;
}

static bool ends_with(const char *text, const char *end) {
  size_t n = strlen(text), m = strlen(end);
  return n >= m && strcmp(text + n - m, end) == 0;
}

/* llm.c's main.log calls the training loss "trl", that on held-out text "tel". */
static bool read_llmc(const char *name, claim *c) {
  bool train = strcmp(name, "trl") == 0, val = strcmp(name, "tel") == 0;
  if (!train && !val) return false;
  c->quantity = LOSS;
  c->in = train ? TRAIN : VAL;
  return true;
}

/* Words that say what kind of thing a log keeps there, and nothing of the thing: "metrics/train/loss", "optim/lr". */
static size_t count_containers(const words *w) {
  static const char *const containers[] = {"metrics", "metric",    "scalars", "scalar",  "logs", "stats",
                                           "optim",   "optimizer", "opt",     "trainer", NULL};
  size_t n = 0;
  while (n + 1 < w->count && clino__words_find(containers, w, n, n + 1) >= 0) n++;
  return n;
}

static claim read_claim(const char *full) {
  claim c = no_claim;
  if (read_llmc(full, &c)) return c;
  for (int i = 0; own_prefixes[i]; i++)
    if (strncmp(full, own_prefixes[i], strlen(own_prefixes[i])) == 0) return c;
  if (strcmp(full, "loss/data") == 0 || strcmp(full, "loss/regularization") == 0) return c;
  const char *name = without_run(full, &c);
  if (ends_with(name, "__MIN") || ends_with(name, "__MAX")) return no_claim;
  words w = clino__words_of(name);
  if (read_bare_phase(&w, &c)) return c;
  size_t contained = count_containers(&w), first = contained, last = w.count;
  c.contained = contained > 0;
  while (first < last && (c.quantity = find_quantity(&w, first, last, &c.alias)) < 0) {
    if (take_word(&c, &w, first) || (first > contained && take_number(&c, &w, first))) first++;
    else if (take_word(&c, &w, last - 1)) last--;
    else break;
  }
  if (c.quantity < 0 && first < last) find_qualified(&c, &w, first, last);
  if (c.quantity < 0 && is_group_rate(&w)) {
    c = no_claim;
    c.quantity = LR;
    c.alias = 9;
  }
  return c;
}

const char *clino__phase_of(const char *name) {
  words w = clino__words_of(name);
  const char *digits;
  for (size_t i = 0; i < w.count; i++) {
    phase p = phase_of_word(w.word[i], &digits);
    if (p != NO_PHASE && strlen(w.word[i]) > 2) return phase_names[p];
  }
  return NULL;
}

bool clino__is_metric(const char *name) {
  static const char *const metrics[] = {
      "loss",  "losses", "acc",  "accuracy", "reward", "rewards", "return", "returns", "f1",      "auc",  "trl",
      "auroc", "roc",    "map",  "map50",    "iou",    "miou",    "dice",   "bleu",    "rouge",   "ppl",  "perplexity",
      "mse",   "rmse",   "mae",  "nll",      "wer",    "cer",     "psnr",   "ssim",    "fid",     "elbo", "logloss",
      "err",   "top1",   "top5", "rew",      "tel",    "precision", "recall", "score",
      "ap",    "learn",  "entropy", NULL};
  clino__words w = clino__words_of(name);
  for (size_t i = 0; i < w.count; i++)
    if (clino__words_find(metrics, &w, i, i + 1) >= 0) return true;
  int quantity = read_claim(name).quantity;
  return quantity == LOSS || quantity == ACCURACY || quantity == GRAD_NORM;
}

bool clino__has_role(const char *name) { return read_claim(name).quantity >= 0; }

bool clino__is_telling(const char *name) {
  static const char *const words_of_training[] = {
      "epoch", "epochs",   "episode", "lr",    "grad",       "gradient", "entropy",
      "train", "training", "val",     "valid", "validation", "eval",     NULL};
  clino__words w = clino__words_of(name);
  for (size_t i = 0; i < w.count; i++)
    if (clino__words_find(words_of_training, &w, i, i + 1) >= 0) return true;
  if (clino__axis_rank(name, CLINO__AXIS_STEP) >= 0 || clino__is_metric(name)) return true;
  return clino__has_role(name);
}

/* ---- all names ---- */

static bool is_plain(const claim *c, quantity_id q, phase p) {
  return c->quantity == (int)q && c->in == p && !*c->qualifier;
}

/* Does a name without qualifier claim this? */
static bool any_plain(const claim *claims, size_t n, quantity_id q, phase p) {
  for (size_t i = 0; i < n; i++)
    if (is_plain(&claims[i], q, p)) return true;
  return false;
}

/* A test set that was measured throughout a run that has no validation is what others call validation. */
static void take_test_for_validation(claim *claims, const size_t *points, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (claims[i].quantity >= 0 && claims[i].in == VAL) return;
  for (size_t i = 0; points && i < n; i++)
    if (claims[i].quantity >= 0 && claims[i].in == TEST && points[i] > 1) claims[i].in = VAL;
}

/* Where a bare name is the training one: a loss always; another quantity where the log also leaves "train" out of the
 * loss, or marks the same quantity of the validation set as such. */
static void settle_phases(claim *claims, const size_t *points, size_t n) {
  bool bare_loss = false, marked[QUANTITIES] = {false};
  for (size_t i = 0; i < n; i++) {
    const claim *c = &claims[i];
    if (c->quantity < 0 || *c->qualifier) continue;
    if (c->quantity == LOSS && c->in == NO_PHASE && c->alias < quantities[LOSS].n_sure) bare_loss = true;
    if (c->in == VAL) marked[c->quantity] = true;
  }
  for (size_t i = 0; i < n; i++) {
    claim *c = &claims[i];
    if (c->quantity < 0) continue;
    /* Training logs the noisy value of each step beside the epoch's mean; validation means its whole set. */
    int weaker = c->at == PLAIN ? 0 : (c->at == PER_STEP) == (c->in == TRAIN || c->in == NO_PHASE) ? 1 : 2;
    /* A single value ("train_loss" at the end of a log) sums up the run; what was logged throughout is the curve. */
    bool single = points && points[i] < 2;
    c->score = 16 * c->alias + 8 * c->contained + (c->in == NO_PHASE ? 4 : 0) + weaker + (single ? SINGLE : 0);
    if (!quantities[c->quantity].phased) {
      if (c->in == VAL || c->in == TEST) c->quantity = -1;
    } else if (c->in == NO_PHASE && c->run == strlen(c->qualifier)) {
      if (c->quantity == LOSS || bare_loss || marked[c->quantity]) c->in = TRAIN;
      else c->quantity = -1;
    }
  }
}

/* A phase alone is its loss where both phases stand alone, and nothing else is one. */
static void settle_bare_phases(claim *claims, size_t n) {
  bool seen[3] = {false}, better = false;
  for (size_t i = 0; i < n; i++) {
    const claim *c = &claims[i];
    if (c->quantity == LOSS && c->alias == BARE_PHASE) seen[c->in] = true;
    else better = better || c->quantity == LOSS;
  }
  bool keep = seen[TRAIN] && (seen[VAL] || seen[TEST]) && !better;
  for (size_t i = 0; i < n; i++)
    if (!keep && claims[i].quantity == LOSS && claims[i].alias == BARE_PHASE) claims[i].quantity = -1;
}

/* One kind of loss ("nll") is the loss where training and validation log the same kind, and nothing plainer. */
static void settle_kinds(claim *claims, size_t n) {
  int best[3];
  for (int p = 0; p < 3; p++) {
    best[p] = -1;
    for (size_t i = 0; i < n; i++)
      if (is_plain(&claims[i], LOSS, (phase)p) && (best[p] < 0 || claims[i].alias < best[p])) best[p] = claims[i].alias;
  }
  for (size_t i = 0; i < n; i++) {
    claim *c = &claims[i];
    if (c->quantity != LOSS || c->alias < quantities[LOSS].n_sure) continue;
    for (int p = 0; p < 2; p++)
      if (best[p] >= 0 && best[p] != c->alias) c->quantity = -1;
  }
}

/* Is there a training value of this quantity with the same qualifier? */
static bool has_train_twin(const claim *claims, size_t n, const claim *c) {
  for (size_t i = 0; i < n; i++)
    if (claims[i].quantity == c->quantity && (claims[i].in == TRAIN || claims[i].in == NO_PHASE) &&
        strcmp(claims[i].qualifier, c->qualifier) == 0)
      return true;
  return false;
}

/* Whether a qualified claim is one of several validation sets, or (of W&B's exports) one of several runs. */
static bool is_set(const claim *claims, size_t n, size_t i) {
  const claim *c = &claims[i];
  if (c->quantity < 0 || !*c->qualifier || !quantities[c->quantity].phased) return false;
  if (c->in == NO_PHASE || n > MAX_JUDGED) return false;
  if (c->run) return c->run == strlen(c->qualifier);
  return c->in != TRAIN && !c->part && !c->no_sum && !has_train_twin(claims, n, c);
}

static size_t target(const claim *c) {
  return (size_t)c->quantity * 3 + (quantities[c->quantity].phased ? (size_t)c->in : 0);
}

static void target_name(clino__text *text, const claim *c) {
  clino__text_clear(text);
  if (quantities[c->quantity].phased) clino__text_addf(text, "%s/", phase_names[c->in]);
  clino__text_add(text, quantities[c->quantity].name);
}

/* The winner of each role, as index plus 1: the plainest name, or the first of several sets. */
static void choose(const char *const *names, claim *claims, const bool *sets, size_t n, clino__text *text,
                   size_t winner[QUANTITIES * 3]) {
  memset(winner, 0, QUANTITIES * 3 * sizeof *winner);
  for (size_t i = 0; i < n; i++) {
    if (claims[i].quantity < 0 || (*claims[i].qualifier && !sets[i])) continue;
    if (sets[i]) claims[i].score += OF_A_SET;
    target_name(text, &claims[i]);
    if (strcmp(clino__text_string(text), names[i]) == 0) claims[i].score = -1;
    size_t *w = &winner[target(&claims[i])];
    if (!*w || claims[i].score < claims[*w - 1].score) *w = i + 1;
  }
}

static bool name_roles(const char *const *names, const claim *claims, const bool *sets, size_t n, const size_t *winner,
                       clino__text *text, char **roles) {
  for (size_t i = 0; i < n; i++) {
    const claim *c = &claims[i];
    if (c->quantity < 0 || (*c->qualifier && !sets[i])) continue;
    bool wins = winner[target(c)] == i + 1;
    if (!wins && !sets[i] && (c->at == PLAIN || c->alias)) continue;
    target_name(text, c);
    if (!wins && sets[i]) clino__text_addf(text, "/%s", c->qualifier);
    if (!wins && c->at != PLAIN) clino__text_add(text, c->at == PER_STEP ? "_step" : "_epoch");
    if (text->failed) return false;
    if (strcmp(clino__text_string(text), names[i]) == 0) continue;
    roles[i] = clino__strdup(clino__text_string(text));
    if (!roles[i]) return false;
  }
  return true;
}

/* ---- parts of a loss ---- */

/* Marks the parts of a loss of this phase; returns how many, 0 where their sum means nothing. */
static size_t mark_parts(const claim *claims, const bool *sets, size_t n, phase p, bool *part) {
  size_t found = 0, marked = 0;
  for (size_t i = 0; i < n; i++) marked += claims[i].quantity == LOSS && *claims[i].qualifier && claims[i].in == p;
  if (!marked && p == TRAIN) p = NO_PHASE; /* "loss_cls", "loss_box" without a phase */
  for (size_t i = 0; i < n; i++) {
    const claim *c = &claims[i];
    part[i] = c->quantity == LOSS && *c->qualifier && !sets[i] && c->in == p && c->at == PLAIN;
    if (part[i] && c->no_sum) return 0;
    found += part[i];
  }
  return found;
}

static bool same_parts(const claim *claims, size_t n, const bool *a, const bool *b) {
  size_t n_a = 0, n_b = 0, twins = 0;
  for (size_t i = 0; i < n; i++) n_a += a[i], n_b += b[i];
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; a[i] && k < n; k++) twins += b[k] && strcmp(claims[i].qualifier, claims[k].qualifier) == 0;
  return n_a == n_b && twins == n_a;
}

/* Sums of parts, where there are at least two of them and no total. Validation is summed as training is. */
static bool find_sums(const claim *claims, const bool *sets, size_t n, const size_t *winner, clino__role_sum sums[2]) {
  size_t found[2] = {0, 0};
  for (int k = 0; k < 2; k++) {
    sums[k].part = calloc(n ? n : 1, sizeof *sums[k].part);
    if (!sums[k].part) return false;
    if (n <= MAX_JUDGED) found[k] = mark_parts(claims, sets, n, k ? VAL : TRAIN, sums[k].part);
  }
  bool train = winner[LOSS * 3 + TRAIN] || any_plain(claims, n, LOSS, TRAIN);
  if (!train && found[0] > 1) sums[0].role = "train/loss";
  bool like = found[1] > 1 && (found[0] ? same_parts(claims, n, sums[0].part, sums[1].part) : !train);
  if (!winner[LOSS * 3 + VAL] && like) sums[1].role = "val/loss";
  return true;
}

bool clino__roles_assign_all(const char *const *names, const size_t *points, size_t n, char **roles,
                             clino__role_sum sums[2]) {
  size_t winner[QUANTITIES * 3];
  clino__text text = CLINO__TEXT_EMPTY;
  claim *claims = malloc((n ? n : 1) * sizeof *claims);
  bool *sets = calloc(n ? n : 1, sizeof *sets), ok = claims && sets;
  for (size_t i = 0; i < n; i++) roles[i] = NULL;
  sums[0] = sums[1] = (clino__role_sum){NULL, NULL};
  for (size_t i = 0; ok && i < n; i++) claims[i] = read_claim(names[i]);
  if (ok) {
    settle_bare_phases(claims, n);
    take_test_for_validation(claims, points, n);
    settle_phases(claims, points, n);
    settle_kinds(claims, n);
    for (size_t i = 0; i < n; i++) sets[i] = is_set(claims, n, i);
    choose(names, claims, sets, n, &text, winner);
    ok = name_roles(names, claims, sets, n, winner, &text, roles) && find_sums(claims, sets, n, winner, sums);
  }
  for (size_t i = 0; !ok && i < n; i++) {
    free(roles[i]);
    roles[i] = NULL;
  }
  for (int k = 0; !ok && k < 2; k++) {
    free(sums[k].part);
    sums[k].part = NULL;
  }
  clino__text_free(&text);
  free(claims);
  free(sets);
  return ok;
}

bool clino__roles_assign(const char *const *names, size_t n, char **roles) {
  clino__role_sum sums[2];
  bool ok = clino__roles_assign_all(names, NULL, n, roles, sums);
  free(sums[0].part);
  free(sums[1].part);
  return ok;
}
