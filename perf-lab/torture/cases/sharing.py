"""Promise 20: processes that rotate, beside those that do not."""

from __future__ import annotations
