"""Hygie: a sovereign health data space that one organisation can run."""

__version__ = "0.1.0"
