/* AdamW: Adam whose weight decay does not go through the moments. */
#include "train/adam.h"

static void defaults(clino_optimizer_options *o) {
  o->rate = 1e-3;
  o->weight_decay = 0.01;
  o->decay_kind = CLINO_DECAY_DECOUPLED;
}

const clino__rule clino__rule_adamw = {
    .info = {.name = "adamw",
             .formula = "adam, and p -= eta lambda p",
             .source = "I. Loshchilov and F. Hutter, ICLR 2019, algorithm 2",
             .slots = {"first moment", "second moment"}},
    .n_slots = 2,
    .has_epsilon = true,
    .defaults = defaults,
    .prepare = clino__adam_prepare,
    .f32 = clino__adam_f32,
    .f64 = clino__adam_f64};
