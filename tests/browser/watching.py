"""Notes what a page may never do, whatever is tested: it is looked at after every test."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

_VIOLATION = "csp violation: "
# Before anything of the page runs: tells of what the policy refused, and sums how far things jumped.
_EARS = f"""
addEventListener("securitypolicyviolation", (event) => {{
  console.error("{_VIOLATION}" + event.violatedDirective + " " + event.blockedURI + " " + event.sample);
}});
globalThis.shifted = 0;
globalThis.moved = [];
try {{
  new PerformanceObserver((list) => {{
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) {{
      globalThis.shifted += entry.value;
      for (const each of entry.sources) moved.push((each.node?.parentElement?.outerHTML ?? "").slice(0, 90));
    }}
  }}).observe({{ type: "layout-shift", buffered: true }});
}} catch {{}}
"""


@dataclass
class Watch:
    """What went wrong on the pages of some contexts.

    Attributes:
        origins: what may be asked.
        wrong: violations of the policy, requests to others, errors of scripts; what was noted of each.
        requests: all that was asked, by path.
    """

    origins: set[str]
    wrong: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> BrowserContext:
        """Look at all pages of a context from now on."""
        context.add_init_script(_EARS)
        context.on("console", self._said)
        context.on("weberror", self._failed)
        context.on("request", self._asked)
        return context

    def _said(self, message: ConsoleMessage) -> None:
        text = message.text
        if text.startswith(_VIOLATION) or "Content Security Policy" in text or "Trusted" in text:
            self.wrong.append(text)

    def _failed(self, error: WebError) -> None:
        self.wrong.append(f"error of a script: {error.error.message}")

    def _asked(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("data", "blob"):
            return
        if f"{url.scheme}://{url.netloc}" not in self.origins:
            self.wrong.append(f"asked another server: {request.url}")
        self.requests.append(f"{request.method} {url.path}")


def shifted(page: Page) -> tuple[float, list[str]]:
    """How far the things on a page have jumped since it was loaded, as browsers measure it; and which did."""
    return page.evaluate("() => [globalThis.shifted, globalThis.moved]")
