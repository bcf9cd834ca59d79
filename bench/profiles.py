"""BPNet on a simulated experiment whose truth is known, and its variant `2114` against bpnet-lite on the same windows.

    python -m bench.profiles [--folder FOLDER] [--threads N]

*Planted*: a genome of 24 Mb in 12 contigs with 2,000 planted sites of each of three factors (`FACTORS`; one has a
helper that multiplies its reads); chance matches bind as well, about 8,500 peaks and a million reads in all. Then
``primase run reads.bam --genome genome.fa --peaks peaks.narrowPeak --system bpnet``, for 25 epochs instead of 60 to
keep it short. The truth gives what no model could beat: its expected reads, scored as predictions. Bars:

- Of the way from the average profile to the truth, in Jensen-Shannon distance, at least `BAR_WAY` is gone. The distance
  itself says little, since most of it is the scatter of few reads: the replicate floor is printed beside it.
- The correlation of the log counts is at least `BAR_COUNTS` of what the truth has, whose rest is the scatter of reads.
- Each planted motif is among the matches of ``motifs.tsv``.

*Compared*: a genome of 12 Mb in 8 contigs with 2,000 planted sites of one factor, so that both trainings can learn
what there is from some 1,400 windows of 2,114 letters. The same windows, the same reads, the same parts, at most
`EPOCHS` epochs for both; batches of 32 for both, the default of bpnet-lite's generator, so that few windows make enough
steps. Else bpnet-lite trains as its command ``bpnet fit`` does (Adam at 0.001, shifts of up to 128, reverse
complements, the rate halved after 5 epochs without progress, stopping after 10, float32), without its negatives and
controls, of which there are none; ours by the house plan. Both are scored by `primase.metrics` on the same test
windows; bpnet-lite sees one strand, ours as users get it both, and one is printed too. Bars, the issue's: count
correlation and profile distance no worse than bpnet-lite's by more than `BAR_WORSE`.

Trainings are kept below FOLDER (``results-cache/profiles``) and not done again. On one core (``--threads 1``) they take
38 minutes (bpnet-lite), 18 (ours) and 51 (planted, with evaluation and report).
"""

import argparse
import csv
import json
import statistics
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bench.results import CACHE
from primase import zoo
from primase.core.batch import to_float
from primase.core.plan import Plan
from primase.curation.assays import Binding, simulate_binding, write_peaks, write_reads
from primase.curation.dataset import Dataset
from primase.curation.genome_options import GenomeOptions
from primase.curation.genomes import simulate_genome, write_genome
from primase.curation.sites import REACH, Factor, footprint
from primase.evaluation.scoring import measure
from primase.inference import count_cores, one_hot
from primase.metrics.profile import average_profile, profile_jsd, resample_reads
from primase.recipe import Recipe, SystemOptions, TrainOptions
from primase.tasks.profile import Task
from primase.training.optimiser import make_optimiser
from primase.training.precision import autocast
from primase.workflow import Run, begin_run, continue_run, start_run

FACTORS = (
    Factor(motif="CTCF", sites=2000, reads=300, helper="ESRRB"),
    Factor(motif="REST", sites=2000, reads=300, offset=18, sharpness=4, second=0.0),
    Factor(motif="NRF1", sites=2000, reads=300, offset=7, sharpness=1.5, second=0.5),
)
# of each experiment: what binds, contigs and letters of each
EXPERIMENTS = {"planted": (FACTORS, 12, 2_000_000), "compared": ((Factor(motif="CTCF", sites=2000),), 8, 1_500_000)}
BACKGROUND = 0.005  # reads per letter
WINDOW, OUTPUT, JITTER, BATCH = 2114, 1000, 128, 32
EPOCHS = 25
VALID, TEST = ("chr5",), ("chr6", "chr7", "chr8")
BAR_WAY, BAR_COUNTS, BAR_WORSE = 0.9, 0.9, 0.02
STEPS = 5  # of either training, in turn


def simulate(name: str) -> Binding:
    """Make an experiment; the same in every process."""
    factors, contigs, length = EXPERIMENTS[name]
    genome = simulate_genome({f"chr{number}": length for number in range(1, contigs + 1)})
    return simulate_binding(genome, factors, background=BACKGROUND)


