"""The truth bench: worlds times detectors, measured against the truth, as one page with tables and plots."""
