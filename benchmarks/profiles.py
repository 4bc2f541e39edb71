"""How big a run is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """The size of the data set and how often each thing is measured.

    `ingest_events` is by batch size: how many events one repetition sends in all. `synced_messages` are in
    the tables that are followed, for `synced_seconds` by each way.
    """

    name: str
    conversations: int
    rounds: int
    requests_per_round: int
    restarts: int
    mixed_seconds: int
    ingest_repetitions: int
    ingest_events: dict[int, int]
    single_clients_events: int
    synced_messages: int
    synced_seconds: int
    chatbots: int = 200
    days: int = 365


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="tiny",
            conversations=2_700,
            rounds=2,
            requests_per_round=50,
            restarts=1,
            mixed_seconds=1,
            ingest_repetitions=2,
            ingest_events={1: 200, 100: 2_000, 1_000: 8_000, 5_000: 20_000},
            single_clients_events=960,
            synced_messages=20_000,
            synced_seconds=5,
        ),
        Profile(
            name="small",
            conversations=30_000,
            rounds=3,
            requests_per_round=200,
            restarts=3,
            mixed_seconds=3,
            ingest_repetitions=3,
            ingest_events={1: 300, 100: 6_000, 1_000: 20_000, 5_000: 40_000},
            single_clients_events=1_600,
            synced_messages=200_000,
            synced_seconds=10,
        ),
        Profile(
            name="full",
            conversations=1_500_000,
            rounds=3,
            requests_per_round=1_000,
            restarts=3,
            mixed_seconds=20,
            ingest_repetitions=5,
            ingest_events={1: 2_000, 100: 40_000, 1_000: 200_000, 5_000: 300_000},
            single_clients_events=16_000,
            synced_messages=2_000_000,
            synced_seconds=30,
        ),
    )
}
