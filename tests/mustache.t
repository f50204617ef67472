#!/usr/bin/env python3
"""Every case of the Mustache specification's core modules (tests/mustache/) through `relais render`, and its errors."""
import glob
import json
import os
import subprocess
import sys
import tempfile

RELAIS = os.path.abspath(os.path.join(os.environ.get("BUILD", "build"), "relais"))
count = failed = 0


def check(label, good, why=""):
    global count, failed
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {label}")
    if not good:
        failed += 1
        for line in str(why).splitlines():
            print(f"#   {line}")


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text.encode())
    return path


def render(folder, template, data, partials=None, options=()):
    command = [RELAIS, "render", write(folder, "template.mustache", template), write(folder, "data.json", data), *options]
    if partials is not None:
        for name, text in partials.items():
            write(folder, f"partials/{name}.mustache", text)
        command += ["--partials", os.path.join(folder, "partials")]
    return subprocess.run(command, capture_output=True, timeout=60, cwd=folder)


for module in sorted(glob.glob("tests/mustache/*.json")):
    with open(module, encoding="utf-8") as file:
        cases = json.load(file)["tests"]
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            got = render(folder, case["template"], json.dumps(case["data"]), case.get("partials"))
        check(f"{os.path.basename(module)}: {case['name']}",
              got.returncode == 0 and got.stdout == case["expected"].encode() and not got.stderr,
              f"{case['desc']}\nwant {case['expected']!r}\ngot  {got.stdout!r} {got.stderr!r}")

FAULTS = [
    ("never closed", "a\n  {{#b}}\n", {}, "template.mustache:2:3 :"),
    ("closed without being opened", "é {{/b}}", {}, "template.mustache:1:3 :"),
    ("closed in the wrong order", "{{#a}}\n{{#b}}\n{{/a}}{{/b}}", {}, "template.mustache:3:1 :"),
    ("tag never closed", "x\ny {{name", {}, "template.mustache:2:3 :"),
    ("tag without a name", "{{ }}", {}, "template.mustache:1:1 :"),
    ("bad delimiters", "{{=<%=}}", {}, "template.mustache:1:1 :"),
    ("fault in a partial", "{{>p}}", {"p": "\n {{#x}}"}, "p:2:2 :"),
    ("a partial that calls itself for ever", "{{>p}}", {"p": "x{{>p}}"}, "p:1:2 :"),
    ("51 sections deep", "{{#a}}" * 51 + "{{/a}}" * 51, {}, "template.mustache:1:301 :"),
]
for label, template, partials, place in FAULTS:
    with tempfile.TemporaryDirectory() as folder:
        got = render(folder, template, "{}", partials)
    check(f"{label}: exit 2, nothing on standard output, place named",
          got.returncode == 2 and not got.stdout and place in got.stderr.decode(), got)

with tempfile.TemporaryDirectory() as folder:
    got = render(folder, "{{#a}}", "{}", options=("--format", "json"))
    error = json.loads(got.stdout)["error"]
    check("with --format json the error is an object", got.returncode == 2 and error["code"] == "MUSTACHE"
          and error["line"] == 1 and error["file"].endswith("template.mustache"), got.stdout)
    got = render(folder, "x", "{")
    check("data that is not JSON names its file and line", got.returncode == 2 and b"data.json:1" in got.stderr, got)
    got = subprocess.run([RELAIS, "render", os.path.join(folder, "absent"), os.path.join(folder, "data.json")],
                         capture_output=True)
    check("a template that is not there", got.returncode == 2 and b"absent" in got.stderr, got)
    write(folder, "secret.mustache", "secret")
    got = render(folder, "[{{>../secret}}]", "{}", {})
    check("a partial's name does not leave its folder", got.stdout == b"[]", got)
    got = render(folder, "{{a}} {{b}} {{c}} {{d}} {{e.f}}", json.dumps({"a": 0.1, "b": 1e300, "c": -3, "d": True, "e": {}}))
    check("numbers and truths as text", got.stdout == b"0.1 1e+300 -3 true ", got)

print(f"1..{count}")
sys.exit(failed > 0)
