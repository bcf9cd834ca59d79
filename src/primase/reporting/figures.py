"""Every figure of a report, as a function of plain arrays that returns a `Figure`.

In a notebook a figure shows itself; ``figure.save("name.svg")`` writes it.
"""

from primase.reporting.counts import bar_chart, class_balance, confusion_matrix, forest_plot, histogram
from primase.reporting.curves import (
    precision_recall_curves,
    regression_scatter,
    reliability_curves,
    roc_curves,
    training_curves,
)
from primase.reporting.logo import (
    attribution_logo,
    attribution_track,
    draw_attribution,
    encoded_example,
    information_logo,
    sequence_logo,
)
from primase.reporting.svg import Figure

__all__ = [
    "Figure",
    "attribution_logo",
    "attribution_track",
    "bar_chart",
    "class_balance",
    "confusion_matrix",
    "draw_attribution",
    "encoded_example",
    "forest_plot",
    "histogram",
    "information_logo",
    "precision_recall_curves",
    "regression_scatter",
    "reliability_curves",
    "roc_curves",
    "sequence_logo",
    "training_curves",
]
