"""What was taken: which exchanges are harvest, by account, day, capability and model; and who has which role."""

from stillwatch.exposure.stage import Exposure, measure_exposure

__all__ = ["Exposure", "measure_exposure"]
