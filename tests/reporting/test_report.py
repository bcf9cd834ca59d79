import json
import re
import shutil
from html.parser import HTMLParser

import pytest

from primase.core.errors import ManifestError
from primase.core.files import read_json, write_json
from primase.reporting import Report, render_report
from primase.reporting.report import SCRIPT
from primase.reporting.svg import PALETTE

TASKS = ("binary", "multiclass", "multilabel", "regression")
VOID = {"meta", "br", "hr", "img", "input", "link"}
CLOSED_IN_SVG = {"path", "rect", "circle"}


class Checker(HTMLParser):
    """Reads a page strictly: every element closed in order, ids unique, links inside the page."""

    def __init__(self) -> None:
        super().__init__()
        self.stack, self.ids, self.links, self.words, self.scripts = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        assert len(values) == len(attrs), f"<{tag}> repeats an attribute"
        if "id" in values:
            self.ids.append(values["id"])
        for name in ("href", "src", "srcset", "data", "action", "xlink:href"):
            if values.get(name):
                self.links.append(values[name])
        assert not [name for name in values if name.startswith("on")]
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in CLOSED_IN_SVG

    def handle_endtag(self, tag):
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop() == tag

    def handle_data(self, data):
        inside = self.stack[-1] if self.stack else ""
        if inside == "script":
            self.scripts.append(data)
        elif inside != "style":
            self.words.append(data)


def read(page: str) -> tuple[Checker, str]:
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.stack == []
    return checker, re.sub(r"\s+", " ", " ".join(checker.words))


@pytest.fixture(scope="module")
def runs(make_run):
    return {task: make_run(task) for task in TASKS}


