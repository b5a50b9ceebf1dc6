"""Large worlds: three hundred million exchanges, written day by day by several processes in bounded memory.

Customers, twins, the campaign and every text come from the same code as in other worlds. What differs is the order of
the work: a day is written by itself, from a seed of its own, so that any number of processes gives the same bytes.
"""

from testrange.scale.declared import ScaleWorld, of_size, population_of
from testrange.scale.writing import ScaleWritten, write_scale_world

__all__ = ["ScaleWorld", "ScaleWritten", "of_size", "population_of", "write_scale_world"]
