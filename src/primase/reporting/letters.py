"""Outlines of the letters of logos: nucleotides and the 20 amino acids, drawn for this project.

Each outline fills a box of 100 x 100 units, y downwards. Outer contours run clockwise and holes against it, so that the
usual ``nonzero`` rule fills them rightly, overlaps included.
"""

import re
from functools import cache

OUTLINES = {
    "A": "M0 100L38 0H62L100 100H78L69.6 78H30.4L22 100ZM36.4 62H63.6L50 26.3Z",
    "C": "M97.7 20.6A54 50 0 1 0 97.7 79.4L79.9 69.4A32 33 0 1 1 79.9 30.6Z",
    "D": "M0 0H45A55 50 0 0 1 45 100H0ZM22 17V83H45A33 33 0 0 0 45 17Z",
    "E": "M0 0H100V18H23V41H92V58H23V82H100V100H0Z",
    "F": "M0 0H100V18H23V43H90V60H23V100H0Z",
    "G": "M94.1 20.6A52 50 0 1 0 100 69.2V48H54V64.4H79A30 33 0 1 1 76.3 30.6Z",
    "H": "M0 0H22V40H78V0H100V100H78V58H22V100H0Z",
    "I": "M15 0H85V16H61V84H85V100H15V84H39V16H15Z",
    "K": "M0 0H22V41L69 0H98L45.5 45.5L100 100H71L30.5 58.5L22 66V100H0Z",
    "L": "M0 0H23V82H100V100H0Z",
    "M": "M0 0H26L50 62L74 0H100V100H79V35L58 88H42L21 35V100H0Z",
    "N": "M0 0H24L78 66V0H100V100H76L22 34V100H0Z",
    "P": "M0 0H60A40 30.5 0 0 1 60 61H22V100H0ZM22 17V44H58A16 13.5 0 0 0 58 17Z",
    "Q": "M0 49A50 49 0 0 1 100 49A50 49 0 0 1 0 49ZM22 49A28 32 0 0 0 78 49A28 32 0 0 0 22 49Z"
    "M54 72L68 60L100 88L86 100Z",
    "R": "M0 0H60A39 29.5 0 0 1 70 58L100 100H74L48 59H22V100H0ZM22 17V43H58A15 13 0 0 0 58 17Z",
    "S": "M4 74L26 67C30 78 39 84 51 84C66 84 75 79 75 71C75 63 67 60 48 56C20 50 4 43 4 28C4 11 23 0 49 0"
    "C73 0 90 9 96 26L75 33C70 22 62 16 49 16C36 16 28 21 28 28C28 35 36 37 55 41C85 47 100 55 100 71"
    "C100 89 81 100 51 100C25 100 9 91 4 74Z",
    "T": "M0 0H100V18H61V100H39V18H0Z",
    "U": "M0 0H22V60A28 24 0 0 0 78 60V0H100V60A50 40 0 0 1 0 60Z",
    "V": "M0 0H24L50 72L76 0H100L62 100H38Z",
    "W": "M0 0H20L32 66L43 8H57L68 66L80 0H100L80 100H58L50 56L42 100H20Z",
    "Y": "M0 0H26L50 42L74 0H100L61 62V100H39V62Z",
}
COLOURS = {
    **dict.fromkeys("DE", "acidic"),
    **dict.fromkeys("KRH", "basic"),
    **dict.fromkeys("STNQ", "polar"),
    **dict.fromkeys("FWY", "aromatic"),
    **dict.fromkeys("AVLIMC", "hydrophobic"),
    **dict.fromkeys("GP", "special"),
}


@cache
def _commands(letter: str) -> tuple[tuple[str, tuple[float, ...]], ...]:
    found = re.findall(r"([A-Z])([^A-Z]*)", OUTLINES[letter])
    return tuple((command, tuple(float(value) for value in values.split())) for command, values in found)


def letter_path(letter: str, x: float, y: float, width: float, height: float) -> str:
    """Return the outline of a letter that fills a box, as SVG path data.

    Parameters
    ----------
    letter : str
        One of `OUTLINES`.
    x, y : float
        Where the letter's top left corner lies.
    width, height : float
        Of the box; with a negative height the letter stands on its head, below `y`'s opposite edge.

    Examples
    --------
    >>> letter_path("L", 0, 0, 10, 20)
    'M0 0H2.3V16.4H10V20H0Z'
    """
    wide, high = width / 100, abs(height) / 100
    flipped = height < 0

    def across(value: float) -> str:
        return f"{x + value * wide:.1f}".removesuffix(".0")

    def down(value: float) -> str:
        return f"{y + (100 - value if flipped else value) * high:.1f}".removesuffix(".0")

    parts = []
    for command, values in _commands(letter):
        if command in "ZH":
            parts.append(command + "".join(across(value) for value in values))
        elif command == "V":
            parts.append(command + down(values[0]))
        elif command == "A":
            rx, ry, rotation, large, sweep = values[:5]
            turn = int(sweep) ^ flipped
            parts.append(
                f"A{rx * wide:.1f} {ry * high:.1f} {rotation:.0f} {large:.0f} {turn} "
                f"{across(values[5])} {down(values[6])}"
            )
        else:
            pairs = zip(values[::2], values[1::2], strict=True)
            parts.append(command + " ".join(f"{across(a)} {down(b)}" for a, b in pairs))
    return "".join(parts)


def letter_colour(letter: str, letters: str) -> str:
    """Return the palette's name of a letter's colour, in the alphabet `letters`.

    Examples
    --------
    >>> letter_colour("U", "ACGU"), letter_colour("K", "ACDEFGHIKLMNPQRSTVWY")
    ('T', 'basic')
    """
    if len(letters) <= 4:
        return "T" if letter == "U" else letter
    return COLOURS[letter]
