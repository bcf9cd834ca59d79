"""Run what the documentation shows, and write down anew what it prints: ``python docs/refresh.py [STORY...]``.

A block of kind ``console`` holds commands (``$ ...``) and what they print; one of kind ``python`` is executed. A
comment before a block says how much of each output stands on the page: ``<!-- first 3, last 2 -->``; without one, all
of it. The pages of a story are run in one folder, one after the other. The tutorial is executed from top to bottom.

``tests/test_docs.py`` does the same and compares what is said; figures may differ from machine to machine.
"""

import io
import re
import shlex
import subprocess
import sys
import tempfile
import warnings
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from primase import cli

ROOT = Path(__file__).parents[1]
GUIDE = ("curate", "train", "evaluate", "interpret", "predict", "recipe")
STORIES = {
    "README": (ROOT / "README.md",),
    "guide": tuple(ROOT / f"docs/guide/{name}.md" for name in GUIDE),
    "genome": (ROOT / "docs" / "guide" / "genome.md",),
}
TUTORIAL = ROOT / "docs" / "tutorial.ipynb"
BLOCK = re.compile(
    r"(?:^<!-- (?:first (?P<first>\d+))?(?:, )?(?:last (?P<last>\d+))? -->\n)?"
    r"^```(?P<kind>console|python)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def call(command: str) -> str:
    """Return what a command prints, on both streams; primase itself runs in this process."""
    if not command.startswith("primase "):
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
        return done.stdout + done.stderr
    printed = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(printed), redirect_stderr(printed):
        try:
            cli.main(shlex.split(command, comments=True)[1:])
        except SystemExit as end:
            if end.code not in (0, 2):
                raise RuntimeError(f"{command} ended with {end.code}: {printed.getvalue()}") from None
    return printed.getvalue()


def shorten(output: str, first: str | None, last: str | None) -> list[str]:
    """Return the first and the last lines of an output, with dots for what is left out."""
    lines = [line.rstrip() for line in output.splitlines()]
    head, tail = int(first or 0), int(last or 0)
    if (not first and not last) or len(lines) <= head + tail:
        return lines
    return [*lines[:head], "...", *lines[len(lines) - tail :]]


def render_page(text: str) -> str:
    """Run the blocks of a page in the present folder, and return the page with what they print now."""
    names: dict[str, object] = {}

    def render(block: re.Match[str]) -> str:
        if block["kind"] == "python":
            with redirect_stdout(io.StringIO()):
                exec(compile(block["body"], "a page", "exec"), names)
            return block[0]
        lines: list[str] = []
        for line in block["body"].splitlines():
            if line.startswith("$ "):
                lines += [line, *shorten(call(line[2:]), block["first"], block["last"])]
        return block[0].replace(block["body"], "\n".join(lines) + "\n")

    return BLOCK.sub(render, text)


def execute_tutorial(folder: Path) -> nbformat.NotebookNode:
    """Execute the tutorial in `folder` and return it with its output; of a figure only the drawing is kept."""
    notebook = nbformat.read(TUTORIAL, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=resources, record_timing=False).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/svg+xml" in output.get("data", {}):
                output["data"] = {"image/svg+xml": output["data"]["image/svg+xml"]}
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return notebook


def main(wanted: list[str]) -> None:
    """Refresh all stories and the tutorial, or those that are named."""
    for name, pages in STORIES.items():
        if name in wanted or not wanted:
            with tempfile.TemporaryDirectory() as folder, chdir(folder):
                for page in pages:
                    page.write_text(render_page(page.read_text(encoding="utf-8")), encoding="utf-8")
    if TUTORIAL.stem in wanted or not wanted:
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(execute_tutorial(Path(folder)), TUTORIAL)


if __name__ == "__main__":
    main(sys.argv[1:])
