/* Logs of real training runs, in the folder that CLINO_RUNS names: each with the roles that its series must get and how
 * many points they have, or why it is refused ("!..."). Read in chunks of other sizes it is the same run, and cut off
 * anywhere it is an error that says where, or a shorter run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clino/io.h"
#include "support/same_run.h"
#include "support/suite.h"

static const struct {
  const char *file, *roles;
} logs[] = {
    {"baselines_progress/morikatron__GAIL_PPO__human_progress.csv",
     "train/loss:100"},
    {"baselines_progress/morikatron__GAIL_PPO__logs_progress.csv",
     "train/loss:30"},
    {"chainer_log/apple2373__chainer-train-stuck__result_log.json",
     "train/loss:1 train/accuracy:1"},
    {"darknet_log/afletcher53__Darknet3__train.first1450000bytes.log",
     "train/loss:3404 lr:3404"},
    {"detectron2_json/Gralach__detectron_mine__metrics.json",
     "lr:118 train/loss:118"},
    {"dvclive/michaelvay__lightning-hydra-template__train_acc.tsv",
     "train/accuracy:10"},
    {"dvclive/michaelvay__lightning-hydra-template__metrics.json",
     "val/loss:1 val/accuracy:1 train/loss:1 train/accuracy:1"},
    {"dvclive/michaelvay__lightning-hydra-template__val_acc_best.tsv",
     ""},
    {"dvclive/michaelvay__lightning-hydra-template__epoch.tsv",
     "!it counts progress"},
    {"dvclive/michaelvay__lightning-hydra-template__val_acc.tsv",
     "val/accuracy:10"},
    {"dvclive/michaelvay__lightning-hydra-template__train_loss.tsv",
     "train/loss:10"},
    {"dvclive/michaelvay__lightning-hydra-template__val_loss.tsv",
     "val/loss:10"},
    {"fastai_history/matcgoes__fastai-sportsball-classifier__history.csv",
     "train/loss:19 val/loss:19"},
    {"hf_trainer_state/AguLeon__LoRA_RoBERTa_AGNews__checkpoint-500_trainer_state.json",
     "grad_norm:5 lr:5 train/loss:5 val/accuracy:5 val/loss:5"},
    {"hf_trainer_state/BaarTeek123__llms_finetuning__checkpoint-25000_trainer_state.json",
     "grad_norm:2500 lr:2500 train/loss:2500"},
    {"hf_trainer_state/BaarTeek123__llms_finetuning__checkpoint-2500_trainer_state.json",
     "grad_norm:250 lr:250 train/loss:250"},
    {"hf_trainer_state/aigoncharov__trainer_state_viz__trainer_state.json",
     ("val/accuracy:31 val/loss:31 val/accuracy/g1:31 val/loss/g1:31 val/accuracy/g2:31 val/loss/g2:31 "
     "val/accuracy/g3:31 val/loss/g3:31 val/accuracy/g4:31 val/loss/g4:31 val/accuracy/g5:31 "
     "val/loss/g5:31 grad_norm:30 lr:30 train/loss:30")},
    {"keras_csvlogger/DeepDiagnosis__ICSE2022__gradient_vanish_case_1row.log.csv",
     "val/loss:1 val/accuracy:1 train/loss:1 train/accuracy:1"},
    {"keras_csvlogger/Anshul-sh__Stock-Prediction-using-lstm__model_history_log.csv",
     "train/loss:5 val/loss:5"},
    {"keras_csvlogger/Arnazz10__retina-ai__models_history.csv",
     "train/accuracy:20 lr:20 train/loss:20 val/accuracy:20 val/loss:20"},
    {"keras_csvlogger/DeepDiagnosis__ICSE2022__mnist_double_random.log.csv",
     "val/loss:100 val/accuracy:100 train/loss:100 train/accuracy:100"},
    {"keras_csvlogger/ManuMollon261297__Speech-Digit-Detector__model_history_log.csv",
     "train/accuracy:17 train/loss:17 val/accuracy:17 val/loss:17"},
    {"keras_csvlogger/infinity052__Distracted-Driver-Detection__model_history_log.csv",
     "train/accuracy:10 train/loss:10 val/accuracy:10 val/loss:10"},
    {"keras_csvlogger/rkn2__cnnBricks__model_history_log.csv",
     "train/accuracy:3 train/loss:3"},
    {"keras_csvlogger/DeepDiagnosis__ICSE2022__blob_config_random_a864.log.csv",
     "val/loss:199 val/accuracy:199 train/loss:199 train/accuracy:199"},
    {"lightning_csv/Goreg12345__nlp2-probing-lms__v4_metrics.csv",
     "train/loss:28 train/accuracy:28"},
    {"lightning_csv/martinoywa__mnist-mlflow__v3_metrics.csv",
     "train/loss:20"},
    {"lightning_csv/0729max0729__PINNforEM__v13_metrics.csv",
     "train/loss:535"},
    {"lightning_csv/GeorgTenzing__EEG_Classification__EEGClassifier_v47_metrics.csv",
     "test/accuracy:1 test/loss:1 train/accuracy:288 train/loss:288 val/accuracy:288 val/loss:288"},
    {"lightning_csv/GeorgTenzing__EEG_Classification__lightning_logs_v24_metrics.csv",
     "test/accuracy:1 test/loss:1"},
    {"lightning_csv/GeorgTenzing__EEG_Classification__EEGClassifier_v29_metrics.csv",
     ("train/accuracy_epoch:426 train/accuracy:425 train/loss_epoch:426 train/loss:425 val/accuracy:426 "
     "val/loss:426")},
    {"lightning_csv/GeorgTenzing__EEG_Classification__EEGClassifier_v28_metrics.csv",
     ("train/accuracy_epoch:285 train/accuracy:286 train/loss_epoch:285 train/loss:286 val/accuracy:285 "
     "val/loss:285")},
    {"lightning_csv/GeorgTenzing__EEG_Classification__EEGClassifier_v25_metrics.csv",
     ("train/accuracy_epoch:417 train/accuracy:416 train/loss_epoch:417 train/loss:416 val/accuracy:417 "
     "val/loss:417")},
    {"lightning_csv/martinoywa__mnist-mlflow__v7_metrics.csv",
     "train/loss:360 val/loss:10 test/loss:1"},
    {"lightning_csv/0729max0729__PINNforEM__v0_metrics.csv",
     "train/loss:736"},
    {"lightning_csv/GeorgTenzing__EEG_Classification__EEGClassifier_v27_metrics.csv",
     ("train/accuracy_epoch:68 train/accuracy:138 train/loss_epoch:68 train/loss:138 val/accuracy:68 "
     "val/loss:68")},
    {"lightning_csv/0729max0729__PINNforEM__v21_metrics.csv",
     "train/loss:800"},
    {"lightning_csv/Goreg12345__nlp2-probing-lms__v0_metrics.csv",
     "train/loss:28 train/accuracy:28"},
    {"lightning_csv/0729max0729__PINNforEM__v45_metrics.csv",
     "train/loss:10"},
    {"lightning_csv/Goreg12345__nlp2-probing-lms__v3_metrics.csv",
     "train/loss:28 train/accuracy:28"},
    {"lightning_csv/HubertPalo__barlow-twins-multimodal__v0_metrics.csv",
     "train/loss:1"},
    {"lightning_csv/josephdutoit__generalized-aliasing__v43_metrics.csv",
     "train/loss:3160"},
    {"lightning_csv/GeorgTenzing__EEG_Classification__EEGClassifier_v24_metrics.csv",
     ("train/accuracy_epoch:334 train/accuracy:333 train/loss_epoch:334 train/loss:333 val/accuracy:334 "
     "val/loss:334")},
    {"lightning_csv/GeorgTenzing__EEG_Classification__EEGClassifier_v69_metrics.csv",
     "test/accuracy:1 test/loss:1 train/accuracy:29 train/loss:29 val/accuracy:29 val/loss:29"},
    {"lightning_csv/martinoywa__mnist-mlflow__v10_metrics.csv",
     "train/loss:36 val/loss:1 test/loss:1"},
    {"lightning_csv/GeorgTenzing__EEG_Classification__EEGClassifier_v41_metrics.csv",
     ("test/accuracy:1 test/loss:1 train/accuracy_epoch:1838 train/accuracy:3674 train/loss_epoch:1838 "
     "train/loss:3674 val/accuracy:1838 val/loss:1838")},
    {"llamafactory_jsonl/gi7014__SunXiaochuan-V1__trainer_log.jsonl",
     "!it counts progress"},
    {"llmc_text_log/KellerJordan__modded-nanogpt__track2_2025-01-18_main.log",
     "val/loss:241"},
    {"llmc_text_log/KellerJordan__modded-nanogpt__2024-06-06_AdamW.log",
     "val/loss:76 train/loss:9536"},
    {"mae_log_txt/parthagrawal02__ECG_MAE__456cff_log.txt",
     "lr:6 train/loss:6 val/loss:6 val/accuracy:6"},
    {"mlflow_metrics/10-Academy-Batch-4-Week-4__Swahili-Speech-To-Text__run_ed05f9_loss",
     "train/loss:10"},
    {"mmengine_json/duanbo320__openmmlab_camp__20230605_scalars.json",
     "lr:789 train/loss:789"},
    {"mmengine_textlog/duanbo320__openmmlab_camp__20230605_200941.log",
     "lr:789 train/loss:789"},
    {"sb3_monitor/justinsvegliato__metareasoning-for-state-abstractions__logs_monitor.csv",
     ""},
    {"sb3_progress/justinsvegliato__metareasoning-for-state-abstractions__logs_progress.csv",
     "lr:158 train/loss:158"},
    {"sb3_progress/justinsvegliato__metareasoning-for-state-abstractions__logs2_progress.csv",
     "lr:243 train/loss:243"},
    {"tfevents/AguLeon__LoRA_RoBERTa_AGNews__run4_events.out.tfevents.1744230855.b-3-167.5388.4",
     "train/loss:12 grad_norm:12 lr:12 val/loss:12 val/accuracy:12"},
    {"tfevents/483172__yolov5-custom_lego_dataset-2022-06-15__v5_events.out.tfevents.1655416124",
     "lr:50 train/loss:50 val/loss:50"},
    {"tfevents/Gralach__detectron_mine__events.out.tfevents.1729240470.Chang.23300.7",
     "train/loss:15 lr:15"},
    {"tfevents/Gralach__detectron_mine__events.out.tfevents.1729240643.Chang.23300.8",
     "train/loss:35 lr:35"},
    {"tfevents/Gralach__detectron_mine__events.out.tfevents.1729238878.Chang.23300.2",
     "train/loss:12 lr:12"},
    {"tfevents/Gralach__detectron_mine__events.out.tfevents.1729241278.Chang.23300.9",
     "train/loss:50 lr:50"},
    {"ultralytics_results/DJT777__xlstm-yolo__train12_results.csv",
     "lr:1 lr/pg1:1 lr/pg2:1 train/loss:1 val/loss:1"},
    {"ultralytics_results/DJT777__xlstm-yolo__train21_results.csv",
     "lr:157 lr/pg1:157 lr/pg2:157 train/loss:157 val/loss:157"},
    {"ultralytics_results/Especializacion-IA__yolov8-hard-hat_test__train14_results.csv",
     "lr:50 lr/pg1:50 lr/pg2:50 train/loss:50 val/loss:50"},
    {"ultralytics_results/DJT777__xlstm-yolo__train3_results.csv",
     "lr:4 lr/pg1:4 lr/pg2:4 train/loss:4 val/loss:4"},
    {"ultralytics_results/Especializacion-IA__yolov8-hard-hat_test__train11_results.csv",
     "lr:50 lr/pg1:50 lr/pg2:50 train/loss:50 val/loss:50"},
    {"ultralytics_results/Especializacion-IA__yolov8-hard-hat_test__train7_results.csv",
     "lr:1 lr/pg1:1 lr/pg2:1 train/loss:1 val/loss:1"},
    {"wandb_csv/Lucas-longxutang__Comp3242_Group_Project_nanoGPT__E2_no_residuals_07swdfwz.csv",
     "lr:21 train/loss_step:501 val/loss:21 train/loss:21"},
    {"wandb_csv/Lucas-longxutang__Comp3242_Group_Project_nanoGPT__baseline_0tku5ah1.csv",
     "train/loss:21 train/loss_step:501 lr:21 val/loss:21"},
    {"wandb_csv/Lucas-longxutang__Comp3242_Group_Project_nanoGPT__F2_context_512_8rlj5pys.csv",
     "val/loss:21 train/loss:21 train/loss_step:501 lr:21"},
    {"wandb_csv/Lucas-longxutang__Comp3242_Group_Project_nanoGPT__F2_context_512_xoys2s0w.csv",
     "train/loss:21 val/loss:21 train/loss_step:501 lr:21"}};

#define N_LOGS (sizeof logs / sizeof logs[0])

/* ---- roles ---- */

