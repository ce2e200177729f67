"""What is wrong with a query."""

from __future__ import annotations

OPERATORS = "= != ~ !~ > >= < <= has:KEY and or not ( )"


class QueryError(ValueError):
    """Say what of a query cannot be understood."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}; there are: {OPERATORS}")
