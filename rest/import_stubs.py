"""Import this first where a process starts often: DRF and PyJWT without what no request here needs.

DRF imports what it finds of YAML, colours and URI templates, for pages and formats nobody gets; and, to write paths for
a description of the API, the whole admin. PyJWT imports all about certificates, and a client that fetches keys. Who
imports these modules by their own names later, as drf-spectacular does when it is asked for the description, gets them.
"""

from dynamo.import_stubs import later, stand_ins


def _import_drf() -> None:
    missing = ("coreapi", "inflection", "markdown", "pygments", "requests", "uritemplate", "yaml")
    paths = "django.contrib.admindocs.views"
    with stand_ins({**dict.fromkeys(missing), paths: {"simplify_regex": later(paths, "simplify_regex")}}):
        import rest_framework.compat
        import rest_framework.schemas  # noqa: F401


def _import_jwt() -> None:
    with stand_ins({"cryptography.x509": {}, "jwt.jwks_client": {"PyJWKClient": object}}):
        import jwt  # noqa: F401


_import_drf()
_import_jwt()
