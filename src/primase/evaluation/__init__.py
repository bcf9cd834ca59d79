"""STEP 3, evaluate: metrics with intervals, baselines on the same split, calibration, and the verdict."""
