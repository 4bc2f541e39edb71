"""The room of knowledge gaps: what to write next, its story, and what is done about it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.reading import DESK, PHONE, WIDER, Readers, settled
from tests.conftest import Tenant
from tests.events import answer, message

SOFA = "Do you rent out sofas?"


@pytest.fixture
def linked(shop: Tenant) -> Tenant:
    """The shop, of which the questions are grouped: three visitors asked for sofas, and got no answer."""
    answer = shop.world.client.post("/v1/gaps/relink?wait=120", headers=shop.headers)
    assert answer.json()["state"] == "done", answer.text
    return shop


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_a_gap_is_found_fixed_and_followed(readers: Readers, linked: Tenant, screen: dict[str, int]) -> None:
    """From the list to the gap and its conversations; said to be fixed, it says that nothing is decided."""
    reader = readers.of(linked, viewport=screen)
    page = reader.opens("b/bot/gaps")
    rows = page.get_by_role("list", name="Gaps").get_by_role("listitem")
    sofa = rows.filter(has_text=SOFA)
    expect(sofa).to_contain_text("saved a month")
    sofa.get_by_role("link").click()
    gap = page.get_by_role("article")
    expect(gap.get_by_role("heading", name=SOFA)).to_be_visible()
    expect(gap).to_contain_text("got an unsure answer")
    assert page.evaluate(WIDER) == []

    gap.get_by_role("button", name="I fixed it").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What was done").fill("An article on renting")
    dialog.get_by_role("button", name="I fixed it").click()
    expect(gap).to_contain_text("Not decided yet.")
    expect(gap).to_contain_text("An article on renting")
    expect(gap.get_by_role("button", name="Open again")).to_be_visible()

    gap.get_by_role("link", name="See the conversations").click()
    expect(page.locator("main h2").first).to_have_text(re.compile(r"^\d+ conversations$"))
    page.go_back()
    settled(page)
    expect(page.get_by_role("article")).to_contain_text("Not decided yet.")


def test_what_is_fixed_is_no_more_to_be_written(readers: Readers, linked: Tenant) -> None:
    """It leaves the list, while whoever fixed it still sees its story; the choice of all states has it."""
    page = readers.of(linked).opens("b/bot/gaps")
    rows = page.get_by_role("list", name="Gaps").get_by_role("listitem")
    expect(rows.filter(has_text=SOFA)).to_be_visible()
    gap = page.get_by_role("article")
    expect(gap.get_by_role("heading", name=SOFA)).to_be_visible()
    gap.get_by_role("button", name="I fixed it").click()
    page.get_by_role("dialog").get_by_role("button", name="I fixed it").click()
    expect(gap).to_contain_text("Not decided yet.")
    expect(rows.filter(has_text=SOFA)).to_have_count(0)
    expect(gap.get_by_role("heading", name=SOFA)).to_be_visible()
    page.get_by_label("State").select_option("All but dismissed")
    expect(rows.filter(has_text=SOFA)).to_contain_text("Fixed")
    page.go_back()
    expect(page.get_by_label("State")).to_have_value("")
    expect(rows.filter(has_text=SOFA)).to_have_count(0)


def test_back_leads_to_the_search_before(readers: Readers, linked: Tenant) -> None:
    """The field, the address and the list agree, forth and back."""
    page = readers.of(linked).opens("b/bot/gaps")
    field, rows = page.get_by_role("searchbox", name="Find a gap"), page.get_by_role("list", name="Gaps")
    for text in ("sofas", "nothing like it"):
        field.fill(text)
        field.press("Enter")
        expect(page).to_have_url(re.compile("q=" + re.escape(text.split()[0])))
    expect(page.get_by_role("main")).to_contain_text("No gap matches.")
    page.go_back()
    expect(field).to_have_value("sofas")
    expect(rows.get_by_role("listitem")).to_contain_text([SOFA])
    page.go_back()
    expect(field).to_have_value("")
    page.go_forward()
    expect(field).to_have_value("sofas")


def test_keys_and_addresses_lead_to_gaps(readers: Readers, linked: Tenant) -> None:
    """J chooses the next gap, Escape lets go of it; a question in the address leads to its gap."""
    page = readers.of(linked).opens("b/bot/gaps")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(r"/gaps/g_"))
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/gaps$"))
    readers.of(linked).goes(page, "b/bot/gaps?question=do%20you%20rent%20out%20sofas")
    expect(page).to_have_url(re.compile(r"/gaps/g_"))
    expect(page.get_by_role("article").get_by_role("heading", name=SOFA)).to_be_visible()


def test_what_is_said_above_the_gaps_takes_no_room_from_them(readers: Readers, linked: Tenant) -> None:
    """An address of which something is left out says so in a line, and the gaps stand under it."""
    page = readers.of(linked).opens("b/bot/gaps?period=90d")
    notice = page.get_by_role("status").filter(has_text="period=90d").bounding_box()
    gap = page.get_by_role("article").bounding_box()
    assert notice is not None
    assert gap is not None
    assert notice["height"] < 100
    assert gap["y"] < DESK["height"] / 2
    page.get_by_role("button", name="Understood").click()
    expect(page.get_by_role("article")).to_be_visible()


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_what_people_type_is_text(readers: Readers, shop: Tenant, screen: dict[str, int]) -> None:
    """Markup, letters from right to left and a question without an end: each is read, none does anything."""
    strange = (
        '<img src=x onerror="document.title = 1"><b>wrapped gifts</b>',
        "\u202ekcehc ot ekil d'I\u202c كيف أغلّف الهدية؟",
        "gift" * 1_250,
    )
    for number in range(6):
        text, of = strange[number % 3], {"session_id": f"s{number}"}
        shop.send(message(f"c{number}", "1", text, **of), answer(f"c{number}", "2", 0.01, **of))
    assert shop.world.client.post("/v1/gaps/relink?wait=120", headers=shop.headers).json()["state"] == "done"
    page = readers.of(shop, viewport=screen).opens("b/bot/gaps")
    rows = page.get_by_role("list", name="Gaps").get_by_role("listitem")
    for text in strange:
        rows.filter(has_text=text[:40]).get_by_role("link").click()
        gap = page.get_by_role("article")
        expect(gap.get_by_role("heading", level=2)).to_contain_text(text[:400])
        assert page.evaluate(WIDER) == []
        assert gap.locator("img, b").count() == 0
        page.go_back()
        settled(page)
    assert page.title() != "1"


def test_who_only_reads_changes_no_gap(readers: Readers, linked: Tenant) -> None:
    """A viewer sees the gap, and no button that would change it; nor is anything wrong for who cannot see."""
    page = readers.of(linked, role="viewer").opens("b/bot/gaps")
    gap = page.get_by_role("article")
    expect(gap).to_contain_text("got an unsure answer")
    for name in ("I fixed it", "More", "Open again"):
        expect(gap.get_by_role("button", name=name)).to_have_count(0)
    assert violations(page) == []


def test_a_bot_without_scores_says_so(readers: Readers, linked: Tenant) -> None:
    """Where no answer says how sure it is, the page says that, and what is weaker instead."""
    page = readers.of(linked).opens("b/mute/gaps")
    expect(page.get_by_role("main")).to_contain_text("sends no confidence scores")
