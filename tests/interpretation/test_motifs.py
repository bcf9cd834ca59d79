"""Motifs: found where they are, not where they are not, and named."""

import csv
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from interpretation.known_models import Logits, Matcher, random_sequences
from primase.core.alphabet import RNA, one_hot_encode, reverse_complement
from primase.core.errors import PrimaseWarning
from primase.core.motifs import find_motif, jaspar_motifs, read_motifs
from primase.interpretation.attributions import Attributions, attribute
from primase.interpretation.motifs import COLUMNS, FoundMotif, FoundMotifs, discover_motifs, name_motifs

WORD = "CGACCGAACTCC"


def planted_word(word: str, *, rows: int = 300, length: int = 50, both: bool = False, seed: int = 0):
    """Return sequences (one-hot) with `word` in half of them, and which half."""
    rng = np.random.default_rng(seed)
    answers, texts = rng.integers(0, 2, rows), []
    for row in range(rows):
        text = "".join(rng.choice(list("ACGT"), length))
        if answers[row]:
            at = rng.integers(0, length - len(word) + 1)
            inserted = reverse_complement(word) if both and rng.random() < 0.5 else word
            text = text[:at] + inserted + text[at + len(word) :]
        texts.append(text)
    return one_hot_encode(texts), answers


class BothStrands(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, seq: Tensor) -> dict[str, Tensor]:
        return {"logits": self.model(seq)["logits"] + self.model(seq.flip(1, 2))["logits"]}


def explained(model: nn.Module, seq: np.ndarray, targets: dict[str, int] | None = None) -> Attributions:
    return attribute(model, seq, targets or {"yes": 0}, methods=["deep_lift_shap"])


@pytest.mark.parametrize("both", [False, True])
def test_the_whole_word_is_found_though_the_model_reads_a_part(both):
    seq, answers = planted_word(WORD, both=both)
    part = Matcher(WORD[3:10], threshold=3)  # sees ACCGAAC only
    why = explained(BothStrands(part) if both else part, seq)
    found = discover_motifs(why, answers={"yes": answers}, strands=1 + both)
    assert len(found) == 1
    assert found.consensus(found.motifs[0]) in (WORD, reverse_complement(WORD))
    motif = found.motifs[0]
    assert (motif.name, motif.target, motif.sign) == ("motif_1", "yes", 1)
    assert answers.sum() * 0.95 <= motif.n_seqlets <= answers.sum() * 1.05
    assert motif.association > 0.8
    assert motif.cwm.shape == motif.pfm.shape == (4, 12)
    assert np.allclose(motif.pfm.sum(0), 1)


def test_a_weak_motif_is_found():
    """TATAAT as loosely kept as in promoters of E. coli, some four bits, within ten letters of one place."""
    kept, rng = np.array([0.77, 0.88, 0.5, 0.5, 0.5, 0.9]), np.random.default_rng(3)
    codes, answers = rng.integers(0, 4, (400, 81)), np.arange(400) % 2
    word = np.array(["ACGT".index(letter) for letter in "TATAAT"])
    for row in np.flatnonzero(answers):
        at = 40 + rng.integers(0, 10)
        codes[row, at : at + 6] = np.where(rng.random(6) < kept, word, rng.integers(0, 4, 6))
    seq = np.eye(4, dtype=np.int8)[codes].transpose(0, 2, 1)
    odds = np.log2(np.where(np.arange(4)[:, None] == word, kept + (1 - kept) / 4, (1 - kept) / 4) / 0.25)
    detector = Matcher("TATAAT", threshold=0)
    detector.conv.weight.data = torch.tensor(odds * [1, 1, 0.3, 0.5, 0.3, 1], dtype=torch.float32)[None]
    detector.conv.bias.data.fill_(-1.0)
    found = discover_motifs(explained(detector, seq), answers={"yes": answers}, strands=1)
    assert [found.consensus(motif) for motif in found] == ["TATAAT"]
    assert found.motifs[0].n_seqlets > 50


def test_what_lowers_the_logit_has_the_sign():
    seq, answers = planted_word(WORD)
    model = Logits(nn.Sequential())
    model.forward = lambda seq: {"logits": -Matcher(WORD)(seq)["logits"]}
    found = discover_motifs(explained(model, seq), answers={"yes": 1 - answers})
    assert [motif.sign for motif in found] == [-1]
    assert found.motifs[0].association < -0.8


def test_a_word_that_the_answers_know_nothing_of_is_dropped():
    seq, answers = planted_word(WORD)
    why = explained(Matcher(WORD), seq)
    other = np.random.default_rng(5).permutation(answers)
    assert len(discover_motifs(why)) == 1
    assert len(discover_motifs(why, answers={"yes": other})) == 0
    assert len(discover_motifs(why, answers={"yes": np.ones(len(seq))})) == 0


