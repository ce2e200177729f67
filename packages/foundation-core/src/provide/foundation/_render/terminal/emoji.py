"""The emoji of a line in one gutter of a fixed width.

Terminals disagree on how wide some emoji are: those that are narrow symbols with a variation
selector behind them, and those that are newer than the terminal. Where they do, what follows would
stand in another column on each. Such a marker gives its place to one that is wide everywhere.
"""

from __future__ import annotations

from provide.foundation._render.console import display_width
from provide.foundation._render.terminal.codes import GUTTER_WIDTH

#: What stands for a marker whose width terminals disagree on.
SUBSTITUTES = {
    "➡️": "👉",
    "⬅️": "👈",
    "⬆️": "🔼",
    "⬇️": "🔽",
    "⏭️": "⏩",
    "⏸️": "💤",
    "▶️": "🎬",
    "⚠️": "🚧",
    "⚙️": "🔧",
    "⚗️": "🧪",
    "☁️": "⛅",
    "☑️": "✅",
    "♻️": "🔁",
    "✂️": "🔪",
    "🏋️": "💪",
    "🏗️": "🔨",
    "🏷️": "🔖",
    "🖥️": "💻",
    "🖼️": "🎨",
    "🗃️": "📦",
    "🗄️": "📁",
    "🗑️": "🚮",
    "🗝️": "🔑",
    "🛡️": "🔰",
    "↪️": "🔂",
    "▪️": "🔹",
    "✍️": "📝",
    "✖️": "❌",
    "🌬️": "💨",
    "🏛️": "🏦",
    "👁️": "👀",
    "🕵️": "🔎",
    "🕸️": "🌐",
    "🖱️": "👆",
    "🛋️": "💺",
    "🛠️": "🔧",
    "🟰": "👌",
    "🦭": "🐋",
    "🩹": "💊",
    "🪟": "🔳",
    "🪳": "🐛",
    "🫖": "🍵",
    "🪄": "✨",
    "🪵": "🌳",
    "🪶": "🐦",
}
#: The last emoji of the older blocks, and those among them that came with Unicode 13 or later:
#: xterm.js has the widths of Unicode 12.
_LAST_SETTLED = 0x1F9FF
_NEWER = (
    *(range(0x1F6D6, 0x1F6E0), range(0x1F6FB, 0x1F6FD), range(0x1F7F0, 0x1F7F1)),
    *(range(0x1F90C, 0x1F90D), range(0x1F972, 0x1F973), range(0x1F977, 0x1F97A)),
    *(range(0x1F9A3, 0x1F9A5), range(0x1F9AB, 0x1F9AE), range(0x1F9CB, 0x1F9CD)),
)
#: What is kept of emoji: so many, each with a text that is not longer.
_MOST, _LONGEST = 1024, 64
_known: dict[str, str] = {}


def gutter(emoji: str) -> str:
    """Return escaped emoji, such as ``[🔑][✅]``, as a gutter, and the blank behind it.

    Each marker takes two columns, whatever the terminal, or it is left out; so is what has no room.
    Where all are left out it is empty, as it is for a line without emoji: the screen sees to both.
    """
    known = _known.get(emoji)
    if known is not None:
        return known
    markers = emoji.strip("[]").split("][")
    shown = ""
    for marker in markers:
        marker = SUBSTITUTES.get(marker, marker)
        if (marker.isascii() or is_wide(marker)) and display_width(shown + marker) <= GUTTER_WIDTH:
            shown += marker
    made = f"{shown}{' ' * (GUTTER_WIDTH - display_width(shown))} " if shown else ""
    if len(emoji) <= _LONGEST:
        if len(_known) >= _MOST:
            _known.clear()
        _known[emoji] = made
    return made


def is_wide(marker: str) -> bool:
    """Say whether every terminal shows a marker in two columns.

    That holds for one character that is wide by itself and not new, and not for what a variation
    selector, a joiner or a colour of the skin makes.
    """
    if len(marker) != 1:
        return False
    # Only such texts need the module, as in `_render/console.py`.
    from unicodedata import east_asian_width

    code = ord(marker)
    settled = code <= _LAST_SETTLED and not any(code in each for each in _NEWER)
    return settled and east_asian_width(marker) == "W"
