"""Metrics: pure functions ``metric(targets, predictions, weights=None)``; weights may be many bootstrap resamples."""