def test_a_fragment_of_a_stronger_motif_is_dropped():
    seq, answers = planted_word(WORD)
    fragment = FoundMotif("m", "yes", 1, one_hot_encode(WORD[:7]).astype(float), np.zeros((4, 7)), 50)
    whole = FoundMotif("m", "yes", 1, one_hot_encode(WORD).astype(float), np.zeros((4, 12)), 50)
    from primase.interpretation.motifs import _associated

    assert len(_associated([fragment], seq, answers.astype(float), 1)) == 1
    assert [len(motif) for motif in _associated([fragment, whole], seq, answers.astype(float), 1)] == [12]


def test_an_untrained_network_teaches_nothing():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv1d(4, 16, 9), nn.ReLU(), nn.MaxPool1d(4), nn.Flatten(), nn.Linear(160, 1))
    seq = random_sequences(300, 50).numpy()
    answers = np.random.default_rng(1).integers(0, 2, 300)
    assert len(discover_motifs(explained(Logits(net), seq), answers={"yes": answers})) == 0


def test_several_targets_are_numbered_apart():
    one, first = planted_word(WORD)
    two, second = planted_word("TTGCAATGG", seed=1)
    seq = np.concatenate([one, two])
    model = Logits(nn.Sequential())
    parts = (Matcher(WORD), Matcher("TTGCAATGG"))
    model.forward = lambda seq: {"logits": torch.cat([part(seq)["logits"] for part in parts], 1)}
    why = explained(model, seq, {"a": 0, "b": 1})
    answers = {"a": np.concatenate([first, 0 * second]), "b": np.concatenate([0 * first, second])}
    found = discover_motifs(why, answers=answers, strands=1)
    assert [(m.name, found.consensus(m)) for m in found] == [("a.motif_1", WORD), ("b.motif_1", "TTGCAATGG")]


def test_motifs_taken_from_jaspar_get_their_names():
    # the matrices themselves, as if found: the parts before have their own tests
    names = ("CTCF", "GATA1", "REST")
    motifs = [find_motif(name) for name in names]
    found = FoundMotifs(
        tuple(FoundMotif(n, "t", 1, m.probabilities, m.probabilities, 99) for n, m in zip(names, motifs, strict=True))
    )
    named = name_motifs(found, jaspar_motifs("vertebrates"))
    assert [motif.match_id for motif in named] == [motif.accession for motif in motifs]
    assert all(motif.q_value < 0.01 and motif.p_value <= motif.q_value for motif in named)


def test_a_word_of_no_known_factor_gets_no_name_and_both_files_are_written(tmp_path):
    word = FoundMotif("motif_1", "t", 1, one_hot_encode(WORD).astype(float), np.zeros((4, 12)), 40)
    known = find_motif("CTCF")
    found = name_motifs(
        FoundMotifs((word, FoundMotif("motif_2", "t", 1, known.probabilities, known.probabilities, 30))),
        jaspar_motifs("vertebrates"),
    )
    assert found.motifs[0].match_id == found.motifs[0].match_name == ""
    assert found.motifs[0].q_value > 0.05
    found.save_tsv(tmp_path / "motifs.tsv")
    found.save_meme(tmp_path / "motifs.meme")
    rows = list(csv.DictReader((tmp_path / "motifs.tsv").open(), delimiter="\t"))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["consensus"] == WORD
    assert rows[1]["match_name"] == "CTCF"
    assert float(rows[1]["q_value"]) < 1e-6
    again = read_motifs(tmp_path / "motifs.meme")
    assert [(motif.accession, motif.name, motif.sites) for motif in again] == [
        ("motif_1", "motif_1", 40),
        ("motif_2", "CTCF", 30),
    ]
    assert np.allclose(again[1].probabilities, known.probabilities, atol=1e-5)


def test_few_known_motifs_are_said():
    known = find_motif("CTCF")
    found = FoundMotifs((FoundMotif("motif_1", "t", 1, known.probabilities, known.probabilities, 30),))
    with pytest.warns(PrimaseWarning, match="3 known motifs are few"):
        named = name_motifs(found, [known, find_motif("GATA1"), find_motif("REST")])
    assert named.motifs[0].match_name == "CTCF"


def test_no_motifs_make_files_all_the_same(tmp_path):
    none = name_motifs(FoundMotifs((), RNA, 1), jaspar_motifs("fungi"))
    none.save_tsv(tmp_path / "motifs.tsv")
    none.save_meme(tmp_path / "motifs.meme")
    assert (tmp_path / "motifs.tsv").read_text() == "\t".join(COLUMNS) + "\n"
    assert "ALPHABET= ACGU" in (tmp_path / "motifs.meme").read_text()


def test_untested_motifs_say_so():
    seq, _ = planted_word(WORD)
    motif = discover_motifs(explained(Matcher(WORD), seq), strands=1).motifs[0]
    assert math.isnan(motif.association)
    assert math.isnan(motif.p_value)
