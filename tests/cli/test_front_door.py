"""What a stranger may cost: how long a connection may be silent, how much it may send, how many there are."""

import contextlib
import errno
import json
import re
import resource
import socket
import time

import pytest
from structlog.testing import capture_logs
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from botlens.serving import connections
from tests.cli.front_door import GET, Caller, door, eventually

POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


def post(size: int, *parts: bytes) -> bytes:
    return POST % size + b"".join(parts)


# Silence


@pytest.mark.parametrize("said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_who_sends_no_whole_head_is_told_and_left(said: bytes) -> None:
    """From accept on, whether anything was said or not: 408 in the one shape, and the end."""
    with door(head=0.3) as at:
        caller = at.connect(said) if said else at.connect()
        answer = caller.answer()
        assert (answer.status, answer.code) == (408, "request_timeout")
        assert answer.headers["connection"] == "close"
        assert caller.is_closed()
        assert at.seen == []


@pytest.mark.parametrize(
    ("first", "rest"), [(b"GET / HTTP/1.1\r\n", b"Host: x\r\n\r\n"), (post(6, b"abc"), b"def")]
)
def test_who_was_in_time_is_not_blamed_for_a_server_that_stood_still(first: bytes, rest: bytes) -> None:
    """What came meanwhile is read before it is looked for what is overdue."""
    with door(head=0.5, body=0.5) as at:
        at.ask(GET)
        for _ in range(20):  # this process may stand still before the rest was sent: then it is in no time
            caller = at.connect(first)
            time.sleep(0.1)
            at.stand_still(1)
            time.sleep(0.1)
            if caller.send(rest).answer().status == 200:
                return
    raise AssertionError("it was too late, each time")


def test_a_head_that_drips_is_as_bad_as_none() -> None:
    """A byte now and then does not prolong the time that a head has."""
    with door(head=0.4) as at:
        caller = at.connect(b"GET / HTTP/1.1\r\nX: ")
        begun = time.monotonic()
        with contextlib.suppress(OSError):  # a broken pipe or a reset, as it comes
            while time.monotonic() < begun + 30:
                caller.send(b"a")
                time.sleep(0.05)
        assert time.monotonic() - begun < 25


def test_between_requests_only_keep_alive_counts() -> None:
    """An idle connection may be silent longer than a head may take; then its first byte starts the clock."""
    with door(head=0.3, keep_alive=120) as at:
        caller = at.ask(GET)
        assert caller.answer().status == 200
        time.sleep(0.7)
        assert caller.send(GET).answer().status == 200
        caller.send(b"GET")
        assert caller.answer().code == "request_timeout"
    with door(keep_alive=1) as at:
        begun = time.monotonic()
        quiet = at.connect(GET)
        assert quiet.answer().status == 200
        assert quiet.is_closed()
        assert 1 <= time.monotonic() - begun < 25


def test_who_stops_in_the_middle_of_a_body_is_told_and_left() -> None:
    """408, and the app is told that nobody is there any more."""
    with door(body=0.3) as at:
        caller = at.connect(post(100, b"some"))
        answer = caller.answer()
        assert (answer.status, answer.code) == (408, "request_timeout")
        assert caller.is_closed()
        assert eventually(lambda: at.seen == ["/", "gone"])


def test_a_body_that_drips_is_too_slow() -> None:
    """It is never silent for long, but brings less than the rate."""
    with door(body=5, rate=1000, rate_over=0.5) as at:
        caller = at.connect(post(100_000))
        caller.socket.settimeout(0.05)
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                caller.send(b"a")
                data = caller.socket.recv(1000)
            except TimeoutError:
                continue
            assert b" 408 " in data
            break
        else:
            pytest.fail("it went on for ever")


def test_a_body_that_comes_steadily_is_taken() -> None:
    """As long as it comes at the rate, it may take longer than silence may."""
    with door(body=1.5, rate=100, rate_over=1.5) as at:
        for _ in range(10):  # who stands still for as long as that is none who sends steadily
            caller = at.connect(post(2000))
            with contextlib.suppress(OSError):
                for _ in range(20):
                    caller.send(b"x" * 100)
                    time.sleep(0.1)
                answer = caller.answer()
                if answer.status == 200:
                    break
        assert answer.body == b"2000"


def test_a_server_that_is_slow_to_answer_blames_nobody() -> None:
    """While the app works, no time of the client's runs."""
    with door(head=0.2, body=0.2, linger=0.2) as at:
        caller = at.ask(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.8)
        at.loop_call(at.release.set)
        assert caller.answer().body == b"slow"


def test_a_client_that_does_not_read_is_left() -> None:
    """Of 16 MiB it reads nothing: the connection ends, and with it what was kept for it."""
    with door(rate=1000, rate_over=0.3) as at:
        caller = socket.socket()
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        caller.connect(at.address)
        caller.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        assert eventually(lambda: at.seen == ["/large"])
        assert eventually(lambda: not at.server.server_state.connections)
        caller.close()


# Size and shape


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: aaaaaaaaaa\r\n" * 5_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000,  # and no end
    ],
)
def test_a_head_that_is_too_long(head: bytes) -> None:
    """One long address, one long header, many headers, one without end: 431, and nothing of it is kept."""
    with door() as at:
        answer = at.connect(head).answer()
        assert (answer.status, answer.code) == (431, "head_too_large")
        assert at.seen == []


