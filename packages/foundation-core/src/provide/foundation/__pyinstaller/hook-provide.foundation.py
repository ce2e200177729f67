"""What PyInstaller cannot see of foundation-core: names that are loaded late, and extensions."""

from importlib.util import find_spec

from PyInstaller.utils.hooks import (
    collect_data_files,
    collect_entry_point,
    collect_submodules,
)

_CORE = "provide.foundation"
#: Extensions have hooks of their own, and a frozen program runs no tests.
_LEFT_OUT = ("emoji", "metrics", "native", "otel", "pytest_plugin", "__pyinstaller", "__main__")


def _is_core(name: str) -> bool:
    return not name.startswith(tuple(f"{_CORE}.{leaf}" for leaf in _LEFT_OUT))


# With the metadata that names them, of other people's extensions too.
datas, hiddenimports = collect_entry_point("provide.foundation.extensions")
datas += collect_data_files(_CORE, includes=["logging_config.json", "_live/page.html"])
hiddenimports += collect_submodules(_CORE, filter=_is_core)
hiddenimports += [f"{_CORE}.native"] if find_spec(f"{_CORE}.native") else []
