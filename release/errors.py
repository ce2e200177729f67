"""The one exception of a release; imports the standard library only."""

from __future__ import annotations


class ReleaseError(Exception):
    """Something keeps a release from being made; the message says what, and what to do."""
