#!/bin/sh
# The HTML report in a browser: in headless Chromium it renders without a message on the console, its charts are drawn,
# the findings are there, names in a log are shown and not run. Skipped, with a word, where there is no Chromium.
set -u
BUILD=${BUILD:-build}
diagnose=$BUILD/diagnose
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
  { echo "chromium is not here"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

fail() { echo "FAIL html: $1"; failed=1; }

# expect FILE TEXT...: what must be in the page as the browser has it
expect() {
  file=$1; shift
  for text; do grep -qF -- "$text" "$work/$file.dom" || fail "$file: '$text' is not there"; done
}

# look NAME: the page as the browser has it, in NAME.dom, without a word on its console
look() {
  HOME=$work timeout 120 "$browser" --headless=new --no-sandbox --disable-gpu --user-data-dir="$work/profile" \
    --virtual-time-budget=3000 --enable-logging=stderr --v=0 --window-size=1200,4000 --dump-dom \
    "file://$work/$1.html" > "$work/$1.dom" 2> "$work/$1.err"
  [ -s "$work/$1.dom" ] || { echo "the browser does not start here: $(tail -1 "$work/$1.err")"; exit 77; }
  grep CONSOLE "$work/$1.err" && fail "$1: messages on the console"
}

page() { # NAME RUN...
  name=$1; shift
  "$diagnose" --format html --output "$work/$name.html" "$@" > /dev/null 2>&1
  [ "$?" -le 3 ] && [ -s "$work/$name.html" ] || fail "$name: diagnose wrote no page"
  look "$name"
}

page overfit tests/cli/overfit.csv
expect overfit 'data-verdict="fail"' 'id="run1-finding1"' 'overfitting' 'steps 2800 to 10000' '<svg xmlns'

awk 'BEGIN {
  print "step,train_loss,val_loss,<script>document.title=1</script>,\"</script><img src=x onerror=alert(1)>\""
  for (i = 0; i < 20000; i++) printf "%d,%g,%g,%g,%g\n", i, 2.3 / (1 + i / 500), i == 7777 ? "nan" : 2.5 / (1 + i / 500), i % 7, i
}' > "$work/hostile.csv"
page hostile "$work/hostile.csv"
expect hostile 'data-verdict="fail"' '&lt;script&gt;document.title=1&lt;/script&gt;'
grep -q '<img' "$work/hostile.dom" && fail 'hostile: a name of the log became an element'
grep -q '<title>1</title>' "$work/hostile.dom" && fail 'hostile: a name of the log was run'

page several tests/cli/overfit.csv tests/cli/healthy.csv tests/cli/nan.csv
expect several 'id="run3"' 'class="runs"'

printf '#{"batch_size":"32"}\n' | cat - tests/cli/healthy.csv > "$work/small.csv"
page compared --compare tests/cli/overfit.csv "$work/small.csv"
expect compared 'Side by side' 'best of 2 runs' 'id="run0-chart1"' 'class="settings"'

page images tests/cli/images.tfevents
expect images '<h3>Images</h3>' 'src="data:image/png;base64,' 'alt="images/conv1, step 0"' 'step 60</span>'

if grep -q 'dygraphs is MIT' "$work/overfit.html"; then
  expect overfit 'class="chart first drawn"'
  expect hostile 'class="chart first drawn"'
fi
[ "$failed" -eq 0 ] && echo "ok html: 5 pages"
exit $failed
