"""What the house promises and no linter checks: light imports, sizes, state, and a page that matches the tree."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "primase"
FILES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
NAMES = [str(path.relative_to(SOURCE)) for path in FILES]


@pytest.mark.parametrize("command", ["import primase", "import primase.cli; primase.cli.main(['--help'])"])
def test_start_is_light(command):
    code = f"""
import sys, contextlib, io
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    {command}
print([name for name in ("torch", "pandas", "numpy", "numba", "scipy", "sklearn", "pyarrow") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_are_small(path):
    most = 300 if path.parent.name == "zoo" else 450
    assert len(path.read_text(encoding="utf-8").splitlines()) <= most


def calls(tree: ast.AST) -> set[str]:
    return {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_the_library_does_not_print_or_unpickle(path):
    assert not calls(TREES[path]) & {"print", "exit", "quit", "eval", "exec"}
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\bimport pickle\b|torch\.load\(|np\.load\([^)]*allow_pickle=True", text)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_no_module_level_mutable_state_is_written(path):
    """Module-level dicts and lists are tables: nothing in the file changes them."""
    tree = TREES[path]
    tables = {
        target.id
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, (ast.Dict, ast.List, ast.Set))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            changing = {"append", "extend", "update", "setdefault", "add", "pop", "clear", "insert"}
            assert not (node.func.value.id in tables and node.func.attr in changing), node.lineno
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                    local = any(
                        isinstance(parent, ast.FunctionDef) and target in ast.walk(parent) for parent in ast.walk(tree)
                    )
                    assert target.value.id not in tables or not local, node.lineno


OURS = {"PrimaseError", "FormatError", "ShapeError", "SplitError", "ManifestError"}
RAISES = [
    (name, node)
    for name, path in zip(NAMES, FILES, strict=True)
    for node in ast.walk(TREES[path])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OURS
]


@pytest.mark.parametrize(("name", "node"), RAISES, ids=[f"{name}:{node.lineno}" for name, node in RAISES])
def test_every_error_says_how_to_fix_it(name, node):
    assert any(keyword.arg == "fix" for keyword in node.keywords)


def test_most_errors_show_the_offending_value():
    shown = [
        any(isinstance(part, ast.FormattedValue) for arg in node.args for part in ast.walk(arg)) for _, node in RAISES
    ]
    assert sum(shown) / len(shown) >= 0.8


def test_architecture_page_names_every_folder():
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for folder in SOURCE.iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            assert f"{folder.name}/" in page, folder.name
    named = set(re.findall(r"^    ([a-z_]+)/ ", page, re.MULTILINE))
    assert {name for name in named if not (SOURCE / name).is_dir() and not (ROOT / name).is_dir()} == set()


def test_no_large_binary_but_the_picture():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    for name in listed:
        path = ROOT / name
        if path.is_file() and name != "docs/report.png" and b"\0" in path.read_bytes()[:8192]:
            assert path.stat().st_size <= 200_000, name
