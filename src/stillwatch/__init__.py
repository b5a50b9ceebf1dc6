"""Stillwatch finds adversarial distillation campaigns in the logs of a model API."""

__version__ = "0.1.0"
