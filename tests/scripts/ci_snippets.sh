#!/bin/sh
# The configurations of CI systems in the pages are what these systems take: YAML, each step of GitHub Actions with one
# of "run" and "uses", each line of a GitLab script a string (a stray ": " would make it a table). That their commands
# run is docs_examples.sh's to see.
set -u
python3 -c 'import yaml' 2>/dev/null || { echo "python3 with yaml is not here"; exit 77; }
python3 - README.md docs/*.md <<'END'
import re, sys, yaml

failed, seen = 0, {"GitHub": 0, "GitLab": 0, "steps": 0}

def bad(page, what):
    global failed
    failed = 1
    print(f"FAIL ci_snippets: {page}: {what}")

def steps(page, list_of_steps):
    for step in list_of_steps:
        seen["steps"] += 1
        if ("run" in step) == ("uses" in step):
            bad(page, f"a step needs either run or uses: {step}")
        for key in set(step) - {"name", "run", "uses", "with", "if", "id", "env", "continue-on-error", "shell"}:
            bad(page, f"a step knows no {key}")
        if not isinstance(step.get("run", ""), str):
            bad(page, f"run is no text: {step}")
        if "uses" in step and not re.fullmatch(r"[\w.-]+/[\w./-]+@v\d+", step["uses"]):
            bad(page, f"an action without its version: {step['uses']}")

for page in sys.argv[1:]:
    for block in re.findall(r"^```yaml\n(.*?)^```$", open(page).read(), re.M | re.S):
        try:
            root = yaml.safe_load(block)
        except yaml.YAMLError as error:
            bad(page, error)
            continue
        if isinstance(root, list):
            steps(page, root)
        elif "jobs" in root:
            seen["GitHub"] += 1
            for job in root["jobs"].values():
                if "runs-on" not in job:
                    bad(page, "a job without runs-on")
                steps(page, job["steps"])
        else:
            for job in root.values():
                seen["GitLab"] += 1
                for key in ("before_script", "script", "after_script"):
                    for line in job.get(key, []):
                        if not isinstance(line, str):
                            bad(page, f"{key}: {line} is no command")
                if "script" not in job:
                    bad(page, "a job without a script")
if not (seen["GitHub"] and seen["GitLab"]):
    bad("docs", f"a configuration is missing: {seen}")
if not failed:
    print(f"ok ci_snippets: {seen['GitHub']} of GitHub, {seen['GitLab']} of GitLab, {seen['steps']} steps")
sys.exit(failed)
END
