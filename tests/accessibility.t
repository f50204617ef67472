#!/usr/bin/env python3
"""The HTML parts of the nine French messages judged by axe-core in headless Chromium, light and dark. Optional: skips where
Chromium (package chromium) or axe-core (npm install --prefix build axe-core; or RELAIS_AXE=…/axe.min.js) is not there."""
import glob
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import check, finish, skip_all

BUILD = os.environ.get("BUILD", "build")
PLACES = [os.environ.get("RELAIS_AXE", ""), f"{BUILD}/node_modules/axe-core/axe.min.js", "node_modules/axe-core/axe.min.js",
          "/usr/share/nodejs/axe-core/axe.min.js"]
axe = next((place for place in PLACES if place and os.path.exists(place)), None)
chromium = shutil.which("chromium")
if not chromium:
    skip_all("chromium absent : apt-get install chromium")
if not axe:
    skip_all("axe-core absent : npm install --prefix build axe-core")

# axe looks at the page as it is shown; what it finds goes where --dump-dom can read it. Best practices are asked for too.
RUN = """<script>%s</script><script>
axe.run(document, {resultTypes: ["violations", "incomplete"]}).then(function (found) {
  var said = {dark: matchMedia("(prefers-color-scheme: dark)").matches, passes: found.passes.length,
    violations: found.violations.map(function (one) { return one.id + ": " + one.nodes.map(function (n) { return n.html; }).join(" | "); }),
    incomplete: found.incomplete.map(function (one) { return one.id; }), width: document.documentElement.scrollWidth > innerWidth};
  var pre = document.createElement("pre"); pre.id = "axe-said"; pre.textContent = JSON.stringify(said); document.body.appendChild(pre);
}, function (error) { document.body.appendChild(document.createTextNode("axe: " + error)); });
</script></body>"""


def judged(page, dark):
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
               f"--blink-settings=preferredColorScheme={0 if dark else 1}", "--window-size=360,800", f"--user-data-dir={page}.profile",
               "--virtual-time-budget=20000", "--dump-dom", "file://" + page]
    said = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    found = re.search(r'<pre id="axe-said">(.*?)</pre>', said.stdout, re.S)
    return json.loads(html.unescape(found.group(1))) if found else {"violations": [said.stdout[-500:] + said.stderr[-500:]]}


with open(axe, encoding="utf-8") as file:
    script = RUN % file.read()
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([f"{BUILD}/tests/tool_french", folder], check=True)
    pages = sorted(glob.glob(f"{folder}/*.html"))
    check("nine HTML parts", len(pages) == 9, pages)
    for page in pages:
        with open(page, encoding="utf-8") as file:
            text = file.read()
        with open(page, "w", encoding="utf-8") as file:
            file.write(text.replace("</body>", script))
        for dark in (False, True):
            said = judged(page, dark)
            name = f"{os.path.basename(page)}, {'dark' if dark else 'light'}"
            good = said["violations"] == [] and said.get("dark") is dark and said.get("passes", 0) >= 10 and not said.get("incomplete")
            check(f"{name}: no violation, {said.get('passes')} rules passed", good and not said.get("width"), json.dumps(said, indent=1))
finish()
