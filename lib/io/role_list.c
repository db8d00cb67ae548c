/* The roles that are told to users: what readers make of names, checks look for, and a map can give. */
#include "clino/io.h"

static const clino_role roles[] = {
    {"step", "counts the steps: the axis of all else in its table"},
    {"epoch", "the epoch, which may be a fraction"},
    {"time", "seconds, since 1970 or since the start"},
    {"train/loss", "the training loss"},
    {"val/loss", "the validation loss; val/loss/NAME for several sets"},
    {"test/loss", "the loss on test data"},
    {"train/accuracy", "the training accuracy, from 0 to 1 or in percent"},
    {"val/accuracy", "the validation accuracy"},
    {"test/accuracy", "the accuracy on test data"},
    {"loss/data", "the part of the training loss that comes from data"},
    {"loss/regularization", "the part of it that comes from regularization"},
    {"lr", "the learning rate"},
    {"momentum", "the momentum"},
    {"batch_size", "samples in a step"},
    {"throughput", "samples, tokens or steps in a second"},
    {"grad_norm", "the norm of the whole gradient"},
    {"grad_cosine", "the cosine of successive gradients"},
    {"grad_noise_scale", "the gradient noise scale"},
    {"grad_clip_fraction", "how often the gradient was clipped"},
    {"lambda_max", "the largest eigenvalue of the Hessian"},
    {"decrease_ratio", "actual over predicted decrease of the loss"},
    {"grad_norm/NAME", "of a tensor or layer: the norm of its gradient"},
    {"param_norm/NAME", "the norm of its parameters"},
    {"param_std/NAME", "their standard deviation"},
    {"update_norm/NAME", "the norm of its updates"},
    {"update_ratio/NAME", "the norm of its updates over that of its parameters"},
    {"weight_noise/NAME", "how noisy its filters look"},
    {"act_mean/NAME", "the mean of its outputs"},
    {"act_std/NAME", "their standard deviation"},
    {"act_zero_fraction/NAME", "the fraction of them that is 0"},
    {"act_dead_fraction/NAME", "the fraction of units that are 0 for all samples"},
    {"act_saturated_fraction/NAME", "the fraction of units that are saturated"},
};

size_t clino_role_count(void) { return sizeof roles / sizeof roles[0]; }

const clino_role *clino_role_at(size_t i) { return i < clino_role_count() ? &roles[i] : NULL; }
