"""Imports point one way, as the syntax tree shows them; nothing is imported to find out.

Imports inside functions and under TYPE_CHECKING count as well: a cycle that is hidden in a
function is still a cycle for whoever reads the code.
"""

from __future__ import annotations

import ast
import itertools
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = "provide.foundation"

# Core's rooms, from the ground up: a module of the top folder, or a folder. Each may import those
# above it in this list and none below; in a folder the order is that of FOLDERS.
ORDER: tuple[str, ...] = (
    "_version",
    "errors",
    "_process",
    "_encoder",
    "_windows",
    "levels",
    "_config.values",
    "_config",
    "_config.shortcuts",
    "config",
    "_diagnostics",
    "_entry_points",
    "_record",
    "_redaction",
    "context",
    "extension",
    "_render",
    "_render.frames",
    "_render.terminal",
    "_output",
    "_output.windows",
    "_output.screens",
    "_output.files",
    "_output.delivery",
    "_output.callables",
    "_output.handlers",
    "_logger",
    "_pipeline",
    "_pipeline.stack_traces",
    "_sampling",
    "_lanes",
    "_lanes.everyday",
    "_lanes.sampled",
    "_lanes.schemas",
    "_lanes.several",
    "_lanes.terminal",
    "_native_api",
    "_bridges.frameworks",
    "_bridges.capture",
    "_bridges",
    "_control",
    "_runtime.openers",
    "_runtime",
    "_servers",
    "_repeats",
    "level_endpoint",
    "_scopes",
    "_explain",
    "_testing",
    "testing",
    "_migrate.syntax",
    "_migrate.rules",
    "_migrate",
    "_view.dialects",
    "_view.inputs",
    "_view.query",
    "_view",
    "_live",
    "_cli",
    "_pytest_plugin",
    "pytest_plugin",
    "__main__",
)
FOLDERS: dict[str, tuple[str, ...]] = {
    "_process": (
        "hooks",
        "forks",
        "patience",
        "resource",
        "memory",
        "interrupts",
        "locks",
        "gil",
        "import_watch",
        "ownership",
    ),
    "_encoder": ("stand_in", "late"),
    "_windows": ("console", "files"),
    "_diagnostics": ("snapshot", "counter", "stats", "reports", "losses"),
    "_record": (
        "schema",
        "timestamps",
        "record",
        "redaction",
        "escaping",
        "classes",
        "plans",
        "values",
        "lazy",
        "constants",
        "exceptions",
        "tracebacks",
    ),
    "_config.values": ("people", "mappings", "patterns", "checks", "immutable", "sources", "rules"),
    "_redaction": (
        "censor",
        "patterns",
        "exceptions",
        "encoder",
        "redactor",
        "hiding",
        "choice",
        "settings",
    ),
    "_config": (
        "attributes",
        "texts",
        "environment",
        "section",
        "groups",
        "console",
        "outputs",
        "export",
        "readers",
        "logging",
        "telemetry",
        "defaults",
    ),
    "_config.shortcuts": ("options",),
    "_render": ("json", "schemas", "layout", "layouts", "fit", "logfmt", "console", "compact"),
    "_render.frames": ("libraries", "variables"),
    "_render.terminal": (
        "codes",
        "emoji",
        "wrap",
        "blocks",
        "columns",
        "failures",
        "flat",
        "moments",
        "tags",
        "meanings",
        "rows",
        "screen",
    ),
    "_output": (
        "filters",
        "output",
        "reentrancy",
        "contention",
        "descriptor",
        "torn",
        "writer",
        "encoding",
        "feedback",
        "stream",
        "standard",
        "journal",
    ),
    "_output.windows": ("console",),
    "_output.screens": ("sinks", "github"),
    "_runtime.openers": ("places", "rotating", "text", "people"),
    "_output.files": ("inode", "lock", "sharing", "file", "policy", "archive", "rotating"),
    "_output.handlers": ("records", "sink", "outward"),
    "_output.delivery": ("queue", "shared_queue", "overflow", "batches", "background"),
    "_output.callables": ("callback", "sender", "batches"),
    "_logger": (
        "state",
        "patches",
        "starting",
        "wrapping",
        "catching",
        "timing",
        "repeats",
        "other_methods",
        "logger",
        "methods",
        "gates",
    ),
    "_pipeline": (
        "steps",
        "fields",
        "message",
        "stack",
        "callsite",
        "processors",
        "enrichment",
        "caller",
        "delivery",
        "superseded",
        "pipeline",
        "processed",
    ),
    "_pipeline.stack_traces": ("folding", "frames", "exception_lines", "text"),
    "_sampling": ("counters", "summary", "places", "decision", "gate"),
    "_lanes": (
        "prefix",
        "rare",
        "gate",
        "base",
        "variant",
        "fused",
        "json",
        "json_layout",
        "logfmt",
        "logfmt_layout",
        "compact",
        "compact_layout",
    ),
    "_lanes.everyday": (
        "spelling",
        "values",
        "part",
        "keys",
        "places",
        "shapes",
        "call",
        "searched",
    ),
    "_lanes.sampled": ("json", "logfmt", "compact", "choose"),
    "_lanes.terminal": ("nested", "layout"),
    "_lanes.schemas": ("flat", "nested", "classes"),
    "_lanes.several": ("layout", "enrichment", "outlet", "call", "filtered"),
    "_native_api": ("compact", "terminal", "schemas", "several", "sampling"),
    "_bridges.frameworks": (
        "records",
        "http_fields",
        "servers",
        "atoms",
        "tasks",
        "request_objects",
        "access_lines",
    ),
    "_bridges.capture": ("root_level", "configuring", "entry", "levels", "walk"),
    "_bridges": (
        "handler_ends",
        "set_aside",
        "messages",
        "plain_records",
        "stdlib_handler",
        "stdlib",
        "uncaught",
        "structlog_earlier",
        "structlog_entries",
        "structlog",
    ),
    "_control": ("threads", "expiry", "signals", "differences", "watch"),
    "_runtime": (
        "build",
        "choice",
        "lanes",
        "state",
        "swap",
        "apply",
        "startup",
        "foreign",
        "levels",
        "setup",
        "capture",
        "configure",
    ),
    "_servers": ("logging_config",),
    "_scopes": ("scope", "buffer", "keeping", "gate", "blocks"),
    "_explain": ("planned", "values", "samples", "extensions", "status"),
    "_testing": ("matching", "logs"),
    "_pytest_plugin": ("messages", "report", "caplog"),
    "_migrate.syntax": (
        "files",
        "source",
        "known",
        "scopes",
        "reader",
        "modules",
        "meaning",
        "messages",
    ),
    "_migrate.rules": (
        "rule",
        "calls",
        "stdlib",
        "structlog",
        "loguru_sinks",
        "loguru",
        "older_foundation",
        "table",
    ),
    "_migrate": ("change", "set_ups", "check", "report"),
    "_view.dialects": (
        "moments",
        "levels",
        "own",
        "schemas",
        "table",
        "others",
        "objects",
        "logfmt",
        "texts",
        "envelopes",
        "prefixes",
        "reader",
    ),
    "_view.inputs": ("lines", "decoding", "source", "follow", "offsets"),
    "_view.query": ("errors", "values", "terms", "parser", "times"),
    "_view": (
        "screen",
        "usual",
        "stencils",
        "scan",
        "rows",
        "shape",
        "tally",
        "neighbours",
        "options",
        "view",
    ),
    "_live": ("describing", "ring", "visitors", "server", "program", "command"),
    "_cli": ("explain", "migrate", "completion"),
}
# Core's initialiser offers names of every module, and belongs to those who use core: no module of
# core imports the package itself.

