for setting in overfitting overfitting=3 overfitting.=3 .loss=3 overfitting.loss= overfiting.loss=3 overfitting.los=3 \
    overfitting.loss=five overfitting.loss=1,5 overfitting.loss=nan overfitting.loss=-1; do
  diagnose --set "$setting" tests/cli/healthy.csv; echo "$setting $?"
done
