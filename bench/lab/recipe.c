#include "lab/recipe.h"

#include <math.h>
#include <stdio.h>

lab_recipe lab_recipe_default(void) {
  lab_recipe r = {.family = "", .seed = 1, .task_seed = 1, .task = LAB_DIGITS, .difficulty = 1, .net = LAB_DENSE};
  r.layers = 1, r.width = 32, r.channels = 4, r.activation = LAB_RELU;
  r.init = CLINO_INIT_XAVIER_NORMAL, r.gain = 1;
  r.rule = "momentum", r.rate = 0.05, r.momentum = r.beta2 = CLINO_AUTO, r.clip = INFINITY;
  r.schedule = clino_schedule_default(CLINO_SCHEDULE_CONSTANT);
  r.batch = 32, r.steps = 400, r.interval = 5, r.validate_every = 1;
  r.wrong = (lab_wrong){.input_scale = 1, .weight_scale = 1, .recurrent_scale = 1, .frozen = -1, .reversed = -1};
  r.wrong.quiet_scale = r.wrong.jump = 1;
  return r;
}

void lab_recipe_schedule(lab_recipe *r, clino_schedule_kind kind, double final, double warmup_fraction) {
  clino_schedule *s = &r->schedule;
  *s = clino_schedule_default(kind);
  s->warmup = (uint64_t)(warmup_fraction * (double)r->steps);
  s->steps = r->steps > s->warmup ? r->steps - s->warmup : 1;
  s->period = s->steps * 2 / 5 + 1;
  s->final = final * r->rate;
  s->initial = r->rate;
}

const char *lab_task_name(lab_task task) {
  static const char *const names[LAB_TASKS] = {"digits", "iris", "clouds", "rings", "rare", "curve", "waves"};
  return names[task];
}

const char *lab_activation_name(lab_activation activation) {
  static const char *const names[] = {"relu", "tanh", "sigmoid"};
  return names[activation];
}

void lab_recipe_describe(const lab_recipe *r, char *text, size_t size) {
  static const char *const nets[] = {"dense", "conv", "recurrent"};
  snprintf(text, size, "%s, %s net of %zu layers, %zu wide, %s, %s %g, batch %zu, %zu steps%s%s",
           lab_task_name(r->task), nets[r->net], r->layers, r->width, lab_activation_name(r->activation), r->rule,
           r->rate, r->batch, r->steps,
           r->dropout > 0 ? ", dropout" : "", r->l2 > 0 ? ", L2" : "");
}
