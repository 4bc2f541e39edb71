"""Speed: how long answers take."""

from math import exp

from botlens.metrics.catalogue.declaration import Better, Histogram, Kind, Measure, Metric

# In steps of two hundredths, however slow a bot is: a few hundred keys at most.
_STEPS = "arrayMap(v -> toInt64(round(log(greatest(v, 1)) * 50)), latencies)"
_COUNTED = f"countMap(mapFromArrays({_STEPS}, latencies))"


def _of_step(step: int) -> float:
    return exp(step / 50)


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
        histogram=Histogram(_COUNTED, _of_step, float(level)),
        when_null="no answer with a known latency yet",
    )


SPEED: tuple[Metric, ...] = (
    _latency("latency_p50", "Answer latency, median", "Latency p50", "0.5", "half"),
    _latency("latency_p95", "Answer latency, 95th percentile", "Latency p95", "0.95", "95 %"),
)
