"""Promise 18: lines stay out of foreign files."""

from __future__ import annotations
