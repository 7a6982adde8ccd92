"""AWS's own validation of templates, offline: `python validate_templates.py TEMPLATE...`.

Ends with 1 and a line for each finding that is an error or a warning.
"""

import sys

from cloudformation_validate import CelEngine, Severity

# Rules that are not followed, each with its reason.
PASSED_OVER = {
    "W1030": "a parameter without a value turns off, by a condition, what would need one",
    "W1001": "the reference is in an Fn::If of the same condition",
}


def findings(engine: CelEngine, name: str) -> list[str]:
    """What is wrong with a template, as sentences."""
    return [
        f"{name}: {each.rule_id} {each.message}"
        for each in engine.validate_template(name).diagnostics
        if each.severity != Severity.INFO and each.rule_id not in PASSED_OVER
    ]


if __name__ == "__main__":
    engine = CelEngine()
    found = [finding for name in sys.argv[1:] for finding in findings(engine, name)]
    sys.stdout.write("".join(f"{finding}\n" for finding in found))
    sys.exit(bool(found))
