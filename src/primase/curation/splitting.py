"""Dividing rows into parts or folds: whole units, every class in its share."""

from collections.abc import Sequence

import numpy as np

from primase.core.errors import SplitError

PARTS = ("training", "validation", "test")


def _assign(units: np.ndarray, strata: np.ndarray, shares: np.ndarray, seed: int, *, classes: bool) -> np.ndarray:
    """Give every unit to one of K bins so that each bin gets its share of every stratum.

    Units are taken from the largest to the smallest, those of one size in random order; each goes to the bin that it
    brings nearest to what it should have. A unit larger than every open bin goes to the bin with the largest share.
    Where strata are `classes`, each bin gets some of every one of them, if that can be; else some unit.
    """
    rng = np.random.default_rng([seed, 0x59])
    unit, table = _count(units, strata)
    sizes = table.sum(1)
    wanted = shares[:, None] * table.sum(0)
    lacking, total = wanted.copy(), wanted.sum(1).clip(1e-9)
    bins = np.zeros(len(sizes), np.int64)
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    several = int((sizes > 1).sum())
    weight = 1 / table.sum(0).clip(1)  # a rare class counts as much as a common one
    for number in order[:several]:
        need = (lacking.clip(0) * (table[number] > 0) * weight).sum(1) / np.maximum((wanted * weight).sum(1), 1e-12)
        room = lacking.sum(1) / total
        fits = lacking.sum(1) >= sizes[number] / 2
        score = np.where(fits & (shares > 0), need + room, -np.inf)
        chosen = int(shares.argmax()) if not fits.any() else int(score.argmax())
        bins[number] = chosen
        lacking[chosen] -= table[number]
    alone = order[several:]
    kind = table[alone].argmax(1)
    for number in np.unique(kind):  # units of one row are dealt out at once, in the shares that are lacking
        mine = alone[kind == number]
        bins[mine] = _deal(lacking[:, number].clip(0), len(mine))
    brought = table if classes else table.sum(1, keepdims=True)
    return _bring_all(bins, brought, shares > 0)[unit]