def test_a_head_that_is_just_short_enough() -> None:
    """64 KiB are taken, also when other requests came in the same breath."""
    with door() as at:
        line = b"X: " + b"a" * 64_000 + b"\r\n"
        caller = at.connect(GET * 3 + b"GET /last HTTP/1.1\r\n" + line + b"\r\n")
        rest = b""
        while rest.count(b"HTTP/1.1 200") < 4:
            rest += caller.socket.recv(65536)
        assert at.seen == ["/", "/", "/", "/last"]


@pytest.mark.parametrize(
    "request_",
    [
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad header\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: five\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\n\r\n",
        b"GET http://x HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_not_http_is_told_in_the_one_shape(request_: bytes) -> None:
    """A broken request line, address, header, length or chunk: 400 as JSON that says which, and the end."""
    with door() as at:
        caller = at.connect(request_)
        answer = caller.answer()
        assert (answer.status, answer.code) == (400, "invalid_http")
        assert re.search(r"chunks \(.+\)\.$", json.loads(answer.body)["detail"])
        assert answer.headers["content-type"] == "application/json"
        assert caller.is_closed()


def test_a_fault_of_ours_is_not_called_one_of_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where reading a good request fails: 500, and the cause in the log."""

    def fails(_: object) -> None:
        raise RuntimeError("made up")

    monkeypatch.setattr(HttpToolsProtocol, "on_headers_complete", fails)
    with capture_logs() as logs, door() as at:
        answer = at.connect(GET).answer()
        assert (answer.status, answer.code) == (500, "internal_error")
    assert [str(each["exc_info"]) for each in logs if each["event"] == "reading_failed"] == ["made up"]


@pytest.mark.parametrize("broken", [b"NONSENSE\r\n\r\n", post(0)[:-2] + b"Bad\r\n\r\n"])
def test_an_error_never_takes_the_place_of_an_earlier_answer(broken: bytes) -> None:
    """Three requests in one breath, the last one broken: two answers, then the error."""
    with door() as at:
        caller = at.connect(b"GET /slow HTTP/1.1\r\n\r\n" + GET + broken)
        assert eventually(lambda: at.seen == ["/slow"])
        at.loop_call(at.release.set)
        data = b""
        while chunk := caller.socket.recv(65536):
            data += chunk
        statuses = [line.split()[1] for line in data.split(b"\r\n") if b"HTTP/1.1 " in line]
        assert statuses == [b"200", b"200", b"400"]


def test_an_answer_before_the_body_ends_the_connection_in_time() -> None:
    """Who is refused may go on sending, and reads the answer; what never ends is left."""
    with door(linger=0.3) as at:
        caller = at.connect(b"POST /early HTTP/1.1\r\nContent-Length: 100\r\n\r\n", b"half")
        assert caller.answer().status == 401
        assert caller.is_closed()
    with door(linger=120) as at:
        patient = at.connect(b"POST /early HTTP/1.1\r\nContent-Length: 4\r\n\r\n")
        assert patient.answer().status == 401
        patient.send(b"rest")
        assert patient.send(GET).answer().status == 200


def test_a_body_that_nobody_asked_for_is_not_taken_for_a_request() -> None:
    """`Expect: 100-continue` that was refused: the connection ends, since nobody knows what comes next."""
    with door() as at:
        caller = at.connect(b"POST /early HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert caller.answer().status == 401
        assert caller.is_closed()


@pytest.mark.parametrize(
    "more",
    [b"1;" + b"e" * 1_000_000, b"0\r\nX: " + b"t" * 1_000_000, b"0\r\n" + b"X: y\r\n" * 200_000],
    ids=["an extension", "a long trailer", "many trailers"],
)
def test_what_stands_around_a_body_has_a_bound(more: bytes) -> None:
    """Extensions of chunks and trailers are no body, so nothing else counts them."""
    with door() as at:
        caller = at.connect(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        with contextlib.suppress(OSError):
            caller.send(more)
        answer = caller.answer()
        assert (answer.status, answer.code) == (431, "head_too_large")


def test_many_small_chunks_are_a_body() -> None:
    """However much more there is around each byte than there are bytes; trailers are thrown away."""
    with door() as at:
        caller = at.connect(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        caller.send(b"1;note=x\r\na\r\n" * 50_000 + b"0\r\nX: y\r\n\r\n" + GET)
        answer = caller.answer()
        assert (answer.status, answer.body) == (200, b"50000")
        assert eventually(lambda: at.seen == ["/", "/"])


@pytest.mark.parametrize("offer", [b"h2c", b"websocket"])
@pytest.mark.parametrize(
    "framed", [b"Content-Length: 4\r\n\r\nbody", b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"]
)
def test_an_offer_of_another_protocol_is_ignored(offer: bytes, framed: bytes) -> None:
    """Java's client makes one with each request: the body is read, and the connection goes on."""
    head = b"POST /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n"
    with door() as at:
        caller = at.connect(head + b"Upgrade: " + offer + b"\r\n" + framed)
        assert caller.answer().body == b"4"
        caller.send(head + b"Upgrade: " + offer + b"\r\n")
        time.sleep(0.05)
        caller.send(framed + GET)
        assert caller.answer().body == b"4"
        assert eventually(lambda: at.seen == ["/x", "/x", "/"])


# How many


def test_the_oldest_stranger_gives_way() -> None:
    """At the limit a new connection takes the place of the oldest that has shown no good credentials."""
    with door(connections=3, head=120) as at:
        friend = at.connect(b"GET /known HTTP/1.1\r\n\r\n")
        assert friend.answer().status == 200
        strangers = [at.connect(), at.connect()]
        assert eventually(lambda: len(at.server.server_state.connections) == 3)
        new = at.connect(GET)
        assert new.answer().status == 200
        assert strangers[0].is_closed()
        assert strangers[1].send(GET).answer().status == 200
        assert friend.send(GET).answer().status == 200


def test_where_all_are_known_the_new_one_is_refused() -> None:
    """503 in the one shape, and when to come again; the others notice nothing."""
    with door(connections=2) as at:
        friends = [at.connect(b"GET /known HTTP/1.1\r\n\r\n") for _ in range(2)]
        assert [each.answer().status for each in friends] == [200, 200]
        refused = at.connect()
        answer = refused.answer()
        assert (answer.status, answer.code) == (503, "too_many_connections")
        assert int(answer.headers["retry-after"]) > 0
        assert refused.is_closed()
        assert [each.send(GET).answer().status for each in friends] == [200, 200]
        friends.pop().socket.close()
        assert eventually(lambda: len(at.server.server_state.connections) == 1)
        assert at.connect(GET).answer().status == 200


def test_room_for_store_and_journal_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many connections there may be, descriptors are left: all in use count, not ours alone."""
    with door(connections=10_000) as at:
        before = connections.in_use()
        monkeypatch.setattr(connections, "descriptors", lambda: before + 200)  # 100 of which are the callers'
        monkeypatch.setattr(connections, "kept_descriptors", lambda: 60)
        flood: list[Caller] = [at.connect(b"G") for _ in range(100)]
        time.sleep(1.2)  # until the next look at what others have
        for _ in range(5):
            latest = at.connect(GET)
            assert latest.answer().status == 200
            flood.append(latest)
        assert eventually(lambda: connections.in_use() <= before + 145)
        for each in flood:
            each.socket.close()


class Exhausted:
    """A listener of a process that has no descriptors left, until it has some again."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.tries = 0
        self.over = False

    def fileno(self) -> int:
        return self.listener.fileno()

    def accept(self) -> object:
        if self.over:
            return self.listener.accept()
        self.tries += 1
        raise OSError(errno.EMFILE, "Too many open files")


def test_without_descriptors_the_server_waits_and_goes_on() -> None:
    """It tries a few times a second, not all the time; those it has are served; then the others are, too."""
    with door() as at:
        friend = at.connect(GET)
        assert friend.answer().status == 200
        acceptor = at.server._acceptors[0]
        acceptor._listener = listener = Exhausted(acceptor._listener)
        begun = time.monotonic()
        waiting = at.connect(GET)
        time.sleep(1)
        assert eventually(lambda: listener.tries >= 1)
        assert listener.tries <= 8 * (time.monotonic() - begun)
        assert friend.send(GET).answer().status == 200
        listener.over = True
        assert waiting.answer().status == 200


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    """What the process may have, it has; a quarter or 256 of it are never for connections."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (400, before[1]))
        assert (connections.kept_descriptors(), connections.most_connections()) == (100, 300)
        connections.raise_descriptors()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
        assert connections.most_connections() == min(10_000, before[1] - 256)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


# The end


def test_streams_and_half_requests_end_with_the_server() -> None:
    """A stream is broken off, half a body gets 503, an idle connection closes, a short answer is finished."""
    with door(grace=60) as at:
        stream = at.connect(b"GET /stream HTTP/1.1\r\n\r\n")
        assert stream.answer().status == 200
        half = at.connect(post(100, b"some"))
        idle = at.connect(GET)
        assert idle.answer().status == 200
        busy = at.connect(b"GET /slow HTTP/1.1\r\n\r\n")
        assert eventually(lambda: sorted(at.seen) == ["/", "/", "/slow", "/stream"])
        begun = time.monotonic()
        at.server.should_exit = True
        assert half.answer().code == "stopping"
        assert idle.is_closed()
        while stream.socket.recv(1000) == b"5\r\nbegun\r\n":
            pass
        at.loop_call(at.release.set)
        assert busy.answer().body == b"slow"
        assert time.monotonic() - begun < 50  # a server that waits for them waits for a minute
