"""Speed: how long answers take."""

from botlens.metrics.catalogue.declaration import Kind, Measure, Metric


def _latency(name: str, label: str, level: str, share: str) -> Metric:
    return Metric(
        name,
        label,
        f"The time that {share} of the answers took at most: the value at place floor({level} n), counted "
        "from 0, of all latencies in order. A latency is the answer's `latency_ms`; where it has none and is "
        "the first reply to a question, the time since that question; unless both are of one moment, "
        "which says nothing.",
        "ms",
        Kind.PERCENTILE,
        Measure(f"quantileExactArray({level})(latencies)", "sum(length(latencies))"),
        behind="notEmpty(latencies)",
    )


SPEED: tuple[Metric, ...] = (
    _latency("latency_p50", "Answer latency, median", "0.5", "half"),
    _latency("latency_p95", "Answer latency, 95th percentile", "0.95", "95 %"),
)
