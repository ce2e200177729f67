"""What PyInstaller cannot see of foundation-native: the compiled module, and its metadata."""

from PyInstaller.utils.hooks import collect_submodules, copy_metadata

datas = copy_metadata("foundation-native")
hiddenimports = [
    *collect_submodules("provide.foundation.native", filter=lambda name: "__" not in name),
    "provide.foundation._native_api",
    "provide.foundation._native_api.compact",
]