static bool begins(const char *name, const char *role) { return strncmp(name, role, strlen(role)) == 0; }

/* A role, or one of it: "val/loss/g1", "train/loss_step". */
static bool is_role(const char *name) {
  static const char *const roles[] = {"train/loss",    "val/loss", "test/loss", "train/accuracy", "val/accuracy",
                                      "test/accuracy", "lr",       "grad_norm", "throughput",     "batch_size",
                                      "momentum"};
  for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
    const char *rest = name + strlen(roles[i]);
    if (begins(name, roles[i]) && (!*rest || *rest == '/' || strcmp(rest, "_step") == 0 || strcmp(rest, "_epoch") == 0))
      return true;
  }
  return false;
}

static void list_roles(const clino_run *run, char *out, size_t size) {
  size_t used = 0;
  *out = '\0';
  for (size_t i = 0; i < clino_run_series_count(run) && used < size; i++) {
    const clino_series *s = clino_run_series_at(run, i);
    if (is_role(clino_series_name(s)))
      used += (size_t)snprintf(out + used, size - used, "%s%s:%zu", used ? " " : "", clino_series_name(s),
                               clino_series_count(s));
  }
}

static void check_log(const char *path, const char *expected) {
  static char roles[4096];
  clino_run *run = NULL;
  clino_error error;
  bool right;
  if (clino_run_read(path, NULL, &run, NULL, &error)) {
    right = *expected == '!' && error.line && strstr(error.message, expected + 1);
    snprintf(roles, sizeof roles, "!%zu: %s", error.line, error.message);
  } else {
    list_roles(run, roles, sizeof roles);
    right = strcmp(roles, expected) == 0;
  }
  if (!right) fprintf(stderr, "\n    %s\n  has %s\n  not %s\n", path, roles, expected);
  CU_ASSERT_TRUE(right);
  clino_run_free(run);
}

