"""Layers that several systems use, or that deserve a file; one idea per file."""
