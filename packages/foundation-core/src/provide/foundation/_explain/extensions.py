"""Which packages are installed that add to Foundation, and what each would add to lines.

To make an extension may start an export, so none is made here. A package may have, beside the
function of its entry point, a function ``preview_extension``: it takes the `TelemetryConfig` and
returns what the extension would be, with nothing started.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from provide.foundation._config.telemetry import TelemetryConfig
from provide.foundation._entry_points import GROUP, Entry, find_all, is_allowed, normalise
from provide.foundation._process.interrupts import let_through
from provide.foundation.errors import ConfigurationError
from provide.foundation.extension import Extension

if TYPE_CHECKING:
    from importlib.metadata import Distribution

_PREVIEW = "preview_extension"
_PARTS = {
    "emoji_prefix": "emoji",
    "trace_fields": "trace ids",
    "exporter": "export of each line",
}


def describe_installed(
    config: TelemetryConfig, running: Sequence[Extension] | None
) -> tuple[list[dict[str, Any]], list[Extension]]:
    """Describe each installed package, and return what they add to lines.

    Args:
        config: The configuration.
        running: The extensions of a set-up that is in force; `None`: there is none.

    Raises:
        ConfigurationError: A package refuses its part of the configuration.
    """
    described, previews = [], []
    for entry in _find():
        owner = entry.owner
        distribution = _find_distribution(owner)
        found: Extension | None = None
        if not is_allowed(owner, config.logging.extensions):
            adds = "not in `extensions` of the configuration"
        elif running is not None:
            found = next((each for each in running if normalise(each.name) == owner), None)
            adds = list_parts(found)
        else:
            found, adds = _preview(entry, config)
        if found is not None:
            previews.append(found)
        name = owner if distribution is None else distribution.name
        version = _version_of(entry) if distribution is None else distribution.version
        described.append({"name": name, "version": version, "adds": adds})
    return described, previews if running is None else list(running)


def list_parts(extension: Extension | None) -> str:
    """Return what an extension adds, in words."""
    parts = [words for part, words in _PARTS.items() if getattr(extension, part, None) is not None]
    return ", ".join(parts) or "nothing under this configuration"


def _find() -> list[Entry]:
    try:
        return find_all(GROUP)
    except Exception:  # as at a set-up: the metadata of any distribution may be broken
        let_through()
        return []


def _preview(entry: Entry, config: TelemetryConfig) -> tuple[Extension | None, str]:
    try:
        preview = getattr(import_module(entry.module), _PREVIEW, None)
        if preview is None:
            return None, "unknown before a set-up: it has no preview"
        found: Extension | None = preview(config)
    except ConfigurationError:
        raise
    except Exception as error:  # as at a set-up: a broken extension must not stop anything
        let_through()
        return None, f"nothing: {type(error).__name__}: {error}"
    return found, list_parts(found)


def _find_distribution(owner: str) -> Distribution | None:
    from importlib.metadata import distribution  # whoever asks for a description has the time

    try:
        found = distribution(owner)
        return found if found.name and found.version else None
    except Exception:  # a frozen program has no metadata, and that of others may be broken
        let_through()
        return None


def _version_of(entry: Entry) -> str | None:
    try:
        module = import_module(entry.module.removesuffix(".extension"))
    except Exception:  # as at a set-up: a broken extension must not stop anything
        let_through()
        return None
    found = getattr(module, "__version__", None)
    return found if isinstance(found, str) else None
