/* Layers of the usual kinds, right and wrong, in double and in single precision, over several shapes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clino/test/cunit.h"
#include "support/layers.h"
#include "support/probe.h"
#include "support/suite.h"

static clino_gradcheck_result run(layer_setup *s, const clino_gradcheck_options *options) {
  clino_gradcheck_options o = options ? *options : clino_gradcheck_options_default();
  clino_gradcheck_result r;
  clino_error error = {.message = ""};
  o.context.reseed = layer_reseed;
  clino_status status = gradcheck_layer(&s->layer, &o, &r, &error);
  if (status) fprintf(stderr, "\n    %s", error.message);
  CU_ASSERT_EQUAL(status, CLINO_OK);
  return r;
}

/* In single precision a batch norm of two samples may be too noisy to tell. */
static void right_layers(clino_dtype dtype) {
  int accepted = 0, runs = 0;
  for (int kind = 0; kind < LAYER_KINDS; kind++) {
    layer_setup s;
    layer_init(&s, (layer_kind)kind, dtype, NO_BUG);
    for (uint64_t seed = 1; seed <= 25; seed++) {
      clino_gradcheck_options o = clino_gradcheck_options_default();
      o.seed = seed * 2385;
      clino_gradcheck_result r = run(&s, &o);
      EXPECT_NOT_CAUGHT(layer_names[kind], &r);
      if (dtype == CLINO_F64) EXPECT_ACCEPTED(layer_names[kind], &r);
      accepted += clino_gradcheck_accepted(&r);
      runs++;
      CU_ASSERT_STRING_EQUAL(r.layer.name, layer_names[kind]);
      CU_ASSERT_EQUAL(r.layer.shapes, 7);
      CU_ASSERT_EQUAL(r.checked, r.entries);
      CU_ASSERT_EQUAL(r.layer.jvps > 0, s.layer.jvp != NULL);
    }
  }
  CU_ASSERT_TRUE(100 * accepted >= 99 * runs);
}

static void right_in_double(void) { right_layers(CLINO_F64); }
static void right_in_single(void) { right_layers(CLINO_F32); }

static const struct {
  layer_kind kind;
  layer_bug bug;
  const char *tensor;
} planted[] = {
    {DENSE, DENSE_W_TRANSPOSED, "W"},      {DENSE, DENSE_BIAS_MEAN, "b"},       {DENSE, DENSE_ONE_SAMPLE, "x"},
    {DENSE, DENSE_TAIL, "b"},              {CONV, CONV_FLIPPED, "x"},           {CONV, CONV_BORDER, "K"},
    {BATCHNORM, NORM_NO_VARIANCE, "x"},    {BATCHNORM, NORM_SCALE_ONLY, "x"},   {LAYERNORM, NORM_NO_VARIANCE, "x"},
    {LAYERNORM, NORM_SCALE_ONLY, "x"},     {SOFTMAX, SOFTMAX_DIAGONAL, "x"},    {EMBEDDING, EMBEDDING_LAST, "E"},
    {DROPOUT, DROPOUT_UNSCALED, "x"},      {RELU, RELU_UNMASKED, "x"},          {RELU, RELU_ONE_BELOW, "x"},
    {DENSE, JVP_BIAS_FORGOTTEN, "y"},      {DENSE, JVP_ONE_OUTPUT, "y"},
};

static void wrong_layers(clino_dtype dtype) {
  for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
    layer_setup s;
    layer_init(&s, planted[i].kind, dtype, planted[i].bug);
    clino_gradcheck_result r = run(&s, NULL);
    char label[64];
    snprintf(label, sizeof label, "%s, bug %d", layer_names[planted[i].kind], (int)planted[i].bug);
    EXPECT_CAUGHT(label, &r);
    if (strcmp(r.worst.tensor, planted[i].tensor) != 0) fprintf(stderr, "\n    %s: in %s", label, r.worst.tensor);
    CU_ASSERT_STRING_EQUAL(r.worst.tensor, planted[i].tensor);
  }
}

static void wrong_in_double(void) { wrong_layers(CLINO_F64); }
static void wrong_in_single(void) { wrong_layers(CLINO_F32); }

void suite_gradcheck_layer(CU_pSuite suite) {
  TEST(suite, right_in_double);
  TEST(suite, right_in_single);
  TEST(suite, wrong_in_double);
  TEST(suite, wrong_in_single);
}
