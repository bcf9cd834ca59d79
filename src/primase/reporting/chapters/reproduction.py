"""How to make the same result again, and the words that the report uses."""

from primase.reporting.blocks import Block, Chapter, Code, Facts, Folded, Prose, Table
from primase.reporting.contents import Contents, mapping
from primase.reporting.words import glossary, plain


def build_reproduction(contents: Contents) -> Chapter:
    """Return the chapter on how to reproduce the run."""
    facts = contents.facts
    blocks: list[Block] = [
        Prose("The same files, recipe and version give the same result, bit for bit on the same kind of processor.")
    ]
    if facts.get("command"):
        command = facts["command"]
        blocks.append(
            Code(" ".join(command) if isinstance(command, (list, tuple)) else str(command), "The command of this run")
        )
    if contents.recipe:
        blocks.append(Code("primase run recipe.toml", "Or from the recipe"))
    if contents.on_genome:
        use = f"primase predict {contents.folder.name} --genome GENOME.fa --out predictions.bw", "along a genome"
    else:
        use = f"primase predict {contents.folder.name} NEW.fa --out predictions.tsv", "on new sequences"
    blocks.append(Code(use[0], f"Use the model {use[1]}"))
    pairs = []
    for key, title in (
        ("version", "primase"),
        ("python", "Python"),
        ("versions", "packages"),
        ("created", "made"),
        ("seed", "seed"),
        ("device", "computed on"),
        ("threads", "threads"),
    ):
        if facts.get(key) is not None:
            pairs.append((title, str(facts[key]) if key == "seed" else plain(facts[key])))
    if pairs:
        blocks.append(Facts(tuple(pairs)))
    digests = {
        **mapping(contents.dataset.get("sources")),
        **{f"dataset/{name}": value for name, value in mapping(contents.dataset.get("digests")).items()},
    }
    if digests:
        rows = tuple((str(name), str(value)) for name, value in digests.items())
        told = "A file with the same digest is the same file."
        blocks.append(
            Folded("Digests of the data", (Prose(told), Table(("file", "SHA-256"), rows, words=frozenset({1}))))
        )
    if contents.recipe:
        blocks.append(Folded("recipe.toml", (Code(contents.recipe.rstrip()),)))
    blocks.append(Folded("What the words mean", (Facts(glossary()),)))
    return Chapter("reproduce", "How to reproduce", tuple(blocks))
