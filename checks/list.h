/* All checks, in the order in which they run and are listed: X(NAME), for clino__check_NAME in checks/NAME.c. Faults of
 * the log come first: what follows is judged in their light. */
X(log_integrity)
X(nonfinite)
X(initial_loss)
X(loss_not_decreasing)
X(train_val_gap)
X(overfitting)
X(update_ratio)
X(dead_units)
X(saturated_units)