# What an extension may import of core: the names that these modules list in `__all__`.
PUBLIC_MODULES: tuple[str, ...] = (
    CORE,
    f"{CORE}.extension",
    f"{CORE}._entry_points",
    f"{CORE}._native_api",
    f"{CORE}._native_api.compact",
    f"{CORE}._native_api.terminal",
    f"{CORE}._native_api.schemas",
    f"{CORE}._native_api.several",
    f"{CORE}._native_api.sampling",
    f"{CORE}._render.console",
)
EXTENSIONS = {
    "foundation-emoji": ("provide.foundation.emoji",),
    "foundation-integrations": ("provide.foundation.integrations",),
    "foundation-native": ("provide.foundation.native",),
    "foundation-otel": ("provide.foundation.metrics", "provide.foundation.otel"),
}

#: What the modules of foundation-integrations are for: each needs its own one only.
FRAMEWORKS = {
    "aiohttp",
    "apscheduler",
    "asgiref",
    "celery",
    "click",
    "ddtrace",
    "django",
    "dramatiq",
    "flask",
    "gunicorn",
    "litestar",
    "opentelemetry",
    "rich",
    "rq",
    "sentry_sdk",
    "starlette",
    "tqdm",
    "werkzeug",
}


def list_modules(source: Path) -> dict[str, Path]:
    """Map the dotted name of every module under a source folder to its file."""
    modules = {}
    for file in sorted(source.rglob("*.py")):
        if file.parent.name == "__pyinstaller":  # runs in PyInstaller alone
            continue
        parts = file.relative_to(source).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return modules


