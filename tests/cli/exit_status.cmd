# Where several hold: 2, then 3, then 1.
say() { echo "$? $1"; }
cd tests/cli
diagnose --quiet healthy.csv > /dev/null; say clean
diagnose overfit.csv > /dev/null; say findings
diagnose gone.csv > /dev/null; say unreadable
diagnose overfit.csv healthy.csv > /dev/null; say 'findings in one of two'
diagnose gone.csv overfit.csv > /dev/null; say 'unreadable, findings'
diagnose overfit.csv gone.csv > /dev/null; say 'findings, unreadable'
diagnose --fail-on never overfit.csv gone.csv > /dev/null; say 'unreadable, whatever --fail-on'
diagnose --output nowhere/x gone.csv overfit.csv 2> /dev/null; say 'not written, unreadable, findings'
diagnose --format pdf gone.csv overfit.csv 2> /dev/null; say 'usage, unreadable, findings'
