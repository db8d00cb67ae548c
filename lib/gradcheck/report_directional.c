/* What a check along directions found, as text. */
#include "gradcheck/report_directional.h"

#include <math.h>

static void add_number(clino__text *t, const char *label, double value, int digits) {
  clino__text_add(t, label);
  clino__text_add_digits(t, value, digits);
}

static void add_percent(clino__text *t, const char *label, double fraction) {
  add_number(t, label, 100 * fraction, 2);
  clino__text_add(t, "%");
}

bool clino__report_by_directions(const clino_gradcheck_result *r) {
  const clino_gradcheck_directional *d = &r->directional;
  return d->verdict != CLINO_VERDICT_NONE && d->verdict == r->verdict && r->counts[r->verdict] == 0 &&
         r->reason == d->reason;
}

/* ---- the headline ---- */

/* Whether it is known what would have shown: not where no direction was measured, or there is no gradient. */
static bool sensitivity_known(const clino_gradcheck_directional *d) {
  return d->smallest_entry > 0 && isfinite(d->smallest_entry);
}

static void add_sensitivity(clino__text *t, const clino_gradcheck_directional *d) {
  if (!sensitivity_known(d)) return;
  add_percent(t, "an entry off by ", d->smallest_entry);
  clino__text_add(t, " of its tensor's RMS gradient");
  if (d->tensor[0]) clino__text_addf(t, " (in %s)", d->tensor);
  add_percent(t, ", or a tensor off by ", d->smallest_tensor);
  clino__text_add(t, ", would have shown");
  if (d->miss_probability < 1)
    add_number(t, "; one off by 10% is missed with a probability below ", d->miss_probability, 2);
}

static void add_difference(clino__text *t, const clino_gradcheck_directional *d) {
  add_number(t, "slopes along random directions differ from the gradient's: analytic ", d->analytic, 10);
  add_number(t, ", numeric ", d->numeric, 10);
  add_number(t, " +- ", d->error, 2);
  if (d->tensor[0]) clino__text_addf(t, ", in %s as it seems", d->tensor);
}

void clino__report_directions_headline(clino__text *t, const clino_gradcheck_result *r) {
  const clino_gradcheck_directional *d = &r->directional;
  if (d->verdict == CLINO_VERDICT_FAIL || d->verdict == CLINO_VERDICT_SUSPECT) {
    add_difference(t, d);
    return;
  }
  clino__text_addf(t, "slopes along %zu random directions agree with the gradient (%zu entries)%s", d->directions,
                   r->entries, d->verdict == CLINO_VERDICT_KINK ? " at smooth points beside a kink" : "");
  if (!sensitivity_known(d)) return;
  clino__text_add(t, "; ");
  add_sensitivity(t, d);
}

/* ---- what was located ---- */

static void add_index(clino__text *t, const clino_gradcheck_located *l, const size_t *index, size_t but_last) {
  for (size_t i = 0; i + but_last < l->n_dims; i++) clino__text_addf(t, "%s%zu", i ? "," : "[", index[i]);
  if (but_last) clino__text_add(t, l->n_dims > 1 ? ",:]" : "[:]");
  else clino__text_add(t, "]");
}

static void add_place(clino__text *t, const clino_gradcheck_located *l) {
  size_t last = l->n_dims ? l->n_dims - 1 : 0;
  clino__text_add(t, l->tensor);
  switch (l->kind) {
    case CLINO_LOCATED_ENTRY: add_index(t, l, l->first_index, 0); break;
    case CLINO_LOCATED_ROW: add_index(t, l, l->first_index, 1); break;
    case CLINO_LOCATED_COLUMN:
      clino__text_add(t, "[");
      for (size_t i = 0; i < last; i++) clino__text_add(t, ":,");
      clino__text_addf(t, "%zu]", l->first_index[last]);
      break;
    case CLINO_LOCATED_BLOCK:
      add_index(t, l, l->first_index, 0);
      clino__text_add(t, " to ");
      add_index(t, l, l->last_index, 0);
      break;
    case CLINO_LOCATED_TENSOR: break;
  }
}

static const char *name_of(clino_located_kind kind) {
  switch (kind) {
    case CLINO_LOCATED_ENTRY: return "entry";
    case CLINO_LOCATED_ROW: return "row";
    case CLINO_LOCATED_COLUMN: return "column";
    case CLINO_LOCATED_BLOCK: return "block";
    case CLINO_LOCATED_TENSOR: return "tensor";
  }
  return "part";
}

/* "tensor W2 (4500 entries, of 3 checked 3 wrong)" */
static void add_part(clino__text *t, const clino_gradcheck_located *l) {
  clino__text_addf(t, "%s ", name_of(l->kind));
  add_place(t, l);
  if (l->kind == CLINO_LOCATED_ENTRY) return;
  clino__text_addf(t, " (%zu entries: %zu of %zu checked are wrong, and so about %zu more)", l->entries, l->wrong,
                   l->checked, (size_t)((double)l->entries * (double)l->wrong / (double)l->checked) - l->wrong);
}

void clino__report_located_clause(clino__text *t, const clino_gradcheck_result *r) {
  size_t said = 0, parts = 0;
  for (size_t i = 0; i < r->n_located; i++) parts += r->located[i].kind != CLINO_LOCATED_ENTRY;
  for (size_t i = 0; i < r->n_located && said < 2; i++) {
    if (r->located[i].kind == CLINO_LOCATED_ENTRY) continue;
    clino__text_add(t, said++ ? ", " : "; wrong throughout: ");
    add_part(t, &r->located[i]);
  }
  if (parts > said) clino__text_addf(t, ", and %zu other parts", parts - said);
}

/* ---- the lines ---- */

void clino__report_directions(clino__text *t, const clino_gradcheck_result *r) {
  const clino_gradcheck_directional *d = &r->directional;
  if (d->verdict == CLINO_VERDICT_NONE) return;
  clino__text_addf(t, "  directions: %s: %zu agreed, %zu differed, %zu met kinks or bends",
                   clino_verdict_name(d->verdict), d->directions, d->differing, d->crossed);
  if (d->alone) clino__text_addf(t, "; %zu small tensor%s agreed alone", d->alone, d->alone > 1 ? "s" : "");
  clino__text_addf(t, "; %llu calls", (unsigned long long)d->calls);
  if (d->search_calls) clino__text_addf(t, ", then %llu for the search", (unsigned long long)d->search_calls);
  clino__text_add(t, "\n");
  for (size_t i = 0; i < r->n_located; i++) {
    const clino_gradcheck_located *l = &r->located[i];
    clino__text_add(t, "  wrong        ");
    add_part(t, l);
    add_number(t, l->kind == CLINO_LOCATED_ENTRY ? ": analytic " : ", such as analytic ", l->analytic, 6);
    add_number(t, ", numeric ", l->numeric, 6);
    clino__text_add(t, "\n");
  }
  if (r->search_ended_early) clino__text_add(t, "  the search ended before all was found\n");
  if (clino__report_by_directions(r) || !sensitivity_known(d)) return;
  clino__text_add(t, r->n_located ? "  in the rest, " : "  ");
  add_sensitivity(t, d);
  clino__text_add(t, "\n");
}
