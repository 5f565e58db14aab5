"""The rules of the house that no linter knows, read off the syntax trees and the tracked files."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit import config

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("otc", "pages", "app.py")
EXACT = frozenset(
    (
        "money.py otc/model/__init__.py otc/model/rfq.py otc/model/market.py"
        " mm_pricer.py status.py recognition.py bridge.py rfq.py journal.py"
    ).split()
)
"""Modules whose every number is money; age_hours and the like live elsewhere."""
VAGUE = frozenset({"data", "info", "manager", "helper", "helpers", "utils", "util", "common", "misc"})
CLOCK_READS = frozenset(
    f"{owner}.{name}"
    for owner, names in {
        "datetime": ("now", "utcnow", "today"),
        "datetime.datetime": ("now", "utcnow", "today"),
        "date": ("today",),
        "datetime.date": ("today",),
        "time": ("time", "time_ns", "localtime", "gmtime"),
        "pd.Timestamp": ("now", "today", "utcnow"),
        "pandas.Timestamp": ("now", "today", "utcnow"),
    }.items()
    for name in names
)
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|VIEW|INDEX)|DROP\s+TABLE)\b", re.DOTALL
)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError\(|not implemented", re.IGNORECASE)
# Written in pieces, so that this file does not break its own rule.
MACHINE_PATHS = re.compile("|".join(("/" + r"work\b", r"\.\./" + "shared", "/" + r"home/\w", "/" + "root/")))
REGISTRY_HOSTS = re.compile(
    "|".join(re.escape(".".join(host)) for host in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org")))
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tracked() -> list[Path]:
    """Files that git keeps or would keep, from the root; without git, all but the ignored folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0 and listed.stdout:
        found = [Path(name) for name in listed.stdout.split("\0") if name]
    else:
        found = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
        found = [path for path in found if path.parts[0] not in {"data", "out"} and not _in_cache(path)]
    return sorted(path for path in found if (ROOT / path).is_file())


def _in_cache(path: Path) -> bool:
    return any(part in {".git", ".venv", "__pycache__"} or part.endswith("_cache") for part in path.parts)


def shipped() -> list[Path]:
    """The Python files of the desk itself: library, pages, app."""
    return [path for path in tracked() if path.suffix == ".py" and path.parts[0] in SHIPPED]


def library() -> list[Path]:
    return [path for path in shipped() if path.parts[0] == "otc"]


def pages() -> list[Path]:
    return [path for path in shipped() if path.parts[0] == "pages"]


@cache
def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path), str(path))


def functions(node: ast.AST) -> Iterator[Function]:
    return (child for child in ast.walk(node) if isinstance(child, Function))


def lines_of(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def floats(path: Path) -> list[str]:
    """Places where binary floating point enters: float as a name, or a literal with a point or an exponent."""
    return [
        f"{path}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
    ]


def clock_reads(path: Path) -> list[str]:
    """Places that read the machine's clock, called or handed on."""
    return [
        f"{path}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in CLOCK_READS
    ]


def swallowed(path: Path) -> list[str]:
    """Handlers of everything that do not raise it again, and of any Exception that then say nothing."""
    found = []
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = "" if node.type is None else ast.unparse(node.type)
        silent = all(isinstance(step, ast.Pass | ast.Continue) for step in node.body)
        raised = any(isinstance(step, ast.Raise) and step.exc is None for step in ast.walk(node))
        if (caught in ("", "BaseException") and not raised) or (caught == "Exception" and silent):
            found.append(f"{path}:{node.lineno} except {caught}")
    return found


def public_functions(path: Path) -> list[Function]:
    """Functions and methods that others may call: at the module's level or in a public class."""
    module = tree(path)
    classes = [node for node in module.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    owners: list[ast.Module | ast.ClassDef] = [module, *classes]
    found = [node for owner in owners for node in owner.body if isinstance(node, Function)]
    return [function for function in found if not function.name.startswith("_")]


def untyped(path: Path) -> list[str]:
    """Public functions that leave an argument or their result without a type."""
    found = []
    for function in public_functions(path):
        given = function.args
        named = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
        bare = [argument.arg for argument in named if argument.annotation is None and argument.arg not in ("self", "cls")]
        if bare or function.returns is None:
            found.append(f"{path}:{function.lineno} {function.name}({', '.join(bare)})")
    return found


def undescribed(path: Path) -> list[str]:
    """Public functions longer than four lines without a docstring."""
    return [
        f"{path}:{function.lineno} {function.name}"
        for function in public_functions(path)
        if lines_of(function) > 4 and not ast.get_docstring(function)
    ]


def constant_texts(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def everywhere(finder: object, paths: list[Path]) -> list[str]:
    """All findings of one finder over files."""
    assert callable(finder)
    return [finding for path in paths for finding in finder(path)]


def test_money_never_meets_a_float() -> None:
    """Modules whose numbers are amounts have neither float() nor a literal with a point."""
    exact = [path for path in library() if path.name in EXACT or str(path) in EXACT]
    assert {"money.py", "__init__.py", "mm_pricer.py"} <= {path.name for path in exact}
    assert everywhere(floats, exact) == []


def test_only_the_clock_module_reads_the_clock() -> None:
    """Time is given: within the library the machine's clock is read in otc/clock.py and nowhere else."""
    assert clock_reads(Path("otc/clock.py")) != [], "the finder no longer sees the one place that reads the clock"
    assert everywhere(clock_reads, [path for path in library() if path != Path("otc/clock.py")]) == []


def test_no_error_is_swallowed() -> None:
    assert everywhere(swallowed, shipped()) == []


def test_nothing_writes_raw_html() -> None:
    """Untrusted text is never put into a page as HTML."""
    assert [str(path) for path in shipped() if "unsafe_allow_html" in text(path) or "st.html(" in text(path)] == []


def test_pages_ask_the_library_and_know_no_sql() -> None:
    found = [f"{path}:{line}" for path in pages() for line, words in constant_texts(path) if SQL.search(words)]
    assert found == []


def test_pages_stand_without_the_app() -> None:
    """A page opened by its URL has not run app.py, so it imports nothing from there."""
    found = [
        f"{path}:{node.lineno}"
        for path in pages()
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.ImportFrom) and node.module == "app")
        or (isinstance(node, ast.Import) and any(name.name == "app" for name in node.names))
    ]
    assert found == []


def test_pages_lie_one_folder_deep() -> None:
    """A page directly in pages/ would be discovered by Streamlit and bypass app.py."""
    assert [str(path) for path in pages() if len(path.parts) < 3] == []


def test_pages_are_at_most_eighty_lines() -> None:
    assert [f"{path} {len(text(path).splitlines())}" for path in pages() if len(text(path).splitlines()) > 80] == []


def test_modules_are_at_most_four_hundred_lines() -> None:
    assert [f"{path} {len(text(path).splitlines())}" for path in shipped() if len(text(path).splitlines()) > 400] == []


def test_functions_are_at_most_fifty_lines() -> None:
    found = [(path, function) for path in shipped() for function in functions(tree(path)) if lines_of(function) > 50]
    assert [f"{path}:{function.lineno} {function.name}" for path, function in found] == []


def test_public_functions_are_typed() -> None:
    assert everywhere(untyped, library()) == []


def test_public_functions_say_what_they_do() -> None:
    assert everywhere(undescribed, library()) == []


def test_every_module_says_what_it_is() -> None:
    silent = [str(path) for path in shipped() if text(path).strip() and not ast.get_docstring(tree(path))]
    assert silent == []


def test_no_name_is_vague() -> None:
    """No file, folder or class is called after nothing in particular."""
    files = [str(path) for path in shipped() if VAGUE & {part.lower() for part in path.with_suffix("").parts}]
    classes = [
        f"{path}:{node.lineno} {node.name}"
        for path in shipped()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and re.search(r"(Data|Info|Manager|Helper|Utils?|Common)$", node.name)
        and node.name != "MarketData"  # the field's own word
    ]
    assert files + classes == []


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{path}:{number} {line.strip()}"
        for path in shipped()
        for number, line in enumerate(text(path).splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_nothing_tracked_names_a_machine_or_a_registry() -> None:
    """A clone works anywhere: no file names a path of the machine it was written on, nor a registry's host."""
    found = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), 1):
            if MACHINE_PATHS.search(line) or REGISTRY_HOSTS.search(line):
                found.append(f"{path}:{number} {line.strip()[:100]}")
    assert found == []