def write_experiment(folder: Path, name: str) -> None:
    """Write genome, reads and peaks of an experiment."""
    if not (folder / "peaks.narrowPeak").is_file():
        binding = simulate(name)
        write_genome(folder / "genome.fa", binding.genome)
        write_reads(folder / "reads.bam", binding.genome, binding.reads)
        write_peaks(folder / "peaks.narrowPeak", binding)


def run_primase(out: Path, recipe: Recipe, threads: int, until: str) -> Run:
    """Do what is missing of one of our runs."""
    if not (out / "recipe.toml").is_file():
        begin_run(start_run(recipe, out, threads=threads, device="cpu"))
    return continue_run(out, until=until)


def run_planted(folder: Path, threads: int) -> Run:
    """Do the main job on all peaks."""
    folder = folder / "planted"
    write_experiment(folder, "planted")
    recipe = Recipe(
        inputs=(str(folder / "reads.bam"),),
        genome=GenomeOptions(genome=str(folder / "genome.fa"), peaks=str(folder / "peaks.narrowPeak")),
        system=SystemOptions(name="bpnet"),
        train=TrainOptions(changes={"epochs": EPOCHS}),
    )
    return run_primase(folder / "run", recipe, threads, "report")


def run_ours(folder: Path, threads: int, until: str = "train") -> Run:
    """Train the variant `2114`."""
    folder = folder / "compared"
    write_experiment(folder, "compared")
    places = GenomeOptions(
        genome=str(folder / "genome.fa"),
        peaks=str(folder / "peaks.narrowPeak"),
        window=WINDOW,
        output_window=OUTPUT,
        jitter=JITTER,
        test_contigs=TEST,
        valid_contigs=VALID,
    )
    recipe = Recipe(
        inputs=(str(folder / "reads.bam"),),
        genome=places,
        system=SystemOptions(name="bpnet", variant="2114"),
        train=TrainOptions(changes={"epochs": EPOCHS, "batch_size": BATCH}),
    )
    return run_primase(folder / "ours", recipe, threads, until)


def expect_truth(binding: Binding, data: Dataset, rows: np.ndarray) -> np.ndarray:
    """Return the expected reads of both strands at every predicted position, shape (N, 2, bins)."""
    shapes = [footprint(factor) for factor in binding.factors]
    signal = [np.full((2, int(length)), BACKGROUND / 2) for length in binding.genome.lengths]
    sites = binding.sites
    for contig, centre, strand, factor, rate in zip(
        sites.contig, sites.centres, sites.strands, sites.factor, sites.rates, strict=True
    ):
        shape = shapes[factor] if strand > 0 else shapes[factor][::-1, ::-1]
        signal[contig][:, centre - REACH : centre + REACH + 1] += rate * shape
    windows, bins = data.sequences, data.tracks.bins
    cut = (windows.ends[rows] - windows.starts[rows] - bins) // 2
    places = zip(windows.contigs[rows].tolist(), (windows.starts[rows] + cut).tolist(), strict=True)
    return np.stack([signal[contig][:, start : start + bins] for contig, start in places])


def score(targets: np.ndarray, predictions: np.ndarray) -> dict[str, float]:
    """Return the correlation of the log counts and the distance of the profiles, each the mean over the strands."""
    return {
        name: float(measure("profile", targets, predictions, only=name)[name][0])
        for name in ("log_count_pearson_r", "profile_jsd")
    }


def print_scores(name: str, found: dict[str, float]) -> None:
    print(f"{name:34} count r {found['log_count_pearson_r']:.4f}   profile JSD {found['profile_jsd']:.4f}")


