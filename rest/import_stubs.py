"""Import this first where a process starts often: DRF without YAML, colours and URI templates.

DRF imports what it finds of them, for pages and formats nobody gets here. It is imported with these hidden; who imports
them by their own names, as drf-spectacular does when it is asked for the API's description, gets them.
"""

import sys


def _import_drf() -> None:
    hidden = {"coreapi", "inflection", "markdown", "pygments", "requests", "uritemplate", "yaml"} - sys.modules.keys()
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: there is no such module
    try:
        import rest_framework.compat  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]


_import_drf()
