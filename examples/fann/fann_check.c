/* The gradients of FANN, checked: every activation function that it trains, in the hidden layer with two steepnesses
 * and at the outputs, with the factor by which a gradient is off where it is one; then both error functions, one sample
 * in place of a batch, and units in saturation.
 *
 *   fann_check [FUNCTION STEEPNESS]     FUNCTION, such as COS, in the hidden layer: the whole report of its check */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fann/client.h"

/* FANN trains with all of its functions but the steps, and a Gaussian that it has no code for. */
static bool trainable(enum fann_activationfunc_enum f) {
  return f != FANN_THRESHOLD && f != FANN_THRESHOLD_SYMMETRIC && f != FANN_GAUSSIAN_STEPWISE;
}

static const char *short_name(enum fann_activationfunc_enum f) {
  return FANN_ACTIVATIONFUNC_NAMES[f] + strlen("FANN_");
}

static int check(const client_spec *spec, clino_gradcheck_result *r) {
  client c;
  clino_error error;
  if (client_init(&c, spec)) return fprintf(stderr, "fann_check: out of memory\n"), 2;
  clino_model model = client_model(&c);
  clino_status status = gradcheck_model(&model, NULL, r, &error);
  if (status) fprintf(stderr, "fann_check: %s\n", error.message);
  client_free(&c);
  return status ? 2 : 0;
}

/* A verdict, its worst relative error, and where all of a gradient is off by one factor, that. */
static int cell(const client_spec *spec, bool last) {
  clino_gradcheck_result r;
  if (check(spec, &r)) return 2;
  const clino_explanation *e = r.n_explanations ? &r.explanation[0] : NULL;
  const char *factor = e && e->pattern == CLINO_PATTERN_SCALE ? e->constant : "";
  printf("  %-5s %-7.1e", clino_verdict_name(r.verdict), r.worst.relative_error);
  if (!last) printf(" %-4s", factor);
  else printf("%s%s\n", *factor ? " " : "", factor);
  return 0;
}

static int row(enum fann_activationfunc_enum f) {
  client_spec half = client_spec_default(), one, output;
  half.hidden = f;
  one = half;
  half.steepness = 0.5; /* FANN's default */
  output = client_spec_default();
  output.output = f;
  printf("%-27s", short_name(f));
  return cell(&half, false) || cell(&one, false) || cell(&output, true) ? 2 : 0;
}

static int line(const char *name, const client_spec *spec) {
  printf("%-27s", name);
  return cell(spec, true);
}

static int table(void) {
  printf("%-27s  %-18s  %-18s  %s\n", "activation function", "hidden, s 0.5", "hidden, s 1", "output, s 1");
  for (int f = FANN_LINEAR; f <= FANN_COS; f++)
    if (trainable((enum fann_activationfunc_enum)f) && row((enum fann_activationfunc_enum)f)) return 2;
  client_spec s = client_spec_default();
  s.output = FANN_SIGMOID;
  s.error = FANN_ERRORFUNC_TANH;
  puts("\nSIGMOID in both layers, s 1");
  if (line("error function TANH", &s)) return 2;
  s.error = FANN_ERRORFUNC_LINEAR;
  s.algorithm = FANN_TRAIN_INCREMENTAL;
  if (line("one sample, incremental", &s)) return 2;
  s.algorithm = FANN_TRAIN_BATCH;
  s.scale = 6;
  return line("large weights", &s);
}

static int report(const char *name, double steepness) {
  static char text[8192];
  clino_gradcheck_result r;
  client_spec s = client_spec_default();
  s.steepness = steepness;
  for (int f = FANN_LINEAR; f <= FANN_COS; f++)
    if (!strcmp(short_name((enum fann_activationfunc_enum)f), name)) s.hidden = (enum fann_activationfunc_enum)f;
  if (strcmp(short_name(s.hidden), name) || !trainable(s.hidden)) {
    fprintf(stderr, "fann_check: no activation function '%s' that can be trained\n", name);
    return 2;
  }
  if (check(&s, &r)) return 2;
  clino_gradcheck_report(&r, text, sizeof text);
  fputs(text, stdout);
  return clino_gradcheck_accepted(&r) ? 0 : 1;
}

int main(int argc, char **argv) {
  if (argc == 1) return table();
  if (argc == 3 && strtod(argv[2], NULL) > 0) return report(argv[1], strtod(argv[2], NULL));
  fprintf(stderr, "usage: fann_check [FUNCTION STEEPNESS]\n");
  return 2;
}
