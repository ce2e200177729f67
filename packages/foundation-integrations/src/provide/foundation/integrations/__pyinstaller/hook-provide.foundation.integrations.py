"""What PyInstaller cannot see of foundation-integrations: its metadata, its entry point."""

from PyInstaller.utils.hooks import copy_metadata

datas = copy_metadata("foundation-integrations")
hiddenimports = ["provide.foundation.integrations.trace_context"]