def test_requirements_are_pinned() -> None:
    """Every direct dependency has one exact version, and none stands in both files."""
    pins: list[str] = []
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in text(Path(name)).splitlines() if line and not line.startswith("#")]
        assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
        pins += [line.split("==")[0] for line in lines]
    assert len(pins) == len(set(pins))


def test_the_glossary_is_in_order_and_whole() -> None:
    """Its words stand in alphabetical order, and each word it refers to stands there too."""
    glossary = text(Path("docs/glossary.md"))
    words = [word.lower() for word in re.findall(r"^- \*\*(.+?)\*\*", glossary, re.MULTILINE)]
    assert words == sorted(words)
    assert len(words) == len(set(words))
    known = {part for word in words for part in word.split(", ")}
    assert set(re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", glossary)) <= known


def test_each_server_setting_is_one_that_streamlit_knows() -> None:
    """Streamlit passes over a misspelt key in silence; here it is found."""
    known = config.get_config_options()

    def keys(section: dict[str, object], above: str) -> Iterator[str]:
        for name, setting in section.items():
            if isinstance(setting, dict):
                yield from keys(setting, f"{above}{name}.")
            else:
                yield f"{above}{name}"

    written = tomllib.loads(text(Path(".streamlit/config.toml")))
    assert [key for key in keys(written, "") if key not in known] == []
    assert written["server"]["address"] == "127.0.0.1"
    assert written["browser"]["gatherUsageStats"] is False
    assert "http" not in text(Path(".streamlit/config.toml"))


# ---------------------------------------------------------------- the finders find


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    """A file that breaks the rules, to show that they are seen."""
    path = tmp_path / "broken.py"
    path.write_text(
        "import time\n"
        "from datetime import datetime\n"
        "def price(rate, *more):\n"
        "    rate = float(rate) * 1.5\n"
        "    at = datetime.now()\n"
        "    clock = time.time\n"
        "    try:\n"
        "        return rate, at, clock\n"
        "    except Exception:\n"
        "        pass\n"
        "    query = 'SELECT a FROM trade'\n"
    )
    yield path
    text.cache_clear()
    tree.cache_clear()


def test_each_broken_rule_is_seen(written: Path) -> None:
    assert len(floats(written)) == 2
    assert len(clock_reads(written)) == 2
    assert len(swallowed(written)) == 1
    assert untyped(written) == [f"{written}:3 price(rate, more)"]
    assert undescribed(written) == [f"{written}:3 price"]
    assert [line for line, words in constant_texts(written) if SQL.search(words)] == [11]
    assert MACHINE_PATHS.search("open('/" + "work/main')")
    assert MACHINE_PATHS.search("../" + "shared/data")
    assert not MACHINE_PATHS.search("the desk's network/worker works")
    assert REGISTRY_HOSTS.search("files.pythonhosted" + ".org")
