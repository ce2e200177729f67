"""Tests of the project, for Django's own runner."""

from __future__ import annotations

from django.test import SimpleTestCase

from provide.foundation import bind_contextvars, get_contextvars


class ViewTests(SimpleTestCase):  # type: ignore[misc]
    """Ask the views by Django's client."""

    def test_item(self) -> None:
        """The answer has the id, and the test has its context back."""
        bind_contextvars(test="item")

        answer = self.client.get("/items/7", headers={"X-Request-ID": "of-a-test"})

        assert "of-a-test" == answer.headers["X-Request-ID"]
        assert {"test": "item"} == get_contextvars()

    def test_failure(self) -> None:
        """`assertLogs` sees Django's own record."""
        self.client.raise_request_exception = False

        with self.assertLogs("django.request", "ERROR") as logs:
            self.client.get("/fail/8")

        assert ["Internal Server Error: /fail/8"] == [r.getMessage() for r in logs.records]
