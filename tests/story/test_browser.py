"""The report in a real browser: headless Chromium, on a phone and on a desk, light and dark, and printed."""

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from primase.core.alphabet import DNA
from primase.reporting import render_report
from primase.reporting.report import SCRIPT
from reporting.run_folder import NAMES, make_examples, write_run

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE, DESK = 360, 1280
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium: apt-get install chromium"),
]

# What a reader meets, measured in the page itself. Text is measured as it is shown: figures are scaled.
MEASURE = """
var said = [];
function visible(e) { return e.checkVisibility() && e.getClientRects().length > 0; }
document.querySelectorAll('text, p, dd, dt, td, th, li, figcaption, summary').forEach(function (e) {
  if (!visible(e) || !e.textContent.trim()) return;
  var scale = e.ownerSVGElement ? Math.abs(e.getScreenCTM().a || e.getScreenCTM().b) : 1;
  said.push(parseFloat(getComputedStyle(e).fontSize) * scale);
});
var sideways = 0;
document.querySelectorAll('main *').forEach(function (e) {
  if (e.closest('.scroll, .drawing, pre, svg') && !e.matches('.scroll, .drawing, pre')) return;
  if (visible(e)) sideways = Math.max(sideways, e.getBoundingClientRect().right);
});
parent.document.title = JSON.stringify({
  width: innerWidth, sideways: Math.round(Math.max(sideways, document.documentElement.scrollWidth)),
  smallest: Math.min.apply(null, said), texts: said.length,
  ground: getComputedStyle(document.body).backgroundColor,
  ink: getComputedStyle(document.body).color,
  base: getComputedStyle(document.querySelector('.fill-A')).fill
});
"""


def browse(page: Path, profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert BROWSER is not None
    command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", "--enable-logging=stderr", *arguments, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    write_run(folder / "run", make_examples("binary", NAMES["binary"], DNA, rows=300, length=180))
    path = folder / "report.html"
    path.write_text(render_report(folder / "run"), encoding="utf-8")
    return path


def measure(page: Path, tmp_path: Path, width: int, *flags: str) -> dict[str, Any]:
    """Measure the page in a frame of some width: a window of the browser is never narrower than 500 pixels."""
    html = page.read_text(encoding="utf-8").replace(SCRIPT, MEASURE)
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    probe = tmp_path / "probe.html"
    style = f"width:{width}px;height:900px;border:0"
    frame = f'<iframe style="{style}" srcdoc="{escape(html)}"></iframe>'
    probe.write_text(f'<meta charset="utf-8"><title>none</title>{frame}', encoding="utf-8")
    shown = browse(probe, tmp_path / "profile", "--window-size=1400,900", *flags, "--dump-dom").stdout
    title = re.search(r"<title>(\{.*?\})</title>", shown)
    assert title, shown[:500]
    return json.loads(unescape(title[1]))


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_text_is_readable_and_nothing_hangs_over_the_edge(page, tmp_path, width):
    found = measure(page, tmp_path, width)
    assert int(found["width"]) == width
    assert int(found["sideways"]) <= width
    assert float(found["smallest"]) >= 8.5  # pixels, tick labels of the figures included
    assert int(found["texts"]) > 100


def rgb(words: str) -> list[int]:
    return [int(value) for value in re.findall(r"\d+", words)[:3]]


def test_dark_mode_turns_page_and_figures(page, tmp_path):
    light = measure(page, tmp_path, DESK)
    dark = measure(page, tmp_path, DESK, "--blink-settings=preferredColorScheme=0")
    assert sum(rgb(light["ground"])) > 600 > sum(rgb(light["ink"]))
    assert sum(rgb(dark["ground"])) < 150 < sum(rgb(dark["ink"]))
    assert rgb(light["base"]) == [16, 150, 72]
    assert sum(rgb(dark["base"])) > sum(rgb(light["base"]))


def test_page_runs_its_own_script_and_breaks_no_rule_of_its_own(page, tmp_path):
    shown = browse(page, tmp_path / "profile", "--dump-dom")
    assert "CONSOLE" not in shown.stderr, shown.stderr
    assert '<button class="copy" type="button">' in shown.stdout


def test_injected_script_does_not_run(page, tmp_path):
    evil = tmp_path / "evil.html"
    html = page.read_text(encoding="utf-8")
    evil.write_text(html.replace("<main>", "<main><script>document.title='owned'</script>"), encoding="utf-8")
    assert "<title>owned" not in browse(evil, tmp_path / "profile", "--dump-dom").stdout


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_screenshot_has_ink_on_it(page, tmp_path, width):
    picture = tmp_path / "page.png"
    browse(page, tmp_path / "profile", f"--window-size={width},2000", f"--screenshot={picture}")
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert picture.stat().st_size > 40_000  # an empty page of this size has under 20 kB


def test_page_prints(page, tmp_path):
    printed = tmp_path / "page.pdf"
    browse(page, tmp_path / "profile", f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    data = printed.read_bytes()
    assert data[:5] == b"%PDF-"
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", data)) <= 40
