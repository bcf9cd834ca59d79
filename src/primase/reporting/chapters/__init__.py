"""The chapters of a report: each turns a part of a run folder into blocks, or into nothing where it is not there."""
