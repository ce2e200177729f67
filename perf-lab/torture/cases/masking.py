"""Promise 24: one rule for secrets, whatever becomes text."""

from __future__ import annotations
