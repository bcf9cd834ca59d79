"""One file per format. Each has the same four names; the file name is the registry key.

- ``SUFFIXES``: endings that the format usually has; a hint only;
- ``sniff(head)``: whether the first bytes of a file (unpacked, line ends as line feeds) are of this format;
- ``read(path, options)``: the file as `Records`;
- ``write(path, records)``: the other way round.

Formats are asked in the order of `ORDER`, the strictest first.
"""

from types import ModuleType

from primase.core import registry

ORDER = ("fasta", "fastq", "text", "table")


def format_module(name: str) -> ModuleType:
    """Import the file of one format."""
    return registry.load(__name__, name, "format")
