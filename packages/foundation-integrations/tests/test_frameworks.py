"""A framework that is missing or too old is named in one error."""

from __future__ import annotations

import pytest

from provide.foundation.integrations import MissingFramework
from provide.foundation.integrations._frameworks import need


def test_installed_framework_is_returned() -> None:
    """The module comes back where its version will do."""
    assert "pytest" == need("pytest", "9.0", "here").__name__


def test_missing_framework() -> None:
    """The error says what is missing, for whom, and what to type."""
    with pytest.raises(MissingFramework) as caught:
        need("no-such-framework", "2.1", "provide.foundation.integrations.x", "no_such_framework")

    assert (
        "provide.foundation.integrations.x needs no-such-framework 2.1 or newer, and it is not "
        'installed: pip install "no-such-framework>=2.1"'
    ) == str(caught.value)
    assert isinstance(caught.value, ImportError)


def test_old_framework() -> None:
    """The error says what was found."""
    with pytest.raises(MissingFramework, match=r"needs pytest 999 or newer, and \d.* is installed"):
        need("pytest", "999", "here")
