"""The version of foundation-core, read by the build."""

__version__ = "0.2.0"
