/* clino.h - all of libclino in one include. File formats and reports (clino/io.h, clino/report.h) belong to libclino-io
 * and are included on their own, as are the test adapters in clino/test/. */
#ifndef CLINO_H
#define CLINO_H

#include "clino/activation.h"
#include "clino/check.h"
#include "clino/contour.h"
#include "clino/dynamics.h"
#include "clino/explain.h"
#include "clino/finding.h"
#include "clino/gap.h"
#include "clino/gradcheck.h"
#include "clino/hessian.h"
#include "clino/init.h"
#include "clino/initcheck.h"
#include "clino/initial_loss.h"
#include "clino/layer.h"
#include "clino/loss.h"
#include "clino/optimizer.h"
#include "clino/plot.h"
#include "clino/point.h"
#include "clino/progress.h"
#include "clino/record.h"
#include "clino/run.h"
#include "clino/schedule.h"
#include "clino/sink.h"
#include "clino/statistics.h"
#include "clino/status.h"
#include "clino/stepcheck.h"
#include "clino/sweep.h"
#include "clino/taylor.h"
#include "clino/tensor.h"
#include "clino/trace.h"
#include "clino/update_ratio.h"
#include "clino/watch.h"
#include "clino/weight_noise.h"

#endif
