"""The colours of both products can be read on every ground, in light and in dark: WCAG 2.2, level AA."""

import re
from pathlib import Path

import pytest

TOKENS = Path("rest/static/shared/tokens.css")
BLOG = Path("blog/static/blog/blog.css")
TEXTS = ("ink", "ink-quiet", "accent", "accent-hover", "good", "caution", "bad")
CONTROLS = ("line-strong", "focus")
GROUNDS = ("paper", "surface", "sunken", "hover", "accent-soft", "good-soft", "caution-soft", "bad-soft")

_COLOUR = re.compile(r"light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")


def colours() -> dict[str, tuple[str, str]]:
    found = re.findall(rf"--([\w-]+): {_COLOUR.pattern}", TOKENS.read_text())
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_and_controls_stand_out(scheme: int, ground: str) -> None:
    known = colours()
    for names, least in ((TEXTS, 4.5), (CONTROLS, 3.0)):
        for name in names:
            assert contrast(known[name][scheme], known[ground][scheme]) >= least, name
    assert contrast(known["on-accent"][scheme], known["accent"][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_coloured_code_can_be_read(scheme: int) -> None:
    ground = colours()["sunken"][scheme]
    found = [match[scheme] for match in _COLOUR.findall(BLOG.read_text())]
    assert len(found) >= 6
    for colour in found:
        assert contrast(colour, ground) >= 4.5, colour


def test_browsers_without_light_dark_have_the_light_ones() -> None:
    plain, _, modern = TOKENS.read_text().partition("@supports (color: light-dark(#000, #fff)) {")
    assert "light-dark" not in plain.partition(":root {")[2]
    assert "color-scheme: light;" in plain
    given = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", plain))
    assert given == {name: light for name, (light, _) in colours().items()}
    assert modern.count("light-dark(") == len(given) + 2  # and two in --shadow
