#!/bin/sh
# The adapters: a wrong gradient makes the program fail, and the framework's own report names the worst entry.
set -u
bin=${BUILD:-build}/tests/must_fail
expect() { # program, text
  if out=$("$bin/$1" 2>&1); then
    echo "$1 ended with status 0"; exit 1
  fi
  case $out in *"$2"*) ;; *) echo "$1 does not say '$2':"; echo "$out"; exit 1 ;; esac
}
expect wrong_gradient_cunit 'gradcheck: fail: fc1.W[1,2]: analytic -4.95201, numeric 4.95201'
expect wrong_gradient_cunit 'asserts      1      1      0      1'
expect wrong_gradient_assert 'wrong_gradient_assert.c:17: gradcheck: fail: x[0]: analytic -0.5, numeric -1.5708'
expect wrong_layer_cunit 'gradcheck: fail: square: x[2]: analytic'
expect wrong_layer_cunit 'asserts      5      5      3      2'
expect wrong_layer_assert 'wrong_layer_assert.c:9: gradcheck: fail: square: x[2]: analytic'
expect wrong_step_assert 'wrong_step_assert.c:36: stepcheck: fail: adam: the bias correction is missing'
expect wrong_step_cunit 'stepcheck: fail: gradient-descent: the gradient has the wrong sign'
expect wrong_step_cunit 'initcheck: fail: fc1.W: '
expect wrong_step_cunit 'asserts      2      2      0      2'
expect sick_run_cunit 'diagnose: fail: tiny-subset-overfit: 20 samples are not fitted'
expect sick_run_cunit 'diagnose: fail: dead-units: 70.98% of the units of fc1 are dead'
expect sick_run_cunit 'diagnose: warn: dead-units: 70.98% of the units of fc1 are dead'
expect sick_run_cunit 'diagnose: skip: vanishing-gradient: no grad_norm/NAME was logged'
expect sick_run_cunit 'diagnose could not run: no check "no-such-check"'
expect sick_run_cunit 'diagnose: skip: nothing was judged'
expect sick_run_cunit 'asserts      9      9      3      6'
expect sick_run_assert 'sick_run_assert.c:12: diagnose: warn: dead-units: '
