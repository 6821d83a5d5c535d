"""A real browser without a screen, for tests that look at a page."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

# Set by whoever has installed one: then a test that cannot look has failed.
REQUIRED: Final = "GWP_REQUIRE_BROWSER"
PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
# As root in a container, without a graphics card, and asking nobody in the world for anything.
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Only a failing test waits so long.
DEADLINE_MS: Final = 20_000.0

VIOLATIONS: Final = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


def browser_program() -> str:
    """Skips the test where there is none, unless one is required."""
    for name in PROGRAMS:
        found = shutil.which(name)
        if found is not None:
            return found
    reason = f"no browser was found: install one of {', '.join(PROGRAMS)}"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@attrs.frozen(eq=False)
class Screen:
    """A page in a browser, and what went wrong in it."""

    page: Page
    errors: list[str] = attrs.Factory(list)

    async def shows(self, text: str, *, within: str = "body") -> None:
        """Return once *text* is seen in the element *within*; the test fails if it never is."""
        await self.page.locator(within).get_by_text(text).first.wait_for(state="visible")

    async def text(self) -> str:
        """All that is seen."""
        return await self.page.locator("body").inner_text()

    async def violations(self) -> list[str]:
        """What the page's security policy had to forbid."""
        found: list[str] = await self.page.evaluate("window.violations")
        return found

    async def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        wider: int = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return wider


@asynccontextmanager
async def launched_browser() -> AsyncIterator[Browser]:
    program = browser_program()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def screen(
    browser: Browser,
    *,
    size: tuple[int, int] = (1_200, 900),
    dark: bool = False,
    javascript: bool = True,
    scale: float = 1.0,
) -> AsyncIterator[Screen]:
    """A window of so many pixels."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        java_script_enabled=javascript,
        device_scale_factor=scale,
    )
    context.set_default_timeout(DEADLINE_MS)
    await context.add_init_script(VIOLATIONS)
    page = await context.new_page()
    shown = Screen(page)

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            shown.errors.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: shown.errors.append(str(error)))
    try:
        yield shown
    finally:
        await context.close()
