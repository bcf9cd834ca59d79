"""What is known of a published system, as data."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Result:
    """One published figure and where it stands.

    Attributes
    ----------
    metric : str
        Name of the metric, as primase spells it.
    value : float
        The figure.
    data : str
        On which data and which part of it.
    source : str
        Where it was read: paper and section, or a file of the authors at a commit.
    status : str
        ``verified`` (recomputed, or read in the authors' own files) or ``quoted`` (from the text of a paper).
    """

    metric: str
    value: float
    data: str
    source: str
    status: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """The record of one system.

    Attributes
    ----------
    name : str
        Registry key: the name of the system's file.
    title, paper, doi : str
        What it is, who published it, and the doi; `doi` is empty for a system of primase's own.
    year : int
        Of publication.
    family : str
        For example ``convolutional``, ``convolutional-recurrent``.
    alphabets : tuple of str
        What it was published for: ``dna``, ``rna``, ``protein``.
    base_order : str
        The authors' order of letters; primase feeds ACGT and converts weights at the door.
    tasks : tuple of str
        Tasks it can be trained for here.
    inputs, outputs : dict of str to str
        Name -> axes and meaning.
    length, smallest_length : int
        Published input length and the smallest legal one at the default configuration.
    parameters : int
        Trainable parameters at the default configuration, as PyTorch counts them.
    published_parameters : int or None
        What the paper or the authors' code gives; a difference is explained in `deviations`.
    strands : int
        2 where the authors score both strands, else 1.
    strand_pool : str
        How the scores of the two strands are joined: ``mean``, or ``max`` where the authors keep the better one.
    context : str
        ``global`` if every output sees the whole input, else ``local``.
    deviations : tuple of str
        Where this file departs from paper and code, and why.
    code_licence, weights_licence : str
        Copied from the authors' files; "not stated" where there is none.
    source : str
        The repository and commit that were read.
    results : tuple of Result
        Published figures.
    """

    name: str
    title: str
    paper: str
    doi: str
    year: int
    family: str
    alphabets: tuple[str, ...]
    base_order: str
    tasks: tuple[str, ...]
    inputs: dict[str, str]
    outputs: dict[str, str]
    length: int
    smallest_length: int
    parameters: int
    published_parameters: int | None
    context: str
    strands: int = 1
    strand_pool: str = "mean"
    deviations: tuple[str, ...] = ()
    code_licence: str = "not stated"
    weights_licence: str = "not stated"
    source: str = ""
    results: tuple[Result, ...] = field(default=())
