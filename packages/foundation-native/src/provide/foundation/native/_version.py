"""The version of foundation-native; the package metadata is built from it."""

__version__ = "0.2.0"
