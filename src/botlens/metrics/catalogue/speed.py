"""Speed: how long answers take."""

from botlens.metrics.catalogue.declaration import Better, Kind, Measure, Metric


def _latency(name: str, label: str, short: str, level: str, share: str) -> Metric:
    return Metric(
        name=name,
        label=label,
        short=short,
        definition=f"The time that {share} of the answers took at most: the value at place floor({level} n), "
        "counted from 0, of all latencies in order. A latency is the answer's `latency_ms`; where it has "
        "none and is the first reply to a question, the time since that question; unless both are of one "
        "moment, which says nothing.",
        unit="ms",
        better=Better.DOWN,
        kind=Kind.PERCENTILE,
        measure=Measure(f"quantileExactArray({level})(latencies)", "sum(length(latencies))"),
        contributing="notEmpty(latencies)",
        when_null="no answer with a known latency yet",
    )


SPEED: tuple[Metric, ...] = (
    _latency("latency_p50", "Answer latency, median", "Latency p50", "0.5", "half"),
    _latency("latency_p95", "Answer latency, 95th percentile", "Latency p95", "0.95", "95 %"),
)
