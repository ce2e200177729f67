"""Promise 23: handlers of logging that are set aside, and their filters."""

from __future__ import annotations
