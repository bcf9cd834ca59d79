"""Batches: what is read from a genome and its tracks, moved, turned and shared among workers, is what it should be."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from conftest import make_dataset
from primase.core.alphabet import DNA
from primase.curation.augmentation import (
    Augmentation,
    cut_windows_at,
    draw_moves,
    draw_turns,
    mutate_letters,
    turn_sequences,
    turn_tracks,
)
from primase.curation.dataset import Dataset
from primase.curation.encoding import SequenceBatches
from primase.curation.packing import PackedGenome, open_genome
from primase.curation.sequences import GenomeSequences
from primase.curation.tracks import Tracks

CPU = torch.device("cpu")
RNG = np.random.default_rng(0)
LETTERS = {"a": RNG.integers(0, 4, 900), "b": RNG.integers(0, 4, 501)}
WIDTH, ROWS = 40, 120


@pytest.fixture(scope="module")
def genome(tmp_path_factory) -> PackedGenome:
    folder = tmp_path_factory.mktemp("genome")
    text = "".join(f">{name}\n{''.join('ACGT'[i] for i in codes)}\n" for name, codes in LETTERS.items())
    (folder / "g.fa").write_text(text)
    return open_genome(folder / "g.fa", cache=folder)


def windows(genome: PackedGenome, *, bin: int = 0, margin: int = 0, shuffled: bool = False) -> Dataset:  # noqa: A002
    """Return a data set of windows whose tracks are the positions and the letters themselves."""
    rng = np.random.default_rng(1)
    contigs = rng.integers(0, 2, ROWS).astype(np.int32)
    starts = rng.integers(50, 400, ROWS)
    strands = rng.choice(np.array([-1, 1], np.int8), ROWS)
    made_up = (np.arange(ROWS) % 3 == 0) if shuffled else np.zeros(ROWS, bool)
    sequences = GenomeSequences(genome, contigs, starts, starts + WIDTH, strands, made_up, seed=4)
    tracks = None
    if bin:
        reach = margin * bin
        codes = wider(sequences, reach).astype(np.float32)
        both = np.stack([codes, 3 - codes], 1)  # the second is what the other strand says
        values = both.reshape(ROWS, 2, -1, bin).sum(3)
        tracks = Tracks(values, bin, margin, control=values[:, :1], strand_pairs=(1, 0))
    return Dataset(
        ids=np.array([f"w{i}" for i in range(ROWS)], object), sequences=sequences, targets=np.arange(ROWS) % 2,
        parts=np.zeros(ROWS, np.int8), units=np.arange(ROWS), alphabet=DNA, task="binary", names=("no", "yes"),
        length=WIDTH, policy="pad", tracks=tracks,
    )  # fmt: skip


def wider(sequences: GenomeSequences, reach: int) -> np.ndarray:
    """Return the windows with so many letters more at each side."""
    wide = replace(sequences, starts=sequences.starts - reach, ends=sequences.ends + reach)
    return wide.cut(np.arange(ROWS), np.zeros(ROWS, np.int64), WIDTH + 2 * reach)


def batches(data: Dataset, **options) -> SequenceBatches:
    return SequenceBatches(data, np.arange(len(data)), length=WIDTH, device=CPU, **options)


def test_a_genome_and_its_stored_letters_give_the_same_batches(genome):
    data = windows(genome)
    stored = replace(make_dataset(ROWS, length=WIDTH), targets=data.targets)
    stored = replace(stored, sequences=replace(stored.sequences, codes=data.codes, offsets=data.offsets))
    for epoch in (0, 1):
        pairs = zip(batches(data, seed=3).epoch(epoch, 32), batches(stored, seed=3).epoch(epoch, 32), strict=True)
        for one, other in pairs:
            assert torch.equal(one.inputs["seq"], other.inputs["seq"])
            assert torch.equal(one.targets, other.targets)


def test_a_shifted_window_shows_the_genome_beyond_its_ends(genome):
    data = windows(genome)
    one = torch.cat([b.inputs["seq"] for b in batches(data, augmentation=Augmentation(shift=5)).epoch(0, 32)])
    assert (one.sum(1) == 1).all()  # no letter is unknown, as it would be with padding
    wide = wider(data.sequences, 5)
    legal = {bytes(row[at : at + WIDTH]): at for row in wide for at in range(11)}
    places = [legal[bytes(row.argmax(0).to(torch.uint8).numpy())] for row in one]
    assert set(places) == set(range(11))


def test_controls_of_the_whole_window_move_and_turn_with_it(genome):
    data = windows(genome, bin=1, margin=3)
    data = replace(data, tracks=replace(data.tracks, values=data.tracks.values[:, :, 10:-10]))
    for batch in batches(data, augmentation=Augmentation(both_strands=True, shift=3)).epoch(0, 32):
        codes = batch.inputs["seq"].argmax(1).float()
        assert torch.equal(batch.targets[:, 0], codes[:, 10:-10])
        control = batch.inputs["control"][:, 0]  # has no strand: turned, it says what the other strand's letter is
        turned = (control == 3 - codes).all(1)
        assert ((control == codes).all(1) | turned).all()
        assert 0 < turned.sum() < len(codes)
    assert data.tracks.middle_control(np.arange(5)).shape == (5, 1, WIDTH)


@pytest.mark.parametrize("length", [WIDTH, WIDTH + 3])
def test_what_is_read_moved_and_turned_is_what_the_functions_of_a_batch_make(genome, length):
    sequences = windows(genome).sequences
    reach, generator = 7, torch.Generator().manual_seed(3)
    moves, turns = draw_moves(ROWS, reach, generator), draw_turns(ROWS, generator)
    start = np.zeros(ROWS, np.int64)
    read = sequences.cut(np.arange(ROWS), start, length, moves=moves.numpy(), turns=turns.numpy())
    wide = torch.from_numpy(wider(sequences, reach + length - WIDTH))[:, length - WIDTH :]
    if length > WIDTH:
        wide[:, reach + WIDTH :] = 4  # behind the end of the row
    made = turn_sequences(cut_windows_at(wide, reach - moves, length), DNA.complement_rows, turns)
    assert np.array_equal(read, made.numpy())


def test_batches_of_bytes_hold_the_same_letters(genome):
    data, change = windows(genome), Augmentation(both_strands=True, shift=3)
    pairs = zip(
        batches(data, augmentation=change).epoch(1, 32),
        batches(data, augmentation=change, dtype=torch.int8).epoch(1, 32),
        strict=True,
    )
    for one, other in pairs:
        assert other.inputs["seq"].dtype == torch.int8
        assert torch.equal(one.inputs["seq"], other.inputs["seq"].float())


@pytest.mark.parametrize(("bin_", "margin", "shift"), [(1, 6, 6), (4, 2, 8), (8, 1, 3)])
def test_tracks_move_and_turn_with_their_sequences(genome, bin_, margin, shift):
    data = windows(genome, bin=bin_, margin=margin)
    change = Augmentation(both_strands=True, shift=shift)
    moved = turned = 0
    for batch in batches(data, augmentation=change, seed=2).epoch(0, 16):
        codes = batch.inputs["seq"].argmax(1).float()
        for row, tracks, control in zip(codes, batch.targets, batch.inputs["control"], strict=True):
            # moves are rounded to whole bins: where they are whole, tracks and letters agree position by position
            wanted = row.view(-1, bin_).sum(1)
            same = torch.equal(wanted, tracks[0])
            assert torch.equal(tracks[0] + tracks[1], torch.full_like(tracks[0], 3 * bin_))
            assert control.shape == (1, WIDTH // bin_)
            moved += same
            turned += torch.equal(control[0], tracks[1])
    assert moved == ROWS if bin_ == 1 else moved >= ROWS // 20
    assert ROWS // 4 < turned < 3 * ROWS // 4  # the control is no pair: it stays what it was of the given strand


def test_workers_share_an_epoch_whatever_their_number(genome, monkeypatch):
    monkeypatch.setattr("primase.curation.encoding.CHUNK_BYTES", 4 * 4 * WIDTH * 16)
    data = windows(genome, shuffled=True)
    change = Augmentation(both_strands=True, shift=3, mutate=0.1)

    def read(workers):
        parts = [
            iter(
                batches(data, augmentation=change, seed=5, fresh_negatives=True, worker=w, workers=workers).epoch(2, 16)
            )
            for w in range(workers)
        ]
        turn, out = 0, []
        while True:
            batch = next(parts[turn % workers], None)
            if batch is None:
                return torch.cat(out)
            out.append(batch.inputs["seq"])
            turn += 1

    alone = read(1)
    assert len(alone) == ROWS
    assert torch.equal(read(2), alone)
    assert torch.equal(read(3), alone)


def test_shuffled_windows_keep_their_dinucleotides_and_change_with_the_epoch(genome):
    data = windows(genome, shuffled=True)
    real = windows(genome)
    rows = np.arange(ROWS)
    zero = np.zeros(ROWS, np.int64)
    made, plain = (d.sequences.cut(rows, zero, WIDTH) for d in (data, real))
    later = data.sequences.cut(rows, zero, WIDTH, draw=1)
    which = data.sequences.shuffled

    def pairs(codes):
        return np.stack([np.bincount(4 * row[:-1].astype(int) + row[1:], minlength=16) for row in codes])

    assert np.array_equal(pairs(made), pairs(plain))
    assert np.array_equal(made[~which], plain[~which])
    assert (made[which] != plain[which]).any(1).all()
    assert (made[which] != later[which]).any(1).mean() > 0.9
    some = np.array([30, 3, 90])
    assert np.array_equal(data.sequences.cut(some, zero[:3], WIDTH), made[some])  # whoever asks, in whatever order


def test_a_data_set_of_windows_is_saved_as_places(genome, tmp_path, monkeypatch):
    monkeypatch.setattr("primase.curation.sequences.open_packed", lambda digest, source: genome)
    data = windows(genome, bin=4, margin=2, shuffled=True)
    data.save(tmp_path)
    assert not (tmp_path / "codes.npy").exists()
    again = Dataset.load(tmp_path)
    assert np.array_equal(again.codes, data.codes)
    assert np.array_equal(again.tracks.values, data.tracks.values)
    assert (again.tracks.bin, again.tracks.margin, again.tracks.strand_pairs) == (4, 2, (1, 0))
    assert again.tracks.totals().shape == (ROWS, 2)
    assert isinstance(again.tracks.values, np.memmap)


def test_letters_of_some_rows_are_those_of_all(genome):
    data = windows(genome)
    codes, offsets = data.sequences.letters(np.array([5, 2]))
    assert np.array_equal(codes, np.concatenate([data.codes[5 * WIDTH : 6 * WIDTH], data.codes[2 * WIDTH : 3 * WIDTH]]))
    assert offsets.tolist() == [0, WIDTH, 2 * WIDTH]


def test_draws_are_pure_functions_of_their_generator():
    draws = [draw_moves(50, 3, torch.Generator().manual_seed(1)) for _ in range(2)]
    assert torch.equal(*draws)
    assert set(draws[0].tolist()) == set(range(-3, 4))
    assert 100 < draw_turns(400, torch.Generator().manual_seed(1)).sum() < 300


def test_windows_are_cut_where_they_are_asked():
    values = torch.arange(2 * 3 * 10).view(2, 3, 10)
    cut = cut_windows_at(values, torch.tensor([1, 4]), 5)
    assert torch.equal(cut, torch.stack([values[0, :, 1:6], values[1, :, 4:9]]))


def test_turning_twice_is_nothing():
    codes = torch.randint(0, 5, (6, 9), dtype=torch.uint8)
    chosen = torch.tensor([True, False] * 3)
    turned = turn_sequences(codes, DNA.complement_rows, chosen)
    assert torch.equal(turned[1::2], codes[1::2])
    table = torch.tensor([3, 2, 1, 0, 4])
    assert torch.equal(turned[::2].long(), table[codes[::2].long()].flip(1))
    tracks = torch.rand(6, 4, 7)
    once = turn_tracks(tracks, (1, 0, 2, 3), chosen)
    assert torch.equal(once[0, 0], tracks[0, 1].flip(0))
    assert torch.equal(once[0, 2], tracks[0, 2].flip(0))
    assert torch.equal(turn_tracks(once, (1, 0, 2, 3), chosen), tracks)


def test_mutations_are_other_letters_and_as_many_as_asked():
    codes = torch.randint(0, 5, (200, 300), dtype=torch.uint8)
    mutated = mutate_letters(codes, 0.1, 4, torch.Generator().manual_seed(0))
    assert torch.equal(mutated[codes == 4], codes[codes == 4])
    assert (mutated[codes < 4] < 4).all()
    assert (mutated != codes)[codes < 4].float().mean().item() == pytest.approx(0.1, abs=0.01)
    steps = (mutated.int() - codes.int())[(mutated != codes)] % 4
    assert torch.bincount(steps, minlength=4)[1:].float().std() < 0.1 * len(steps) / 3