def check_planted(folder: Path, threads: int) -> list[bool]:
    """Print how much of the truth is learnt, and return whether each bar is met."""
    run = run_planted(folder, threads)
    data = run.dataset
    rows, train = data.part("test"), data.part("train")
    targets = np.asarray(data.tracks.middle(rows), np.float64)
    predictions = run.model.expect(data, rows)
    average = np.stack([average_profile(data.tracks.middle(train)[:, track]) for track in range(targets.shape[1])])
    floor = [float(profile_jsd(one, resample_reads(one))) for one in targets.transpose(1, 0, 2)]
    found = {
        "model": score(targets, predictions),
        "truth": score(targets, expect_truth(simulate("planted"), data, rows)),
        "average": score(targets, np.broadcast_to(average, targets.shape)),
    }
    print(f"planted: {len(data):,} windows, {len(train):,} train, {len(rows):,} test; {run.facts['seconds']} s")
    print_scores("bpnet", found["model"])
    print_scores("the truth itself", found["truth"])
    print(f"{'average profile':34} {'':14}   profile JSD {found['average']['profile_jsd']:.4f}")
    print(f"{'replicate floor':34} {'':14}   profile JSD {np.mean(floor):.4f}")
    jsd = {name: one["profile_jsd"] for name, one in found.items()}
    way = (jsd["average"] - jsd["model"]) / (jsd["average"] - jsd["truth"])
    share = found["model"]["log_count_pearson_r"] / found["truth"]["log_count_pearson_r"]
    with (run.folder / "motifs.tsv").open() as table:
        motifs = list(csv.DictReader(table, delimiter="\t"))
    named = {row["match_name"].upper() for row in motifs}  # JASPAR writes those of mice in lower case
    planted = {factor.motif for factor in FACTORS}
    print(f"way from the average profile to the truth {way:.3f} (bar {BAR_WAY}); ", end="")
    print(f"count r as a share of the truth's {share:.3f} (bar {BAR_COUNTS})")
    for row in motifs:
        print(
            f"  {row['motif']} {row['consensus']} {row['n_seqlets']} seqlets: {row['match_name']}, q {row['q_value']}"
        )
    print(f"planted motifs found: {', '.join(sorted(planted & named))} of {', '.join(sorted(planted))}")
    print(f"helper motifs found: {', '.join(sorted({f.helper for f in FACTORS if f.helper} & named)) or 'none'}")
    return [way >= BAR_WAY, share >= BAR_COUNTS, planted <= named]


def read_windows(data: Dataset, rows: np.ndarray, margin: int) -> Tensor:
    """Return one-hot windows with so many letters more at each side, shape (N, 4, length)."""
    wide = replace(data.sequences, starts=data.sequences.starts - margin, ends=data.sequences.ends + margin)
    codes, _ = wide.letters(rows)
    return one_hot(torch.from_numpy(codes.reshape(len(rows), -1)), 4)


def train_lite(folder: Path, threads: int) -> Path:
    """Train bpnet-lite on our windows as its own command does; return where its best network and its log lie."""
    from bpnetlite import BPNet
    from bpnetlite.io import PeakNegativeSampler

    name = folder / "compared" / "lite"
    if name.with_suffix(".json").is_file():
        return name
    data = run_ours(folder, threads, "curate").dataset
    train, valid = data.part("train"), data.part("valid")
    signals = torch.from_numpy(np.ascontiguousarray(data.tracks.values[train]))
    sequences = read_windows(data, train, JITTER)
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    drawn = PeakNegativeSampler(
        sequences,
        signals,
        sequences[:1],  # never drawn at such a ratio
        signals[:1],
        negative_ratio=1e-12,
        in_window=WINDOW,
        out_window=OUTPUT,
        max_jitter=JITTER,
        reverse_complement=True,
        random_state=0,
    )
    network = BPNet(
        n_control_tracks=0,
        count_loss_weight=signals.sum(-1).mean().item(),
        trimming=(WINDOW - OUTPUT) // 2,
        name=str(name),
        verbose=False,
    )
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    slower = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimiser, factor=0.5, patience=5, threshold=0.0001, min_lr=0.0001
    )
    started = time.monotonic()
    network.fit(
        torch.utils.data.DataLoader(drawn, batch_size=BATCH),
        optimiser,
        slower,
        X_valid=read_windows(data, valid, 0),
        y_valid=torch.from_numpy(data.tracks.middle(valid)),
        max_epochs=EPOCHS,
        batch_size=BATCH,
        early_stopping=10,
        device="cpu",
    )
    name.with_suffix(".json").write_text(json.dumps({"seconds": time.monotonic() - started}))
    return name


@torch.inference_mode()
def predict_lite(name: Path, seq: Tensor, task: Task) -> np.ndarray:
    """Return bpnet-lite's expected reads, shape (N, 2, bins), by the same link as ours."""
    network = torch.load(f"{name}.torch", weights_only=False).eval()  # it keeps its networks as pickles
    parts = [network(one) for one in seq.split(BATCH)]
    logits, counts = (torch.cat(heads) for heads in zip(*parts, strict=True))
    return task.link({"logits": logits, "log_counts": counts}).numpy()


