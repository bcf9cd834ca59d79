"""Dividing rows into parts or folds: whole units, every class in its share."""

import numpy as np

from primase.core.errors import SplitError


def _assign(units: np.ndarray, strata: np.ndarray, shares: np.ndarray, seed: int) -> np.ndarray:
    """Give every unit to one of K bins so that each bin gets its share of every stratum.

    Units are taken from the largest to the smallest, those of one size in random order; each goes to the bin that it
    brings nearest to what it should have. A unit larger than every open bin goes to the bin with the largest share.
    """
    rng = np.random.default_rng([seed, 0x59])
    _, unit, sizes = np.unique(units, return_inverse=True, return_counts=True)
    _, stratum = np.unique(strata, return_inverse=True)
    table = np.zeros((len(sizes), int(stratum.max()) + 1))
    np.add.at(table, (unit, stratum), 1)
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
    return bins[unit]


def _deal(lacking: np.ndarray, count: int) -> np.ndarray:
    """Return bins for `count` rows, in order of their number, as near as can be to the shares that are lacking."""
    if not lacking.sum():
        lacking = np.eye(len(lacking))[0]
    exact = lacking / lacking.sum() * count
    sizes = np.floor(exact).astype(np.int64)
    sizes[np.argsort(-(exact - sizes), kind="stable")[: count - sizes.sum()]] += 1
    return np.repeat(np.arange(len(lacking)), sizes)


def split_rows(units: np.ndarray, strata: np.ndarray, fractions: tuple[float, float, float], seed: int) -> np.ndarray:
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

    Returns
    -------
    ndarray, shape=(N,), int8
        0 train, 1 validation, 2 test.

    Raises
    ------
    SplitError
        If a part that should have rows gets none.

    Examples
    --------
    >>> parts = split_rows(np.arange(100), np.arange(100) % 2, (0.8, 0.1, 0.1), seed=0)
    >>> np.bincount(parts).tolist()
    [80, 10, 10]
    """
    shares = np.asarray(fractions, float)
    parts = _assign(units, strata, shares / shares.sum(), seed).astype(np.int8)
    for name, number in (("training", 0), ("validation", 1), ("test", 2)):
        if shares[number] > 0 and not (parts == number).any():
            raise SplitError(
                f"the {name} part is empty: {len(parts)} sequences form {len(np.unique(units))} units that must not be "
                "divided",
                fix="give more sequences, other --fractions, or --split random",
            )
    return parts


def fold_rows(units: np.ndarray, strata: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Divide rows into folds of about one size.

    Returns
    -------
    ndarray, shape=(N,), int8

    Raises
    ------
    SplitError
        If there are fewer units than folds.

    Examples
    --------
    >>> np.bincount(fold_rows(np.arange(20) // 2, np.zeros(20, int), 5, seed=0)).tolist()
    [4, 4, 4, 4, 4]
    """
    out = _assign(units, strata, np.full(folds, 1 / folds), seed).astype(np.int8)
    filled = len(np.unique(out))
    if filled < folds:
        raise SplitError(
            f"{len(np.unique(units))} units fill {filled} of {folds} folds", fix="give fewer --folds, or other groups"
        )
    return out
