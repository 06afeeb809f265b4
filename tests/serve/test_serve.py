"""The local page over the loopback: a run from form to report, and requests that must not get through."""

from __future__ import annotations

import errno
import http.client
import multiprocessing
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import NamedTuple

import pytest

from stresstest.errors import InputError
from stresstest.report import FILES, languages
from stresstest.scenarios.shipped import GROUPS
from stresstest.serve import jobs as jobs_module
from stresstest.serve import pages, server, settings
from stresstest.serve.forms import Request, Sent, display_name, parse, request
from stresstest.serve.guard import Guard, RefusedError, body_length
from stresstest.serve.jobs import Jobs
from stresstest.serve.server import HEADERS, Server, serve
from stresstest.study.option_limits import option_limits

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
BOUNDARY = "limit"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
#: Seconds after which a test fails instead of waiting on; on a busy machine all takes many times as long.
PATIENCE = 300.0


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


def done_at_once(asked: Request, folder: str, news: Connection) -> None:
    """Stands in for a run: the report repeats what it was given."""
    report = Path(folder) / "report"
    report.mkdir()
    for name in FILES:
        (report / name).write_bytes(b"<p>report</p>")
    news.send(("simulate", 1, 2))
    news.send(("done",))


def refused(asked: Request, folder: str, news: Connection) -> None:
    found = (Path(folder) / "holdings").read_text(encoding="utf-8")
    news.send(("refused", [{"row": 2, "column": "quantity", "found": found, "expected": "a number", "hint": ""}]))


def endless(asked: Request, folder: str, news: Connection) -> None:
    time.sleep(2 * PATIENCE)


def crash(asked: Request, folder: str, news: Connection) -> None:
    os._exit(1)


