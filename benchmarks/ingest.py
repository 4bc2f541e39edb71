"""Ingest over HTTP: batches of several sizes, several clients; each event new, each answer waited for."""

from collections import defaultdict

from benchmarks.dataset import Dataset
from benchmarks.figures import Results
from benchmarks.load import Stock
from benchmarks.routes import Paths, add_latencies
from benchmarks.server import Server
from benchmarks.sizes import MEBIBYTE

STAGE = "ingest"
MANY_CLIENTS = 32
_CLIENTS = (1, 4)


def label(batch: int, clients: int) -> str:
    return f"batches of {batch:,}, {clients} client{'s' if clients > 1 else ''}"


def measure(results: Results, dataset: Dataset, server: Server) -> None:
    """Events go to the largest chatbot, whose numbers are live: each commit updates them."""
    profile, detail = dataset.profile, Paths.of(dataset).detail
    ways = [(batch, clients) for batch in profile.ingest_events for clients in _CLIENTS]
    ways.append((1, MANY_CLIENTS))
    rates: dict[tuple[int, int], list[float]] = defaultdict(list)
    messages: dict[tuple[int, int], list[float]] = defaultdict(list)
    waits: dict[tuple[int, int], list[list[float]]] = defaultdict(list)
    memory: dict[tuple[int, int], list[float]] = defaultdict(list)
    disk: dict[tuple[int, int], list[float]] = defaultdict(list)
    before, sent_messages, refused = server.get(detail)["total_messages"], 0, 0
    for _ in range(profile.ingest_repetitions):
        for batch, clients in ways:
            events = (
                profile.single_clients_events if clients == MANY_CLIENTS else profile.ingest_events[batch]
            )
            stock = Stock.prepare(server, dataset, dataset.measured[0], clients, events, batch)
            size = _bytes_on_disk(server)
            sent = stock.send(server)
            memory[batch, clients].append(server.memory()[0] / MEBIBYTE)
            disk[batch, clients].append((_bytes_on_disk(server) - size) / stock.messages)
            rates[batch, clients].append(sent.events / sent.elapsed)
            messages[batch, clients].append(stock.messages / sent.elapsed)
            waits[batch, clients].append([second * 1_000 for second in sent.seconds])
            sent_messages += stock.messages
            refused += sent.refused
    for way in ways:
        results.add(STAGE, label(*way), "botlens", rates[way], "events/s")
        results.add(STAGE, f"{label(*way)}, messages alone", "botlens", messages[way], "messages/s")
        add_latencies(results, STAGE, f"{label(*way)}, acknowledged", waits[way])
        results.add(STAGE, f"{label(*way)}, resident memory", "botlens", memory[way], "MiB")
        results.add(STAGE, f"{label(*way)}, new on disk", "botlens", disk[way], "bytes/message")
    counted = server.get(detail)["total_messages"] - before
    results.check(
        "ingest: every acknowledged message is counted",
        counted == sent_messages,
        f"{sent_messages} sent, {counted} more counted",
    )
    results.check("ingest: nothing was refused", not refused, f"{refused} times 429 or 503")
    results.facts["ingest_messages"] = sent_messages


def _bytes_on_disk(server: Server) -> float:
    """Of the store's tables, after everything that was sent is there: a question has it written."""
    server.get("/v1/query?metrics=conversations&period=today")
    samples = (line.rsplit(" ", 1) for line in server.ask("/metrics").body.decode().splitlines())
    return sum(float(value) for name, value in samples if name.startswith("botlens_store_bytes"))
