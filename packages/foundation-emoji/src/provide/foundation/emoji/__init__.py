"""Emoji enrichment of text output: the place of foundation-emoji in the namespace.

Three things will live here, each as a `marker` stage that core calls once per line: markers for
domain, action and status fields (DAS), markers for logger names, and selectable emoji sets. None
of them is written yet: this release carries a version and no behaviour, registers nothing with
core, and changes no line.

May import: the standard library and the public names of `provide.foundation`.
"""

from provide.foundation.emoji._version import __version__

__all__ = ["__version__"]