class Page:
    """A running server, and ways to ask it."""

    def __init__(self, work: jobs_module.Work) -> None:
        self.jobs = Jobs(work)
        self.server = Server(0, self.jobs)
        self.port = self.server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.token = self.server.guard.token
        threading.Thread(target=lambda: self.server.serve_forever(0.05), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.jobs.close()

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            sent = {"Host": self.host} | {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, sent)
            reply = connection.getresponse()
            return Reply(reply.status, dict(reply.getheaders()), reply.read())

    def send(
        self, fields: Mapping[str, str], path: str = "/run", file: tuple[str, bytes] | None = None, **headers: str
    ) -> Reply:
        body = form_body({"token": self.token, **fields}, file)
        return self.ask("POST", path, body, **{"Content_Type": FORM, "Origin": f"http://{self.host}", **headers})

    def until_ended(self, address: str) -> Reply:
        replies: list[Reply] = []

        def ended() -> bool:
            replies.append(self.ask("GET", address))
            return 'http-equiv="refresh"' not in replies[-1].text

        wait_until(ended)
        return replies[-1]


def wait_until(holds: Callable[[], bool]) -> None:
    """Look again and again, however slow the machine is; AssertionError where it does not come true at all."""
    last = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < last, "it never came true"
        time.sleep(0.05)


def form_body(fields: Mapping[str, str], file: tuple[str, bytes] | None = None) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()
    ]
    if file is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{file[0]}"\r\n'
        parts.append(head.encode() + b"Content-Type: text/csv\r\n\r\n" + file[1] + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    made = Page(getattr(request, "param", done_at_once))
    yield made
    made.close()


def with_work(work: jobs_module.Work) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", [work], indirect=True)


@pytest.mark.parametrize(("lang", "title"), [("en", "Stress test of a portfolio"), ("zh-TW", "投資組合壓力測試")])
def test_the_form_is_there_in_both_languages(page: Page, lang: str, title: str) -> None:
    reply = page.ask("GET", f"/?lang={lang}")
    assert (reply.status, title in reply.text) == (200, True)
    assert page.token in reply.text
    assert {name: reply.headers[name] for name in HEADERS} == HEADERS
    assert not re.search(r"<script|https?://|\son\w+=", reply.text)
    labels = set(re.findall(r'<label for="(\w+)"', reply.text))
    assert labels == set(re.findall(r'<(?:input|select|textarea) id="(\w+)"', reply.text))


@pytest.mark.parametrize(("lang", "said"), [("en", "what has happened since 2008"), ("zh-TW", "歷史事件")])
def test_every_group_of_scenarios_is_explained(lang: str, said: str) -> None:
    shown = re.findall(r'<option value="(\w+)">\1: (.+)</option>', pages.form(lang, "token"))
    assert [name for name, _ in shown] == list(GROUPS)
    assert said in dict(shown)["episodes"]


def test_the_browser_says_the_language(page: Page) -> None:
    assert "投資組合" in page.ask("GET", "/", Accept_Language="zh-TW,zh;q=0.9").text


def test_languages_have_the_same_keys_and_placeholders() -> None:
    english, *others = (pages.words(name) for name in languages())
    for other in others:
        assert list(other) == list(english)
        assert {k: re.findall(r"{\w+}", v) for k, v in other.items()} == {
            k: re.findall(r"{\w+}", v) for k, v in english.items()
        }


def test_a_real_run_from_form_to_report(page: Page) -> None:
    page.jobs.work = jobs_module.work
    holdings = b"symbol,quantity,price\nVTI,10,365\nTLT,20,84\nCASH,100,\n"
    name = "<img src=x onerror=alert(1)>.csv"
    sent = page.send(
        {"months": "3", "paths": "1000", "lang": "zh-TW", "scenario": "dash-for-cash", "without": "liquidity"},
        file=(name, holdings),
    )
    assert sent.status == 303
    address = sent.headers["Location"]
    assert "報告已完成" in page.until_ended(address).text
    report = page.ask("GET", f"{address}/report.html").text
    assert 'lang="zh-Hant-TW"' in report
    assert "縮表下的搶現金潮" in report
    assert "管道：流動性與資金市場。" in report
    assert "<img" not in report
    assert "&lt;img src=x onerror=alert(1)&gt;" in report
    for file in FILES:
        reply = page.ask("GET", f"{address}/{file}")
        assert reply.status == 200
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert ("attachment" in reply.headers.get("Content-Disposition", "")) == (file != "report.html")


@with_work(refused)
def test_faults_of_the_input_are_escaped_and_listed(page: Page) -> None:
    sent = page.send({"months": "12", "pasted": "symbol,quantity\n<script>alert(1)</script>,x"})
    reply = page.until_ended(sent.headers["Location"])
    assert "&lt;script&gt;alert(1)" in reply.text
    assert "<script" not in reply.text


@with_work(crash)
def test_a_run_that_dies_says_so(page: Page) -> None:
    sent = page.send({"months": "12", "example": "balanced"})
    assert "The run failed" in page.until_ended(sent.headers["Location"]).text


@with_work(endless)
def test_a_run_that_takes_too_long_is_stopped(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "limits", lambda: {**settings.limits(), "run_seconds": 1})
    sent = page.send({"months": "12", "example": "balanced"})
    assert "took too long" in page.until_ended(sent.headers["Location"]).text
    wait_until(lambda: not page.jobs.processes)


@with_work(endless)
def test_the_queue_has_an_end_and_a_run_can_be_deleted(page: Page) -> None:
    room = settings.limits()["running"] + settings.limits()["waiting"]
    places = [page.send({"months": "12", "example": "balanced"}) for _ in range(room)]
    assert {reply.status for reply in places} == {303}
    assert page.send({"months": "12", "example": "balanced"}).status == 503
    assert "before this one" in page.ask("GET", places[-1].headers["Location"]).text
    run = places[0].headers["Location"].rpartition("/")[2]
    folder = page.jobs.find(run).folder
    assert page.send({"run": run}, path="/delete").status == 303
    assert not folder.exists()
    assert page.ask("GET", f"/run/{run}").status == 404
    assert page.send({"months": "12", "example": "balanced"}).status == 303


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.3])
def test_closing_ends_every_run_and_its_thread(pause: float) -> None:
    """At once, while a process starts, and while it works; pytest fails on an error in any thread."""
    for _ in range(8):
        jobs = Jobs(endless)
        asked = request(Sent({"example": ["balanced"], "months": ["12"]}, b"", ""))
        for _ in range(3):
            jobs.add(asked)
        time.sleep(pause)
        jobs.close()
        assert not any(thread.is_alive() for thread in jobs.threads)
        assert not jobs.processes
        assert not jobs.folder.exists()
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(("kind", "step"), [(SpawnProcess, "start"), (SpawnContext, "Pipe")])
def test_a_run_that_cannot_be_started_says_so(
    page: Page, monkeypatch: pytest.MonkeyPatch, kind: type, step: str
) -> None:
    def full(*given: object, **named: object) -> None:
        raise OSError(errno.EAGAIN, "no room for a process")

    monkeypatch.setattr(kind, step, full)
    sent = page.send({"months": "12", "example": "balanced"})
    assert "The run failed" in page.until_ended(sent.headers["Location"]).text
    assert not page.jobs.processes


def test_only_so_many_results_are_kept(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "limits", lambda: {**settings.limits(), "kept": 2})
    places = []
    for _ in range(3):
        places.append(page.send({"months": "12", "example": "balanced"}).headers["Location"])
        page.until_ended(places[-1])
    assert [page.ask("GET", place).status for place in places] == [404, 200, 200]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", ""])
def test_a_rebound_name_is_refused(page: Page, host: str) -> None:
    assert page.ask("GET", "/", Host=host.format(port=page.port)).status == 421
    assert page.ask("POST", "/run", b"", Host=host.format(port=page.port), Content_Type=FORM).status == 421


