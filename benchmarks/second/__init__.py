"""A second simulator of logs, by an author who had read neither the product nor its test range; see `docs/second.md`.

Everything but `bench`, `outcome` and `scoring` makes worlds, and imports nothing of stillwatch or testrange.
"""
