"""What the tests stand on: hypothesis profiles, golden files, the system's browser, a desk started as a person would."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Page, Request, ViewportSize, WebSocket, sync_playwright

from tests.soak import SOAK, examples

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
UNDER_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
STARTS_WITHIN_SECONDS = 60
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LAPTOP = ViewportSize(width=1366, height=768)

# The same examples each time under CI; a person's run looks for new ones.
settings.register_profile("house", deadline=None, max_examples=examples(100), derandomize=UNDER_CI and not SOAK, print_blob=True)
settings.load_profile("house")


# The desk as shipped asks its venues; a test that wants a market says which.
os.environ["OTC_MARKET"] = "off"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser comes last: once it is open, its asyncio loop runs in this thread, where others need to run their own."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


# ---------------------------------------------------------------- golden files


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str | bytes], None]:
    """Compares a text or bytes with tests/golden/<name>; `make update-golden` writes them, except under CI."""
    renew = request.config.getoption("--update-golden") and not UNDER_CI

    def compare(name: str, made: str | bytes) -> None:
        path = GOLDEN / name
        content = made.encode() if isinstance(made, str) else made
        if renew:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        assert path.exists(), f"no golden file {name}: run make update-golden and read what it wrote"
        kept = path.read_bytes()
        if isinstance(made, str):
            assert made == kept.decode()
        else:
            assert content == kept, f"{name} differs from its golden file"

    return compare


# ---------------------------------------------------------------- the browser


def find_chromium() -> str | None:
    """The system's Chromium: the one named in OTC_CHROMIUM, else the first known name on the path."""
    names = (os.environ.get("OTC_CHROMIUM", ""), *CHROMIUM_NAMES)
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is; a person without one sees the test skipped, CI sees it fail."""
    found = find_chromium()
    if found:
        return found
    sentence = "No Chromium on this machine: apt-get install chromium, or name one in OTC_CHROMIUM."
    if UNDER_CI:
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One headless Chromium for all browser tests."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=list(CHROMIUM_FLAGS))
        yield opened
        opened.close()


def stays_here(url: str) -> bool:
    """Whether a request goes to this machine's loopback address, or nowhere at all."""
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname == "127.0.0.1"


@contextmanager
def opened_page(browser: Browser, color_scheme: Literal["light", "dark"] = "light") -> Iterator[Page]:
    """A fresh page of laptop size; fails where any request, refused or not, would have left 127.0.0.1."""
    left: list[str] = []

    def note(asked: Request | WebSocket) -> None:
        if not stays_here(asked.url):
            left.append(asked.url)

    context = browser.new_context(viewport=LAPTOP, color_scheme=color_scheme, accept_downloads=True, locale="en-GB")
    context.on("request", note)
    context.on("page", lambda page: page.on("websocket", note))
    try:
        yield context.new_page()
    finally:
        context.close()
    assert left == [], f"requests left this machine: {left}"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page in light colours from which nothing may leave 127.0.0.1."""
    with opened_page(browser) as opened:
        yield opened


@pytest.fixture
def dark_page(browser: Browser) -> Iterator[Page]:
    """A fresh page in dark colours from which nothing may leave 127.0.0.1."""
    with opened_page(browser, "dark") as opened:
        yield opened


# ---------------------------------------------------------------- the desk as a server


@dataclass(frozen=True)
class RunningDesk:
    """A desk that answers: `url` without a slash at its end, the log it writes, the store it owns."""

    url: str
    pid: int
    log: Path
    store: Path


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether the server there says that it is well."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().read().strip() == b"ok"
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def running_desk(store: Path, log: Path, environment: dict[str, str] | None = None) -> Iterator[RunningDesk]:
    """Start `streamlit run app.py` on a store and a free port; stop it at the end. Its output goes to `log`."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "OTC_STORE": str(store), **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(server, port, log)
            yield RunningDesk(f"http://127.0.0.1:{port}", server.pid, log, store)
        finally:
            server.terminate()
            try:
                server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while not answers(port):
        if server.poll() is not None or time.monotonic() > until:
            pytest.fail(f"the desk did not start; it wrote:\n{log.read_text(errors='replace')[-4000:]}", pytrace=False)
        time.sleep(0.05)


@pytest.fixture(scope="session")
def start_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], RunningDesk]]:
    """Starts a desk on a store; all that were started stop with the session."""
    with ExitStack() as running:

        def start(store: Path) -> RunningDesk:
            log = tmp_path_factory.mktemp("desk") / "desk.log"
            return running.enter_context(running_desk(store, log))

        yield start