def list_imports(module: str, file: Path) -> Iterator[tuple[int, str, str | None]]:
    """Yield line, module and name (None for a plain `import`) of every import in a file."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), filename=str(file))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, None
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            for alias in node.names:
                yield node.lineno, base, alias.name


def rank_modules(order: Sequence[str], folders: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Map the dotted name of every module of core to its place; later means further down."""
    ranked: list[str] = []
    for name in order:
        # A folder's initialiser gathers its modules, so it comes after them.
        ranked += [f"{CORE}.{name}.{inner}" for inner in folders.get(name, ())]
        ranked.append(f"{CORE}.{name}")
    return {module: place for place, module in enumerate(ranked)}


def find_upward_imports(modules: dict[str, Path], ranks: Mapping[str, int]) -> list[str]:
    """Return one sentence for each import of core that does not point up the list."""
    faults = [
        f"{module} has no place in ORDER and FOLDERS"
        for module in modules
        if module != CORE and module not in ranks
    ]
    for module, file in modules.items():
        if module not in ranks:
            continue
        for line, base, name in list_imports(module, file):
            target = f"{base}.{name}" if f"{base}.{name}" in modules else base
            if target == CORE:
                faults.append(f"{module}:{line} imports the package itself")
            elif target.startswith(f"{CORE}.") and ranks.get(target, len(ranks)) >= ranks[module]:
                faults.append(f"{module}:{line} imports {target}, which is not above it")
    return faults


def read_public_names(module: str, modules: dict[str, Path]) -> set[str]:
    """Return the names in a module's `__all__`, which must be a literal."""
    tree = ast.parse(modules[module].read_text(encoding="utf-8"))
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and target.id == "__all__":
                assert isinstance(node, ast.Assign | ast.AnnAssign)
                assert node.value is not None
                return set(ast.literal_eval(node.value))
    raise LookupError(f"{module} has no __all__")


def find_private_imports(
    leaves: tuple[str, ...], extension: dict[str, Path], core: dict[str, Path]
) -> list[str]:
    """Return one sentence for each import of an extension that core does not offer."""
    offered = {name: read_public_names(name, core) for name in PUBLIC_MODULES if name in core}
    faults = []
    for module, file in extension.items():
        for line, base, name in list_imports(module, file):
            target = base if name is None else f"{base}.{name}"
            if not target.startswith("provide"):
                continue
            if any(target == leaf or target.startswith(f"{leaf}.") for leaf in leaves):
                continue
            if base in offered and (name is None or name in offered[base]):
                continue
            faults.append(f"{module}:{line} imports {target}, which core does not offer")
    return faults


def source_of(distribution: str) -> Path:
    """Return the source folder of a distribution."""
    return ROOT / "packages" / distribution / "src"


def write_tree(folder: Path, files: dict[str, str]) -> dict[str, Path]:
    """Write files under a folder and list them as modules."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list_modules(folder)


# A small core for the tests of the check itself.
EXAMPLE = rank_modules(("levels", "render", "sink"), {"render": ("json",)})


def test_core_imports_point_up() -> None:
    """Every module of core imports only modules above it in ORDER."""
    modules = list_modules(source_of("foundation-core"))

    assert [] == find_upward_imports(modules, rank_modules(ORDER, FOLDERS))


def test_order_names_no_missing_module() -> None:
    """ORDER and FOLDERS list the modules that exist, so that they stay the map of core."""
    modules = set(list_modules(source_of("foundation-core")))

    assert set() == rank_modules(ORDER, FOLDERS).keys() - modules


def find_process_hooks(modules: Mapping[str, Path]) -> list[str]:
    """Return one sentence for each place that registers something with the process itself."""
    registrations = {"register_at_fork", "atexit.register", "signal.signal", "meta_path.insert"}
    faults = []
    for module, file in modules.items():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if any(called.endswith(name) for name in registrations):
                    faults.append(f"{module}:{node.lineno} calls {called}")
    return faults


def test_one_module_registers_process_hooks() -> None:
    """Forks, exit, signals and imports: `_process/hooks.py` alone registers with the process."""
    modules = list_modules(source_of("foundation-core"))
    hooks = {f"{CORE}._process.hooks": modules.pop(f"{CORE}._process.hooks")}

    assert [] == find_process_hooks(modules)
    assert 4 == len(find_process_hooks(hooks))


def test_rooms_stay_small() -> None:
    """No module of core has over 300 lines, and no folder of it over 12 modules."""
    modules = list_modules(source_of("foundation-core"))
    texts = {module: file.read_text(encoding="utf-8") for module, file in modules.items()}
    long = {module for module, text in texts.items() if text.count("\n") > 300}
    generated = {module for module, text in texts.items() if "do not edit" in text[:400]}
    folders = Counter(str(file.parent) for file in modules.values() if file.name != "__init__.py")

    assert len(generated) == 6
    assert {f"{CORE}._record.values"} == long - generated
    assert {} == {folder: count for folder, count in folders.items() if count > 12}


@pytest.mark.parametrize("distribution", EXTENSIONS)
def test_extension_imports_public_names(distribution: str) -> None:
    """An extension imports its own leaves and core's public names only."""
    assert [] == find_private_imports(
        EXTENSIONS[distribution],
        list_modules(source_of(distribution)),
        list_modules(source_of("foundation-core")),
    )


