try() { printf "$@" > "$TMP/clino.ini"; diagnose --config "$TMP/clino.ini" tests/cli/healthy.csv 2>&1 | sed "s|$TMP|TMP|"; }
try 'loss = softmax\n\nclases = 10\n'
try '# fine\nloss = sofmax\n'
try 'classes = ten\n'
try 'output = x\n'
try '[sets]\noverfitting.x = 1\n'
try '[set]\noverfitting.nothing = 1\n'
try 'assert = val/loss <\n'
try 'quiet = perhaps\n'
try 'quiet = yes\nverbose = yes\n'
try 'check = nonfinite\nno equals sign\n'
try "$(printf 'assert = val/loss < %%0200d' 7)\n"
diagnose --config "gone.ini" tests/cli/healthy.csv; echo "$?"
diagnose --config '' tests/cli/healthy.csv; echo "$?"