def _count(units: np.ndarray, strata: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each row's unit, shape (N,), and the rows of each unit in each stratum, shape (U, S)."""
    _, unit = np.unique(units, return_inverse=True)
    _, stratum = np.unique(strata, return_inverse=True)
    table = np.zeros((int(unit.max()) + 1, int(stratum.max()) + 1))
    np.add.at(table, (unit, stratum), 1)
    return unit, table


def _bring_all(bins: np.ndarray, table: np.ndarray, open_bins: np.ndarray) -> np.ndarray:
    """Move the smallest units that bring every stratum into every open bin, where it has enough units."""
    bins = bins.copy()
    for stratum in np.argsort((table > 0).sum(0), kind="stable"):
        holders = np.flatnonzero(table[:, stratum])
        holders = holders[np.argsort(table[holders].sum(1), kind="stable")]
        for lacking in np.flatnonzero(open_bins):
            counts = np.bincount(bins[holders], minlength=len(open_bins))
            giving = int(counts.argmax())
            if counts[lacking] == 0 and counts[giving] > 1:
                bins[holders[bins[holders] == giving][0]] = lacking
    return bins


def _require_classes(
    bins: np.ndarray, units: np.ndarray, strata: np.ndarray, names: Sequence[str], places: Sequence[str]
) -> None:
    """Refuse a division in which a place lacks a class."""
    for number, name in enumerate(names):
        mine = strata == number
        lacking = sorted(set(range(len(places))) - set(bins[mine].tolist()))
        if lacking:
            kept = "" if len(np.unique(units)) == len(units) else " that must not be divided"
            raise SplitError(
                f"the class {name!r} is missing from the {places[lacking[0]]}: its {mine.sum():,} sequences form "
                f"{count_units(len(np.unique(units[mine])))}{kept}, for {len(places)} places",
                fix="give more of that class, leave it out, or use --split random, other groups or fewer folds",
            )


def count_units(count: int) -> str:
    """Return a number of units in words."""
    return "one unit" if count == 1 else f"{count:,} units"


def _deal(lacking: np.ndarray, count: int) -> np.ndarray:
    """Return bins for `count` rows, in order of their number, as near as can be to the shares that are lacking."""
    if not lacking.sum():
        lacking = np.eye(len(lacking))[0]
    exact = lacking / lacking.sum() * count
    sizes = np.floor(exact).astype(np.int64)
    sizes[np.argsort(-(exact - sizes), kind="stable")[: count - sizes.sum()]] += 1
    return np.repeat(np.arange(len(lacking)), sizes)


def split_rows(
    units: np.ndarray,
    strata: np.ndarray,
    fractions: tuple[float, float, float],
    seed: int,
    *,
    names: Sequence[str] = (),
) -> np.ndarray:
    """Divide rows into training, validation and test part.

    Parameters
    ----------
    units : ndarray, shape=(N,), int
        Rows of one unit stay together.
    strata : ndarray, shape=(N,), int
        Class, or bin of the target, of each row: every part gets its share of each.
    fractions : tuple of float
        Of train, validation and test.
    seed : int
    names : sequence of str
        Of classes, in the order of their strata: these must be in every part.

    Returns
    -------
    ndarray, shape=(N,), int8
        0 train, 1 validation, 2 test.

    Raises
    ------
    SplitError
        If a part that should have rows gets none, or lacks a class.

    Examples
    --------
    >>> parts = split_rows(np.arange(100), np.arange(100) % 2, (0.8, 0.1, 0.1), seed=0)
    >>> np.bincount(parts).tolist()
    [80, 10, 10]
    """
    shares = np.asarray(fractions, float)
    parts = _assign(units, strata, shares / shares.sum(), seed, classes=bool(names)).astype(np.int8)
    for number, name in enumerate(PARTS):
        if shares[number] > 0 and not (parts == number).any():
            raise SplitError(
                f"the {name} part is empty: {len(parts)} sequences form {count_units(len(np.unique(units)))} that must "
                "not be divided",
                fix="give more sequences, other --fractions, or --split random",
            )
    if names:
        filled = np.flatnonzero(shares)
        places = [f"{PARTS[number]} part" for number in filled]
        _require_classes(np.searchsorted(filled, parts), units, strata, names, places)
    return parts


def fold_rows(units: np.ndarray, strata: np.ndarray, folds: int, seed: int, *, names: Sequence[str] = ()) -> np.ndarray:
    """Divide rows into folds of about one size.

    A unit with more than half of all rows is in no fold: it is trained on each time.

    Parameters
    ----------
    units, strata : ndarray, shape=(N,), int
        Rows of one unit stay together; every fold gets its share of each stratum.
    folds, seed : int
    names : sequence of str
        Of classes, in the order of their strata: these must be in every fold.

    Returns
    -------
    ndarray, shape=(N,), int8
        -1 for rows that are always trained on.

    Raises
    ------
    SplitError
        If there are fewer units than folds, or a fold lacks a class.

    Examples
    --------
    >>> np.bincount(fold_rows(np.arange(20) // 2, np.zeros(20, int), 5, seed=0)).tolist()
    [4, 4, 4, 4, 4]
    """
    _, number, sizes = np.unique(units, return_inverse=True, return_counts=True)
    free = 2 * sizes[number] <= len(units)
    out = np.full(len(units), -1, np.int8)
    if free.any():
        out[free] = _assign(units[free], strata[free], np.full(folds, 1 / folds), seed, classes=bool(names))
    filled = len(np.unique(out[free]))
    if filled < folds:
        raise SplitError(
            f"{len(sizes)} units fill {filled} of {folds} folds", fix="give fewer --folds, or other groups"
        )
    if names:
        _require_classes(out[free], units[free], strata[free], names, [f"fold {number}" for number in range(folds)])
    return out
