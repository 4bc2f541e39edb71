"""axe-core, brought into a page past its policy, which refuses scripts of others."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.chromium import lacking

_FILE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
# The contrast of text over bars is not seen by axe; a unit test computes all contrasts from the tokens.
# A colour on its way from one theme to the other is neither's: transitions end before anything is judged.
_SETTLE = "document.getAnimations().forEach((one) => { if (one instanceof CSSTransition) one.finish(); })"
_RUN = "axe.run(document, %s).then((found) => found.violations)"
_ALL: dict[str, Any] = {"resultTypes": ["violations"]}
_CONTRAST = {**_ALL, "runOnly": ["color-contrast"]}


@cache
def _source() -> str:
    if not _FILE.exists():
        lacking("axe-core is not there: `make web`.")
    return _FILE.read_text()


def violations(page: Page, *, contrast_alone: bool = False) -> list[str]:
    """What a page does wrong: the rule, and where. In another theme only the contrast can be another."""
    session = page.context.new_cdp_session(page)

    def run(source: str) -> Any:
        asked = {"expression": source, "awaitPromise": True, "returnByValue": True}
        answer = session.send("Runtime.evaluate", asked)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    try:
        run(f"void (() => {{ if (!globalThis.axe) {{ {_source()} }} }})()")
        run(_SETTLE)
        found = run(_RUN % json.dumps(_CONTRAST if contrast_alone else _ALL))
    finally:
        session.detach()
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}" for each in found for node in each["nodes"]
    ]
