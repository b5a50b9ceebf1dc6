"""Measurements on data that no one of this project wrote. One file for each; `python -m benchmarks.real` runs them."""
