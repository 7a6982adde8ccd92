"""axe-core's rules on the page a browser shows."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Only what is wrong leaves the page: all that axe found would be a few hundred kilobytes.
FIND = """() => axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations.map(
  ({ id, impact, help, nodes }) =>
    `${id} (${impact}): ${help}: ${nodes.map(({ target }) => JSON.stringify(target)).join(", ")}`))"""


def violations(page: Page) -> list[str]:
    """What axe finds wrong, each with the elements it means; empty when all is well."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(FIND)
    return found
