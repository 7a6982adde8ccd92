"""What a function is told of its surroundings: the variables config/env.py reads. No secret is among them."""

import json
import secrets
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from config.edge import edge_url
from config.services import named, published_with_variables
from infra.deploy import dax, edge, regions, users
from infra.deploy.deployment import SERVICES, DeployError, Deployment, say
from infra.stacks import resource_variables

LAMBDA_BYTES = 4096  # names and values together
SECRETS = {"SECRET_KEY": "secret-key", "EDGE_KEY": "edge-key", "PUSH_KEY": "push-key"}
# The secret key before the present one, whose signatures stay good: links in mails that were sent.
BEFORE = {"SECRET_KEY_FALLBACKS": "secret-key-before"}
_NOT_YET = "https://not-deployed-yet.invalid"


def make_secrets(deployment: Deployment) -> None:
    """Create each secret of the environment that is not there yet, encrypted in Parameter Store, seen by nobody.

    A second region gets those of the first.
    """
    if deployment.suffix:
        copy_secrets(deployment)
        return
    ssm = deployment.client("ssm")
    made = {name: secrets.token_urlsafe(48) for name in SECRETS.values()}
    for name, value in made.items():
        try:
            ssm.put_parameter(
                Name=deployment.parameter(name),
                Value=value,
                Type="SecureString",
                Description="Made by the first deployment. docs/deploy.md says how to change it.",
            )
        except ssm.exceptions.ParameterAlreadyExists:
            continue
        say(f"made the secret {deployment.parameter(name)}")


def copy_secrets(deployment: Deployment) -> None:
    """Give a second region the secrets of the first, so that each accepts what the other has signed."""
    here, home = deployment.client("ssm"), deployment.client("ssm", deployment.home_region)
    names = [deployment.parameter(name) for name in {**SECRETS, **BEFORE}.values()]
    found = home.get_parameters(Names=names, WithDecryption=True)
    for each in found["Parameters"]:
        here.put_parameter(Name=each["Name"], Value=each["Value"], Type="SecureString", Overwrite=True)
    if found["InvalidParameters"]:
        here.delete_parameters(Names=found["InvalidParameters"])


def rotate_key(deployment: Deployment, *, leaked: bool) -> None:
    """Make a new secret key. The former one stays good for what it has signed, unless it has leaked.

    Then a key that nobody knows takes its place: versions that were told of it would not start without one. Raises
    DeployError while the key that was made last is not in use.
    """
    if not leaked and (names := regions.stages_without(deployment, SECRETS["SECRET_KEY"])):
        raise DeployError(f"Deploy {names} first: the key that was made last is not in use there yet.")
    ssm = deployment.client("ssm")
    key = SECRETS["SECRET_KEY"]
    former = ssm.get_parameter(Name=deployment.parameter(key), WithDecryption=True)["Parameter"]["Value"]
    deployment.keep(BEFORE["SECRET_KEY_FALLBACKS"], secrets.token_urlsafe(48) if leaked else former)
    deployment.keep(key, secrets.token_urlsafe(48))


def secret_variables(deployment: Deployment) -> dict[str, str]:
    """The names in Parameter Store of the secrets there are, as config/env.py reads them."""
    names = {**SECRETS, **BEFORE}
    wanted = [deployment.parameter(name) for name in names.values()]
    filters = [{"Key": "Name", "Option": "Equals", "Values": wanted}]
    # Without a paginator it may look as if none were there: a first page can be empty.
    pages = deployment.client("ssm").get_paginator("describe_parameters").paginate(ParameterFilters=filters)
    there = {each["Name"] for page in pages for each in page["Parameters"]}
    return {
        variable: f"ssm:{deployment.parameter(name)}"
        for variable, name in names.items()
        if deployment.parameter(name) in there
    }


def site_url(deployment: Deployment) -> str:
    """Where readers find the site: the domain, else CloudFront, else API Gateway; a placeholder before all of them.

    The embedded AWS keeps a distribution without serving it.
    """
    if domain := deployment.options.get("domain"):
        return f"https://{domain}"
    host = "" if deployment.embedded else edge.distribution(deployment, "DistributionDomain")
    return f"https://{host}" if host else deployment.api_url() or _NOT_YET


