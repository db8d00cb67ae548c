"""Checks reports: json and sarif against their schemas, html for being well formed and self-contained.

  check_reports.py SCHEMAS FILE...    the kind of each file is what its name ends with
Prints FILE: what is wrong, exits with 1 where anything is. Needs jsonschema.
"""
import html.parser
import json
import sys

import jsonschema

VOID = {"meta", "link", "br", "hr", "img", "input", "col"}


class Page(html.parser.HTMLParser):
    """Every element is closed in its turn, no id is given twice, every link within the page leads somewhere, and
    nothing is asked for from outside."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.wrong = [], set(), set(), []

    def handle_starttag(self, tag, attributes):
        self.look(attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.look(attributes)

    def look(self, attributes):
        for name, value in attributes:
            if name == "id":
                if value in self.ids:
                    self.wrong.append(f"two elements have the id {value}")
                self.ids.add(value)
            if name == "href" and value.startswith("#"):
                self.links.add(value[1:])
            elif name in ("src", "href") and not value.startswith("data:"):
                self.wrong.append(f"{name} leads outside: {value}")
            if name.startswith("on"):
                self.wrong.append(f"an attribute that runs: {name}")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> in line {self.getpos()[0]} closes nothing that is open")

    def problems(self):
        self.close()
        missing = [f"no element has the id {i}" for i in sorted(self.links - self.ids)]
        return self.wrong + missing + [f"<{tag}> is not closed" for tag in self.open]


def html_problems(text):
    page = Page()
    page.feed(text)
    return page.problems()


def schema_problems(validator, report):
    return [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(report)]


def sarif_problems(validators, log):
    found = [p for v in validators for p in schema_problems(v, log)]
    rules = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    for result in log["runs"][0]["results"]:
        if rules[result["ruleIndex"]] != result["ruleId"]:
            found.append(f"ruleIndex of {result['ruleId']}")
    return found


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def load(folder, name):
    with open(f"{folder}/{name}", encoding="utf-8") as file:
        schema = json.load(file)
    return jsonschema.validators.validator_for(schema)(schema)


def main(schemas, names):
    ours = load(schemas, "report.json")
    sarif = [load(schemas, "sarif-2.1.0.json"), load(schemas, "sarif.json")]
    failed = False
    for name in names:
        with open(name, encoding="utf-8") as file:
            text = file.read()
        try:
            if name.endswith(".html"):
                found = html_problems(text)
            else:
                report = json.loads(text, parse_constant=no_constant)
                found = sarif_problems(sarif, report) if name.endswith(".sarif") else schema_problems(ours, report)
        except ValueError as error:
            found = [str(error)]
        for problem in found[:5]:
            failed = True
            print(f"{name}: {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
