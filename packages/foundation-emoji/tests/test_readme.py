"""The example of the README prints what the README says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def test_example_prints_its_output() -> None:
    """The Python block is run, and the block after it is its output."""
    text = README.read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, re.DOTALL)
    assert found is not None
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", found[1]],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )

    assert (found[2], "") == (done.stdout, done.stderr)