def test_localhost_is_welcome(page: Page) -> None:
    assert page.ask("GET", "/", Host=f"localhost:{page.port}").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
    ],
)
def test_a_form_of_another_page_is_refused(page: Page, headers: Mapping[str, str]) -> None:
    filled = {name: value.format(port=page.port) for name, value in headers.items()}
    assert page.send({"months": "12", "example": "balanced"}, **filled).status == 403
    assert not page.jobs.jobs


@pytest.mark.parametrize("token", ["", "x", "é" * 43])
def test_a_form_without_the_token_is_refused(page: Page, token: str) -> None:
    assert page.send({"token": token, "months": "12", "example": "balanced"}).status == 403
    assert page.send({"token": token, "run": "x"}, path="/delete").status == 403
    assert not page.jobs.jobs


@pytest.mark.parametrize(
    ("length", "status"),
    [("20000001", 413), ("9" * 400, 413), ("-1", 411), ("1e3", 411), ("", 411), ("٣", 411)],
)
def test_a_body_must_tell_a_sensible_length(page: Page, length: str, status: int) -> None:
    request = f"POST /run HTTP/1.1\r\nHost: {page.host}\r\nContent-Length: {length}\r\n\r\n"
    assert raw(page, request.encode("utf-8")).startswith(f"HTTP/1.0 {status} ".encode())


def test_a_file_that_is_too_large_is_answered_with_a_page(page: Page) -> None:
    reply = page.send({"months": "12"}, file=("big.csv", b"x" * 21_000_000))
    assert (reply.status, "at most 20 MB" in reply.text) == (413, True)


def test_chunks_of_unknown_length_are_refused(page: Page) -> None:
    request = f"POST /run HTTP/1.1\r\nHost: {page.host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert b" 411 " in raw(page, request.encode())


def test_a_body_that_trickles_is_cut_off(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "limits", lambda: {**settings.limits(), "body_seconds": 1})
    request = f"POST /run HTTP/1.1\r\nHost: {page.host}\r\nContent-Length: 1000000\r\n\r\n"
    with connected(page) as client:
        client.sendall(request.encode())
        while not select.select([client], [], [], 0.02)[0]:
            client.sendall(b"a")
        assert b" 408 " in received(client)


def test_a_body_that_stops_is_cut_off(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "limits", lambda: {**settings.limits(), "idle_seconds": 2})
    request = f"POST /run HTTP/1.1\r\nHost: {page.host}\r\nContent-Length: 1000\r\n\r\nabc"
    assert b" 408 " in raw(page, request.encode())


def test_a_head_that_trickles_is_cut_off(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "limits", lambda: {**settings.limits(), "connection_seconds": 1})
    with connected(page) as client, pytest.raises(OSError, match=r"[Rr]eset|[Bb]roken"):
        trickle(client, settings.limits()["connection_seconds"] / 2)


def trickle(client: socket.socket, seconds: float) -> None:
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        client.sendall(b"G")
        time.sleep(0.1)


def test_connections_are_bounded_and_places_come_back(page: Page) -> None:
    def answered() -> bool:
        try:
            return page.ask("GET", "/").status == 200
        except (http.client.HTTPException, OSError):
            return False

    with ExitStack() as held:
        for _ in range(settings.limits()["connections"]):
            held.enter_context(connected(page))
        wait_until(lambda: not answered())
    wait_until(answered)


@pytest.mark.parametrize(
    "path",
    [
        "/run", "/run/", "/run/x", "/run/x/report.html", "/etc/passwd", "/../../etc/passwd", "//etc/passwd",
        "/run/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/templates/form.html.j2", "/favicon.ico",
    ],
)  # fmt: skip
def test_an_address_is_never_a_path(page: Page, path: str) -> None:
    reply = page.ask("GET", path)
    assert reply.status == 404
    assert "root:" not in reply.text


