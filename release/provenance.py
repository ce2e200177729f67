"""Writes what was built from what: `python -m release.provenance dist`; the workflow signs it.

The form is an in-toto statement (v1) with SLSA's provenance (v1), which tools for supply chains
read. Imports `distributions` and `source`.

Source: https://slsa.dev/spec/v1.0/provenance
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from release.distributions import hash_of
from release.source import ROOT, git

NAME = "provenance.json"


def write_provenance(root: Path, folder: Path, environment: Mapping[str, str]) -> Path:
    """Write which commit and which locked tools the distributions came from, and return where.

    Args:
        root: The repository.
        folder: Where all of them are, those of other systems too.
        environment: In a workflow, GitHub's variables: they name the builder.
    """
    built = sorted([*folder.glob("*.tar.gz"), *folder.glob("*.whl")])
    by_hand = environment.get("GITHUB_ACTIONS") != "true"
    locks = ("requirements/release.txt", "requirements/native-wheels-backend.txt")
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": file.name, "digest": {"sha256": hash_of(file)}} for file in built],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:provide-foundation:nox-release:v1",
                "externalParameters": {
                    "tag": environment.get("GITHUB_REF_NAME") if not by_hand else None,
                    "changed": bool(git(root, "status", "--porcelain")),
                },
                "resolvedDependencies": [
                    {"name": "source", "digest": {"gitCommit": git(root, "rev-parse", "HEAD")}},
                    *(
                        {"name": lock, "digest": {"sha256": hash_of(root / lock)}}
                        for lock in locks
                        if (root / lock).is_file()
                    ),
                ],
            },
            "runDetails": {
                "builder": {
                    "id": "urn:provide-foundation:by-hand"
                    if by_hand
                    else environment.get("GITHUB_WORKFLOW_REF", "")
                }
            },
        },
    }
    path = folder / NAME
    path.write_text(json.dumps(statement, indent=2) + "\n", encoding="utf-8")
    return path


def main(arguments: Sequence[str]) -> int:
    """Write the provenance of the folder that is named."""
    write_provenance(ROOT, Path(arguments[0]), os.environ)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