def variables(deployment: Deployment, data: dict[str, str]) -> dict[str, str]:
    """All variables of the function: from the outputs of the stacks, and the stage's own.

    Raises DeployError when there are too many, or one is said twice.
    """
    site = site_url(deployment)
    hosts = {urlsplit(site).hostname or "", deployment.api_host(), urlsplit(deployment.api_url()).hostname or ""}
    values = {
        **resource_variables(data),
        **secret_variables(deployment),
        **_cognito(deployment, data),
        **_other_services(deployment),
        **dax.variables(deployment),
        "DISTRIBUTION_ID": edge.distribution(deployment),
        "STAGE": deployment.environment,
        "SERVICES": ",".join(deployment.services),
        "SITE_URL": site,
        "EDGE_ONLY": "yes" if edge.is_the_door(deployment, site) else "",
        "UPLOADS_ACCELERATED": "yes" if deployment.options.get("accelerate_uploads") else "",
        "STAFF_MFA": "" if deployment.options.get("staff_mfa", True) else "no",
        "ALLOWED_HOSTS": ",".join(sorted(filter(None, hosts))),
        "STATIC_URL": f"{_bucket_url(deployment, data['StaticBucket'], site)}/static/",
        **{
            each.variable: _bucket_url(deployment, data[each.bucket], site, f"/{each.origin}")
            for each in published_with_variables()
        },
    }
    own = {name: str(value) for name, value in deployment.settings.get("aws_environment_variables", {}).items()}
    if taken := ", ".join(sorted(own.keys() & values.keys())):
        raise DeployError(f"{deployment.stage}.aws_environment_variables: the deployment itself says what {taken} is.")
    values = {name: value for name, value in {**own, **values}.items() if value}
    if (size := sum(len(name.encode()) + len(value.encode()) for name, value in values.items())) > LAMBDA_BYTES:
        raise DeployError(f"The function's variables take {size} bytes; Lambda allows {LAMBDA_BYTES}.")
    return values


def _bucket_url(deployment: Deployment, bucket: str, site: str, path: str = "") -> str:
    """Where a browser fetches what lies in a bucket: CloudFront, or what stands for it on the embedded AWS."""
    return edge_url(deployment.endpoint_url, bucket) if deployment.embedded else f"{site}{path}"


def _cognito(deployment: Deployment, data: dict[str, str]) -> dict[str, str]:
    pool = data["UserPoolId"]
    issuer = f"{deployment.endpoint_url}/{pool}" if deployment.embedded else data["UserPoolIssuer"]
    keys_url = f"{issuer}/.well-known/jwks.json"
    domain = f"https://{data['UserPoolDomain']}.auth.{deployment.home_region}.amazoncognito.com"
    return {
        "COGNITO_REGION": deployment.region if deployment.suffix and users.are_replicated(deployment) else "",
        "COGNITO_JWKS_URL": keys_url,
        "COGNITO_DOMAIN_URL": deployment.endpoint_url or domain,
        "COGNITO_KEYS": _public_keys(keys_url),
    }


def _public_keys(url: str) -> str:
    """The user pool's public keys, without fields that verifying does not need, so that no cold start fetches them.

    Raises DeployError.
    """
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - Cognito, or loopback
            found: list[dict[str, Any]] = json.load(response)["keys"]
    except (OSError, HTTPException, ValueError) as error:
        raise DeployError(f"{url} does not answer with the users' keys: {error}") from None
    keys = [{name: key[name] for name in ("alg", "e", "kid", "kty", "n", "use")} for key in found]
    return json.dumps({"keys": keys}, separators=(",", ":"))


def _other_services(deployment: Deployment) -> dict[str, str]:
    """Where the services live that this function does not serve."""
    found = {}
    whole = Deployment(deployment.environment, deployment.settings, deployment.session)
    called = {name for service in named(deployment.services) for name in service.calls}
    for service in sorted(set(SERVICES) - set(deployment.services)):
        url = deployment.sibling(service).api_url() or whole.api_url()
        if not url and service in called:
            raise DeployError(f"{deployment.stage} asks {service} by REST: deploy {whole.stage}_{service} first.")
        if url:
            found[f"{service.upper()}_URL"] = url
    return found