def test_only_the_files_of_a_report_are_sent(page: Page) -> None:
    address = page.send({"months": "12", "pasted": "symbol,quantity\nVTI,1"}).headers["Location"]
    page.until_ended(address)
    assert page.ask("GET", f"{address}/report.html").status == 200
    for name in ("..", "holdings", "../holdings", "..%2fholdings", "report", "report.html/", ".", "x.html"):
        assert page.ask("GET", f"{address}/{name}").status == 404, name


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "No holdings"),
        ({"example": "../balanced"}, "not on the list"),
        ({"example": "balanced", "plan": "/etc/passwd"}, "not on the list"),
        ({"example": "balanced", "scenario": "/etc/passwd"}, "not on the list"),
        ({"example": "balanced", "without": "everything"}, "not on the list"),
        ({"example": "balanced", "paths": "1000000"}, "not on the list"),
        ({"example": "balanced", "lang": "../en"}, "not on the list"),
        ({"example": "balanced", "pace": "nan"}, "The pace must"),
        ({"example": "balanced", "pace": "1e9"}, "The pace must"),
        ({"example": "balanced", "months": "999"}, "The months must"),
        ({"example": "balanced", "months": "x"}, "The months must"),
        ({"example": "balanced", "months": "1.5"}, "whole number between 1 and 120"),
        ({"example": "balanced", "pace": "1001"}, "between -1000 and 1000"),
        ({"example": "balanced", "plan": "fast-qt", "pace": "50"}, "both given"),
    ],
)
def test_a_wrong_choice_is_said_on_the_form(page: Page, fields: Mapping[str, str], sentence: str) -> None:
    reply = page.send(fields)
    assert reply.status == 400
    assert sentence in reply.text
    assert not page.jobs.jobs


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "multipart/form-data", ""])
def test_another_kind_of_body_is_refused(page: Page, content_type: str) -> None:
    assert page.ask("POST", "/run", b"token=x", Content_Type=content_type).status in (400, 415)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
def test_other_methods_get_our_page(page: Page, method: str) -> None:
    reply = raw(page, f"{method} / HTTP/1.1\r\nHost: {page.host}\r\n\r\n".encode())
    assert b" 501 " in reply
    assert b"Content-Security-Policy" in reply


@pytest.mark.parametrize(
    "request_line", [b"\x00\x01\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 70_000]
)
def test_rubbish_does_no_harm(page: Page, request_line: bytes) -> None:
    raw(page, request_line)
    assert page.ask("GET", "/").status == 200


def test_errors_stand_in_both_languages(page: Page) -> None:
    text = page.ask("GET", "/nothing").text
    assert "There is nothing here" in text
    assert "此處沒有內容" in text


def raw(page: Page, request: bytes) -> bytes:
    """Everything that comes back for bytes that are sent as they are."""
    with connected(page) as client:
        with suppress(ConnectionError):  # it may have been refused before its end
            client.sendall(request)
        return received(client)


def connected(page: Page) -> socket.socket:
    return socket.create_connection(("127.0.0.1", page.port), timeout=PATIENCE)


def received(client: socket.socket) -> bytes:
    """Everything up to the end of the connection, be it a reset."""
    parts = []
    with suppress(ConnectionError):
        while part := client.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def test_the_page_listens_on_the_loopback_alone(page: Page) -> None:
    assert page.server.server_address[0] == "127.0.0.1"


def test_a_port_in_use_is_an_input_error(page: Page) -> None:
    with pytest.raises(InputError, match="in use"):
        serve(page.port)


def test_ctrl_c_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(pages.__file__).parents[2])}
    command = [sys.executable, "-m", "stresstest", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[0]
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/", address)
        assert found
        assert list(tmp_path.iterdir())
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=PATIENCE)) as connection:
                connection.request("GET", "/")  # once it answers, it has nothing else to do than to wait for the signal
                assert connection.getresponse().status == 200
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("book.csv", "book"), ("../../etc/passwd", "passwd"), ("C:\\Users\\me\\my book.xlsx", "my book"),
        ("", "holdings"),
        ("\u202egpj.csv", "gpj"), ("a\x00b\n.csv", "ab"), ("x" * 500, "x" * 80),
    ],
)  # fmt: skip
def test_a_file_name_becomes_a_title(given: str, shown: str) -> None:
    assert display_name(given) == shown


def test_a_form_with_too_many_parts_is_refused() -> None:
    with pytest.raises(RefusedError, match="wrong_form"):
        parse(FORM, form_body({f"f{i}": "x" for i in range(100)}))


def test_a_body_of_nothing_but_parts_is_refused_at_once() -> None:
    body = f"--{BOUNDARY}\r\n\r\n\r\n".encode() * 1_000_000
    started = time.thread_time()
    with pytest.raises(RefusedError, match="wrong_form"):
        parse(FORM, body)
    assert time.thread_time() - started < 1.0


def test_tokens_differ_from_start_to_start() -> None:
    assert Guard(1).token != Guard(1).token


def test_the_length_is_read_without_surprise() -> None:
    assert body_length({"Content-Length": "5"}, 10) == 5


def test_the_form_takes_what_the_command_line_takes(page: Page) -> None:
    shown = page.ask("GET", "/").text
    for name in ("pace", "months"):
        low, high = option_limits()[name]
        field = re.search(rf'<input id="{name}"[^>]*>', shown)
        assert field is not None
        assert f'min="{low:g}" max="{high:g}"' in field[0]
    fields = {"example": "balanced", "months": "120", "pace": "-1000"}
    asked = request(Sent({name: [value] for name, value in fields.items()}, b"", ""))
    assert (asked.months, asked.pace) == (120, -1000.0)
