"""No answer without a scope, and no scope that lets a plan see more than it includes: from Python, too."""

import ast
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_type_hints

import pytest

import botlens.answers
from botlens.answers.answers import Answers
from botlens.answers.scope import Scope, feature_of
from botlens.engine import Engine
from botlens.errors import BotlensError, NotFoundError, PlanError
from botlens.tenants.plans import ANALYTICS, COMPARE, DEFAULT_PLANS, FEATURES, Plan, plans_from
from tests.conftest import Tenant
from tests.events import answer, message

FREE_OF_FEATURES = {"conversations.delete", "extent.events", "verification.verify"}
SOURCE = Path(botlens.answers.__file__).parents[1]


def methods(engine: Engine) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public method of every room of the answers, and of what people read and do of gaps."""
    rooms = {**vars(engine.answers), "gaps": engine.gaps, "gap_editing": engine.gap_editing}
    for room_name, room in rooms.items():
        if not room_name.startswith("_"):
            for name, method in inspect.getmembers(room, callable):
                if not name.startswith("_"):
                    yield f"{room_name}.{name}", method


def called(method: Callable[..., Any], scope: Scope) -> Any:
    """What a method makes of nothing but its scope: where it asks for more, it is given None."""
    wanted = list(inspect.signature(method).parameters.values())[1:]
    needed = [None for each in wanted if each.default is each.empty and each.kind is not each.KEYWORD_ONLY]
    return method(scope, *needed)


def plans_without_something() -> dict[str, Plan]:
    """The default plans, and for each feature a plan that has all but it."""
    lacking = {
        f"no {feature}": {
            "analytics": True,
            "conversations_per_month": 1,
            "features": [each for each in FEATURES if each != feature],
        }
        for feature in FEATURES
    }
    none = {"nothing": {"analytics": False, "conversations_per_month": 1, "features": list(FEATURES)}}
    return plans_from({**lacking, **none})


@pytest.fixture
def on_plan(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Scope]:
    """Puts the company on a plan, and gives its scope."""
    accounts = tenant.world.engine.accounts
    monkeypatch.setattr(accounts, "plans", MappingProxyType(plans_without_something()))

    def put(plan: str) -> Scope:
        accounts.set_plan(tenant.company.id, plan)
        company = accounts.company(tenant.company.id)
        assert company is not None
        return tenant.world.engine.answers.scope(company, tenant.world.now)

    return put


def test_every_method_says_what_it_needs(tenant: Tenant) -> None:
    """A new method must name its feature, or say that it needs none, which is then listed here as well."""
    found: dict[str, str | None] = {}
    for name, method in methods(tenant.world.engine):
        first = next(iter(inspect.signature(method).parameters))
        assert get_type_hints(method)[first] is Scope, f"{name} demands no scope"
        try:
            found[name] = feature_of(method)
        except AttributeError:
            pytest.fail(f"{name} says nothing of features: mark it with `needs` or `free_of_features`")
    assert {name for name, feature in found.items() if feature is None} == FREE_OF_FEATURES
    assert {feature for feature in found.values() if feature} <= {ANALYTICS, *FEATURES}
    assert {"seed.overview", "queries.query", "conversations.page", "conversations.export"} <= set(found)


def test_answers_are_methods_of_a_room(tenant: Tenant) -> None:
    """What answers within a scope is found by the walk of these tests, wherever in the package it is."""
    answers = tenant.world.engine.answers
    rooms = {type(room) for name, room in vars(answers).items() if not name.startswith("_")}
    public = {name for name, _ in inspect.getmembers(Answers, callable) if not name.startswith("_")}
    assert public == {"scope"}
    for module in pkgutil.walk_packages(botlens.answers.__path__, "botlens.answers."):
        for name, each in vars(import_module(module.name)).items():
            if name.startswith("_") or getattr(each, "__module__", "") != module.name:
                continue
            if inspect.isfunction(each):
                assert not demands_scope(each, 0), f"{module.name}.{name} answers outside of a room"
            elif inspect.isclass(each) and each not in rooms and each is not Scope:
                for method_name, method in inspect.getmembers(each, inspect.isfunction):
                    assert not demands_scope(method, 1), f"{name}.{method_name} answers outside of a room"


def demands_scope(function: Callable[..., Any], place: int) -> bool:
    names = list(inspect.signature(function).parameters)
    return len(names) > place and get_type_hints(function).get(names[place]) is Scope


def test_a_scope_is_made_in_one_place() -> None:
    """`Scope.of` alone makes one, and the answers alone ask it to: of an engine, and of what is moved."""
    makers = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Scope", "Scope.of"):
                makers.add(path.relative_to(SOURCE).as_posix())
    assert makers == {"answers/answers.py", "answers/still.py"}


def test_nobody_reads_past_the_answers() -> None:
    """Who else has the engine could take its snapshots: only what deletes old conversations does, and what
    compares with a source.
    """
    readers = set()
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.Attribute) and node.attr == "snapshots" for node in ast.walk(tree)):
            readers.add(path.relative_to(SOURCE).as_posix())
    assert {each for each in readers if not each.startswith("commit/")} == {
        "answers/answers.py",
        "answers/conversations/export.py",
        "answers/conversations/pages.py",
        "gaps/editing/editing.py",
        "gaps/link/following.py",
        "gaps/reading/gaps.py",
        "gaps/link/company_link.py",
        "gaps/link/work.py",
        "gaps/questions/marking.py",
        "upkeep/retention.py",
    }


def test_what_a_plan_lacks_is_refused(tenant: Tenant, on_plan: Callable[[str], Scope]) -> None:
    """Each method on each plan that lacks its feature, straight from the engine: before anything is read."""
    refused: set[tuple[str, str]] = set()
    for plan in plans_without_something().values():
        scope = on_plan(plan.name)
        for name, method in methods(tenant.world.engine):
            feature = feature_of(method)
            if feature is None or plan.includes(feature):
                continue
            with pytest.raises(PlanError) as caught:
                called(method, scope)
            assert f"`{plan.name}`" in caught.value.message
            refused.add((plan.name, name))
    everything = {name for name, _ in methods(tenant.world.engine)} - FREE_OF_FEATURES
    assert {name for plan, name in refused if plan == "free"} == everything
    assert {name for plan, name in refused if plan == "nothing"} == everything
    assert {name for plan, name in refused if plan == "starter"} == {"conversations.export"}
    assert {name for plan, name in refused if plan == "no gaps"} >= {"gaps.page", "gap_editing.merge"}
    assert ("no query", "queries.catalogue") in refused


def test_what_a_plan_includes_is_answered(tenant: Tenant, on_plan: Callable[[str], Scope]) -> None:
    """With the feature alone, and no other, the answer comes."""
    tenant.send(message("a", "1"))
    answers, scope = tenant.world.engine.answers, on_plan("pro")
    asks: dict[str, Callable[[Scope], Any]] = {
        ANALYTICS: lambda scope: answers.seed.chatbot(scope, "bot")["total_messages"],
        "query": lambda scope: len(answers.queries.query(scope, {"metrics": ["questions"]})["rows"]),
        "conversations": lambda scope: answers.conversations.page(scope, {})["total"],
        "export": lambda scope: b"".join(answers.conversations.export(scope, {}).chunks).count(b"\r\n") - 1,
    }
    for feature, ask in asks.items():
        alone = Plan("pro", True, 1, features=frozenset({feature} - {ANALYTICS}))
        assert ask(replace(scope, plans={"pro": alone})) == 1


def test_free_of_features(tenant: Tenant, on_plan: Callable[[str], Scope]) -> None:
    """Whoever must delete may, and whether the numbers are right is told: even on a plan that is gone.

    That one counts as free.
    """
    tenant.send(message("a", "1"), answer("a", "2"))
    scope = on_plan("free")
    gone = replace(scope, company=replace(scope.company, plan="gone"))
    answers = tenant.world.engine.answers
    with pytest.raises(PlanError, match="The plan `free` has no analytics"):
        answers.seed.overview(gone)
    assert answers.verification.verify(gone) == {"equal": True, "conversations": 1, "differences": []}
    answers.conversations.delete(gone, "a")
    with pytest.raises(NotFoundError):
        answers.conversations.transcript(on_plan("pro"), "a")


def test_a_comparison_is_a_feature_of_its_own(tenant: Tenant, on_plan: Callable[[str], Scope]) -> None:
    """A plan with queries alone answers a query, and refuses to compare."""
    queries, scope = tenant.world.engine.answers.queries, on_plan(f"no {COMPARE}")
    request = {"metrics": ["conversations"], "period": "7d"}
    assert queries.query(scope, request)["rows"]
    with pytest.raises(PlanError, match="comparisons"):
        queries.query(scope, {**request, "compare": "previous_period"})


def test_history_is_refused_without_http(tenant: Tenant, on_plan: Callable[[str], Scope]) -> None:
    """The plan starter looks back 365 days, whoever asks, and whatever for."""
    answers, scope = tenant.world.engine.answers, on_plan("starter")
    exporting = replace(scope, plans={"starter": Plan("starter", True, 1, history_days=365)})
    for ask in (
        lambda period: answers.queries.query(scope, {"metrics": ["conversations"], "period": period}),
        lambda period: answers.conversations.page(scope, {"period": period}),
        lambda period: answers.conversations.export(exporting, {"period": period}),
    ):
        assert ask("30d")
        for period in ("all", {"from": "2025-03-17"}):
            with pytest.raises(PlanError, match="goes back 365 days"):
                ask(period)


def test_one_rule_of_zones(tenant: Tenant) -> None:
    """What is asked for comes first, then the one chatbot's own, then the company's."""
    tenant.put("tokyo", timezone="Asia/Tokyo")
    scope = tenant.scope
    assert scope.zone("Europe/Berlin", chatbot_id="tokyo").key == "Europe/Berlin"
    assert scope.zone(chatbot_id="tokyo").key == "Asia/Tokyo"
    assert scope.zone(chatbot_id="bot").key == scope.zone().key == "UTC"
    with pytest.raises(BotlensError) as caught:
        scope.zone("Mars", field="timezone")
    assert (caught.value.code, caught.value.field) == ("unknown_timezone", "timezone")
    with pytest.raises(NotFoundError, match="no such chatbot"):
        scope.zone(chatbot_id="none")


def test_scopes_of_companies_are_apart(new_tenant: Callable[..., Tenant]) -> None:
    """A chatbot of another company looks like one that is not there."""
    mine, theirs = new_tenant(chatbots=("mine",)), new_tenant(chatbots=("theirs",))
    assert list(mine.scope.chatbots) == ["mine"]
    seed = mine.world.engine.answers.seed
    for ask in (seed.chatbot, seed.gaps):
        with pytest.raises(NotFoundError) as caught:
            ask(mine.scope, "theirs")
        assert caught.value.code == "unknown_chatbot"
    assert seed.chatbot(theirs.scope, "theirs")["chatbot_name"] == "Theirs"


def test_default_plans_are_walked() -> None:
    """The plans of these tests are those of an installation, and some more."""
    assert set(DEFAULT_PLANS) < set(plans_without_something())
