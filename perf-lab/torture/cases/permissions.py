"""Promise 27: the permissions of successors, and links."""

from __future__ import annotations