@pytest.mark.parametrize("distribution", ["foundation-core", *EXTENSIONS])
def test_third_party_imports_are_declared(distribution: str) -> None:
    """A package imports the standard library, the namespace, and what its metadata requires."""
    manifest = (ROOT / "packages" / distribution / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(manifest)["project"]
    # pytest is there whenever pytest loads the plugin.
    allowed = {"provide", "pytest", "attr"} if distribution == "foundation-core" else {"provide"}
    if distribution == "foundation-integrations":
        allowed |= FRAMEWORKS
    extras = project.get("optional-dependencies", {})
    for requirement in itertools.chain(project["dependencies"], *extras.values()):
        name = requirement.partition(">")[0].partition("=")[0].replace("-", "_")
        # Its distributions share a namespace, as ours do.
        allowed.add("opentelemetry" if name.startswith("opentelemetry_") else name)

    imported = {
        base.partition(".")[0]
        for module, file in list_modules(source_of(distribution)).items()
        for _, base, _ in list_imports(module, file)
    }

    assert set() == imported - allowed - sys.stdlib_module_names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "from provide.foundation.sink import x",
            "provide.foundation.levels:1 imports provide.foundation.sink, which is not above it",
            id="from",
        ),
        pytest.param(
            "def f():\n    import provide.foundation.sink",
            "provide.foundation.levels:2 imports provide.foundation.sink, which is not above it",
            id="inside-a-function",
        ),
        pytest.param(
            "from .render import json",
            "provide.foundation.levels:1 imports provide.foundation.render.json, "
            "which is not above it",
            id="relative",
        ),
        pytest.param(
            "from provide.foundation import logger",
            "provide.foundation.levels:1 imports the package itself",
            id="package",
        ),
    ],
)
def test_upward_import_is_a_fault(text: str, expected: str, tmp_path: Path) -> None:
    """An import that points down, or at the package, is reported with its line."""
    modules = write_tree(
        tmp_path,
        {
            "provide/foundation/__init__.py": "",
            "provide/foundation/levels.py": text,
            "provide/foundation/render/__init__.py": "from provide.foundation.render import json",
            "provide/foundation/render/json.py": "from provide.foundation.levels import x",
            "provide/foundation/sink.py": "from provide.foundation.render import json",
        },
    )

    assert [expected] == find_upward_imports(modules, EXAMPLE)


def test_unlisted_module_is_a_fault(tmp_path: Path) -> None:
    """A module without a place is reported, and so is the import of it."""
    modules = write_tree(
        tmp_path,
        {
            "provide/foundation/sink.py": "from provide.foundation import common",
            "provide/foundation/common.py": "",
        },
    )

    assert [
        "provide.foundation.common has no place in ORDER and FOLDERS",
        "provide.foundation.sink:1 imports provide.foundation.common, which is not above it",
    ] == find_upward_imports(modules, EXAMPLE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("from provide.foundation import get_logger", [], id="public-name"),
        pytest.param("import provide.foundation.emoji.sets", [], id="own-leaf"),
        pytest.param(
            "from provide.foundation import sink",
            [
                "provide.foundation.emoji:1 imports provide.foundation.sink, "
                "which core does not offer",
            ],
            id="private-module",
        ),
        pytest.param(
            "from provide.foundation.sink import write",
            [
                "provide.foundation.emoji:1 imports provide.foundation.sink.write, "
                "which core does not offer"
            ],
            id="private-name",
        ),
        pytest.param(
            "import provide.foundation.otel",
            [
                "provide.foundation.emoji:1 imports provide.foundation.otel, "
                "which core does not offer",
            ],
            id="other-extension",
        ),
    ],
)
def test_private_import_is_a_fault(text: str, expected: list[str], tmp_path: Path) -> None:
    """An extension that reaches past core's public names is reported with its line."""
    core = write_tree(
        tmp_path / "core", {"provide/foundation/__init__.py": '__all__ = ["get_logger"]'}
    )
    extension = write_tree(tmp_path / "emoji", {"provide/foundation/emoji/__init__.py": text})

    assert expected == find_private_imports(("provide.foundation.emoji",), extension, core)