def time_steps(task: Task, threads: int) -> dict[str, float]:
    """Return milliseconds per window of a training step of either, in turn, on the same made-up batch."""
    from bpnetlite import BPNet
    from bpnetlite.losses import _mixture_loss

    torch.set_num_threads(threads)
    draw = torch.Generator().manual_seed(0)
    seq = one_hot(torch.randint(0, 4, (BATCH, WINDOW), generator=draw).byte(), 4)
    reads = torch.poisson(torch.full((BATCH, 2, OUTPUT), 0.07), generator=draw)
    ours, lite = zoo.create("bpnet", zoo.configure("bpnet", variant="2114"), seed=0), BPNet(n_control_tracks=0)
    optimisers = make_optimiser(ours, Plan()), torch.optim.Adam(lite.parameters())

    def loss_of_ours(precision: str) -> Tensor:
        with autocast(precision, torch.device("cpu")):
            outputs = to_float(ours(seq=seq))
        return task.loss(outputs, reads)

    def loss_of_lite(precision: str) -> Tensor:
        with autocast(precision, torch.device("cpu")):
            return _mixture_loss(reads, *lite(seq), task.count_weight, torch.ones(BATCH))[2]

    times: dict[str, list[float]] = {}
    for number in range(STEPS + 1):
        for name, network, optimiser, loss in (
            ("ours", ours, optimisers[0], loss_of_ours),
            ("bpnet-lite", lite, optimisers[1], loss_of_lite),
        ):
            for precision in ("float32", "bfloat16"):
                started = time.perf_counter()
                optimiser.zero_grad()
                loss(precision).backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1)
                optimiser.step()
                if number:  # the first warms up
                    times.setdefault(f"{name}, {precision}", []).append(time.perf_counter() - started)
    return {name: 1000 * statistics.median(taken) / BATCH for name, taken in times.items()}


def check_lite(folder: Path, threads: int) -> list[bool]:
    """Print both trainings and their scores, and return whether each bar is met."""
    run, lite = run_ours(folder, threads), train_lite(folder, threads)
    data, task = run.dataset, run.model.task
    rows = data.part("test")
    targets = np.asarray(data.tracks.middle(rows), np.float64)
    sizes = ", ".join(f"{len(data.part(part)):,} {part}" for part in ("train", "valid", "test"))
    found = {
        "ours": score(targets, run.model.expect(data, rows)),
        "ours, one strand": score(targets, replace(run.model, strands=1).expect(data, rows)),
        "bpnet-lite": score(targets, predict_lite(lite, read_windows(data, rows, 0), task)),
        "the truth itself": score(targets, expect_truth(simulate("compared"), data, rows)),
    }
    print(f"2114 against bpnet-lite: {sizes} windows, at most {EPOCHS} epochs each, {threads} threads")
    for name, one in found.items():
        print_scores(name, one)
    with Path(f"{lite}.log").open() as table:
        epochs = list(csv.DictReader(table, delimiter="\t"))
    seconds = json.loads(lite.with_suffix(".json").read_text())["seconds"]
    print(f"training of ours: {run.facts['seconds']['train']:.0f} s, {len(run.history)} epochs, ", end="")
    print(run.model.facts["precision"])
    print(f"training of bpnet-lite: {seconds:.0f} s, {len(epochs)} epochs, float32")
    for name, each in time_steps(task, threads).items():
        print(f"  a training step of {name}: {each:.1f} ms per window")
    ours, other = found["ours"], found["bpnet-lite"]
    counts = ours["log_count_pearson_r"] - other["log_count_pearson_r"]
    profiles = other["profile_jsd"] - ours["profile_jsd"]
    print(f"ours less bpnet-lite's: count r {counts:+.4f}, profile JSD {-profiles:+.4f} (bar {BAR_WORSE} worse)")
    return [counts >= -BAR_WORSE, profiles >= -BAR_WORSE]


def main() -> int:
    """Do what is missing, print the figures, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=CACHE / "profiles")
    parser.add_argument("--threads", type=int, default=count_cores())
    parser.add_argument("--one", choices=("planted", "ours", "lite"), help="only this training, and no figures")
    options = parser.parse_args()
    folder, threads = options.folder, options.threads
    warnings.filterwarnings("ignore", message=".*CPU [Aa]utocast")  # bpnet-lite asks for one in float32
    if options.one:
        {"planted": run_planted, "ours": run_ours, "lite": train_lite}[options.one](folder, threads)
        return 0
    met = check_planted(folder, threads) + check_lite(folder, threads)
    return int(not all(met))


if __name__ == "__main__":
    sys.exit(main())