/* The folder, NULL where there is none, which is said. */
static const char *root(void) {
  const char *folder = getenv("CLINO_RUNS");
  if (!folder) printf("(skipped: no folder of logs, CLINO_RUNS) ");
  return folder;
}

static void series_get_their_roles(void) {
  const char *folder = root();
  char path[1024];
  for (size_t i = 0; folder && i < N_LOGS; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, logs[i].file);
    check_log(path, logs[i].roles);
  }
}

/* ---- chunks and cuts ---- */

static char *load(const char *path, size_t *size) {
  FILE *f = fopen(path, "rb");
  CU_ASSERT_PTR_NOT_NULL_FATAL(f);
  fseek(f, 0, SEEK_END);
  *size = (size_t)ftell(f);
  rewind(f);
  char *bytes = malloc(*size + 1);
  CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
  CU_ASSERT_EQUAL(fread(bytes, 1, *size, f), *size);
  fclose(f);
  return bytes;
}

static clino_status read_chunks(const char *bytes, size_t size, const char *name, size_t chunk, clino_run **run,
                                clino_error *error) {
  clino_read_options o = clino_read_options_default();
  o.chunk_bytes = chunk;
  return clino_run_read_memory(bytes, size, name, &o, run, NULL, error);
}

static void check_chunks(const char *bytes, size_t size, const char *name) {
  static const size_t chunks[] = {1, 7, 4096, 100003};
  clino_run *whole = NULL, *run = NULL;
  clino_error first, error;
  clino_status status = read_chunks(bytes, size, name, size ? size : 1, &whole, &first);
  bool same = true;
  for (size_t k = size > 100000; k < sizeof chunks / sizeof chunks[0]; k++) {
    CU_ASSERT_EQUAL_FATAL(read_chunks(bytes, size, name, chunks[k], &run, &error), status);
    if (status) same = same && strcmp(error.message, first.message) == 0 && error.byte == first.byte;
    else same = same && same_runs(run, whole);
    clino_run_free(run);
  }
  CU_ASSERT_TRUE(same);
  clino_run_free(whole);
}

/* Cut at any byte: of a large log, at some of them. */
static void check_cuts(const char *bytes, size_t size, const char *name) {
  size_t step = size / 300 + 1;
  for (size_t n = 0; n < size; n += n < 200 ? 1 : step) {
    clino_run *run = NULL;
    clino_error error;
    clino_status status = read_chunks(bytes, n, name, 65536, &run, &error);
    CU_ASSERT_TRUE(status ? !run && error.message[0] && error.byte <= n : run != NULL);
    clino_run_free(run);
  }
}

static void chunks_and_cuts_do_no_harm(void) {
  const char *folder = root();
  for (size_t i = 0; folder && i < N_LOGS; i += 3) {
    char path[1024];
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder, logs[i].file);
    char *bytes = load(path, &size);
    check_chunks(bytes, size, path);
    if (size < 400000) check_cuts(bytes, size, path);
    free(bytes);
  }
}

void suite_logs(CU_pSuite suite) {
  TEST(suite, series_get_their_roles);
  TEST(suite, chunks_and_cuts_do_no_harm);
}
