"""Results as figures and as one self-contained HTML page."""

from primase.reporting.report import Report, render_report
from primase.reporting.svg import Figure

__all__ = ["Figure", "Report", "render_report"]
