"""What PyInstaller cannot see of foundation-emoji: its metadata, and other packages' sets."""

from PyInstaller.utils.hooks import collect_entry_point, collect_submodules, copy_metadata

datas, hiddenimports = collect_entry_point("provide.foundation.emoji_sets")
datas += copy_metadata("foundation-emoji")
hiddenimports += collect_submodules(
    "provide.foundation.emoji", filter=lambda name: "__" not in name
)