@pytest.mark.parametrize("task", TASKS)
def test_page_is_well_formed_and_complete_in_itself(runs, task):
    page = render_report(runs[task])
    checker, _ = read(page)
    assert len(checker.ids) == len(set(checker.ids))
    assert all(link.startswith("#") and link[1:] in checker.ids for link in checker.links)
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@import|url\(", page)
    assert checker.scripts == [SCRIPT]
    assert len(page.encode()) < 3_000_000


@pytest.mark.parametrize("task", TASKS)
def test_chapters_stand_in_order_with_the_verdict_first(runs, task):
    page = render_report(runs[task])
    places = [
        page.index(f'<section id="{name}"')
        for name in ("verdict", "data", "model", "evaluation", "explanation", "reproduce")
    ]
    assert places == sorted(places)
    assert page.index("The deep model beats the baseline") < places[1]


def test_numbers_of_the_files_stand_in_the_page(runs):
    _, words = read(render_report(runs["binary"]))
    for found in ("0.981", "0.969 to 0.991", "+0.051", "p < 0.001", "6,226", "1,568", "learning rate", "0.470",
                  "sequences.txt", "ab" * 32, "Zou et al.", "resembles CTCF MA0139.2 (q = 0.02)", "from 30 seqlets",
                  "The explanation passed its checks.", "primase run sequences.txt --labels labels.txt",
                  "The dinucleotides alone tell the label", "Overfitting: after epoch 18"):  # fmt: skip
        assert found in words, found


@pytest.mark.parametrize(("task", "wanted", "unwanted"), [
    ("binary", ("ROC curve", "confusion matrix", "reliability curve", "motif motif_1"), ("predicted against measured",)),
    ("multiclass", ("ROC curve", "confusion matrix", "Class by class"), ("predicted against measured",)),
    ("multilabel", ("ROC curve", "Class by class", "examples with each label", "membrane: true (row)"), ("predicted against",)),
    ("regression", ("predicted against measured: activity", "values of activity", "Pearson r"), ("ROC curve", "confusion matrix", "reliability")),
])  # fmt: skip
def test_figures_fit_the_task(runs, task, wanted, unwanted):
    page = render_report(runs[task])
    body = page[: page.index("What the words mean")]
    for title in wanted:
        assert title in body, title
    for title in unwanted:
        assert title not in body, title


@pytest.mark.parametrize("task", TASKS)
def test_ten_surest_and_ten_worst_examples_are_drawn(runs, task):
    page = render_report(runs[task])
    worst = page.index("The examples that it got most wrong")
    assert page[worst:].count('<article class="card">') == 10
    assert page[page.index("One example, closely") : worst].count('<article class="card">') == 11


@pytest.mark.parametrize(
    ("low", "high", "metric", "badge"),
    [(0.01, 0.1, "auroc", "Better than the baseline"), (-0.01, 0.1, "auroc", "Level with the baseline"),
     (-0.2, -0.1, "auroc", "Worse than the baseline"), (-0.2, -0.1, "log_loss", "Better than the baseline")],
)  # fmt: skip
def test_badge_follows_the_interval_of_the_difference(make_run, low, high, metric, badge):
    folder = make_run("binary", rows=60)
    evaluation = read_json(folder / "evaluation.json")
    evaluation["comparison"] = [
        {"metric": metric, "against": "kmer", "difference": (low + high) / 2, "low": low, "high": high, "p": 0.04}
    ]
    write_json(folder / "evaluation.json", evaluation | {"primary": metric})
    page = render_report(folder)
    assert f'<p class="badge">{badge}</p>' in page


def test_a_failed_check_of_the_explanation_is_a_warning(make_run):
    folder = make_run("binary", rows=60)
    write_json(folder / "sanity.json", read_json(folder / "sanity.json") | {"passed": False})
    assert "do not trust the motifs" in render_report(folder)


STEPS = {
    "explanation": ("attributions.h5", "sanity.json", "motifs.tsv", "motifs.meme"),
    "evaluation": ("evaluation.json", "predictions.parquet"),
    "model": ("history.csv", "model"),
    "data": ("dataset",),
}


def test_a_step_that_is_not_done_is_left_out(make_run):
    folder = make_run("binary", rows=60)
    left = ["data", "model", "evaluation", "explanation"]
    for chapter, files in STEPS.items():
        for name in files:
            shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()
        left.remove(chapter)
        page = render_report(folder)
        read(page)
        assert re.findall(r'<section id="(\w+)" class="chapter"', page) == [*left, "reproduce"]
    assert "Not evaluated yet" in page


@pytest.mark.parametrize(
    "name",
    [
        "motifs.tsv",
        "motifs.meme",
        "sanity.json",
        "predictions.parquet",
        "recipe.toml",
        "history.csv",
        "attributions.h5",
    ],
)
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_any_one_file_may_be_absent(runs, tmp_path, name, task):
    folder = tmp_path / "run"
    shutil.copytree(runs[task], folder)
    (folder / name).unlink()
    read(render_report(folder))


def test_no_motif_found_is_said(make_run):
    folder = make_run("binary", rows=60)
    (folder / "motifs.tsv").write_text("motif\tconsensus\tn_seqlets\tmatch_id\tmatch_name\tp_value\tq_value\n")
    (folder / "motifs.meme").write_text("MEME version 4\n")
    assert "No stretch of letters recurred" in render_report(folder)


def test_protein_has_attributions_but_no_motifs(make_run, protein):
    page = render_report(make_run("multiclass", alphabet=protein, rows=60))
    assert "letters of chr1" in page
    assert "<h3>Motifs</h3>" not in page


EVIL = "<script>alert('x')</script>\"'&"


def test_what_the_data_say_is_never_markup(make_run):
    folder = make_run("binary", names=("no", EVIL.replace("/", "")), rows=60)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["facts"] |= {
        "command": EVIL,
        "notes": [EVIL],
        "why_system": EVIL,
        "diagnosis": [EVIL],
        "name": EVIL,
        "version": EVIL,
    }
    manifest["facts"]["layers"][0]["name"] = EVIL
    write_json(folder / "manifest.json", manifest)
    dataset = json.loads((folder / "dataset/manifest.json").read_text())
    dataset["facts"]["sources"] = {EVIL: EVIL}
    dataset["facts"]["audit"]["warnings"] = [EVIL]
    dataset["facts"]["audit"]["shortcuts"] = {EVIL: {"score": 0.7, "metric": "auroc"}}
    write_json(folder / "dataset/manifest.json", dataset)
    evaluation = read_json(folder / "evaluation.json") | {"verdict": EVIL, "system": EVIL}
    evaluation["baselines"][EVIL] = evaluation["baselines"].pop("kmer")
    evaluation["curves"]["roc"] = {EVIL: evaluation["curves"]["roc"].popitem()[1], "b": {"fpr": [0, 1], "tpr": [0, 1]}}
    write_json(folder / "evaluation.json", evaluation)
    (folder / "recipe.toml").write_text(f"# {EVIL}\n</pre>")
    motifs = (folder / "motifs.tsv").read_text()
    (folder / "motifs.tsv").write_text(motifs.replace("CTCF", EVIL))
    page = render_report(folder)
    checker, words = read(page)
    assert checker.scripts == [SCRIPT]
    assert "<script>alert" not in page
    assert words.count("<script>alert('x')") >= 9


def test_policy_allows_the_one_script_by_its_digest(runs):
    page = render_report(runs["binary"])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'")
    assert "'unsafe-inline'" not in policy.split("script-src")[1]


def test_style_sheet_knows_every_colour_of_the_palette_in_light_and_dark(runs):
    style = re.search(r"<style>(.*?)</style>", render_report(runs["binary"]), re.S)[1]
    light, dark = style.split("prefers-color-scheme: dark", 1)
    for name, value in PALETTE.items():
        assert f"--{name}: {value};" in light, name
        assert f"--{name}: #" in dark, name
        assert f".fill-{name} {{ fill: var(--{name}); }} .line-{name} {{ stroke: var(--{name}); }}" in style


def test_page_is_the_same_each_time(runs):
    assert render_report(runs["multiclass"]) == render_report(runs["multiclass"])


def test_long_sequences_and_many_classes_stay_small(make_run):
    names = tuple(f"class_{number}" for number in range(40))
    page = render_report(make_run("multiclass", names=names, rows=300, length=2000))
    read(page)
    assert len(page.encode()) < 3_000_000


def test_a_folder_that_is_no_run_is_an_error(tmp_path):
    with pytest.raises(ManifestError, match="manifest"):
        render_report(tmp_path)


def test_report_saves_and_shows_itself(tmp_path):
    report = Report('<p title="x">')
    assert report.save(tmp_path / "r.html").read_text() == report.html
    assert 'srcdoc="&lt;p title=&quot;x&quot;&gt;"' in report._repr_html_()
