"""Readers of the environment: the only place that knows os.environ. Each fails loudly, naming the variable."""

import json
import os
from pathlib import Path

from config.signing import Credentials

BASE_DIR = Path(__file__).resolve().parent.parent


class MissingVariable(Exception):
    """A variable is missing or malformed. The message says which, and what would be right."""


def _local_values() -> dict[str, str]:
    """What the embedded AWS wrote when it started, so that any terminal sees the running system."""
    path = local_dir() / "env.json"
    if os.environ.get("STAGE", "local") != "local" or not path.is_file():
        return {}
    values: dict[str, str] = json.loads(path.read_text())
    return values


def local_dir() -> Path:
    """Where the local stage keeps its data; LOCAL_DIR moves it."""
    return Path(os.environ.get("LOCAL_DIR") or BASE_DIR / ".local").absolute()


def _secret_values() -> dict[str, str]:
    """What stands in Parameter Store, for each variable of the form `ssm:/name`: asked once, when the process starts.

    So no secret is part of a function's configuration, which more people may read than may decrypt it.
    """
    names = {variable: value[4:] for variable, value in os.environ.items() if value.startswith("ssm:/")}
    if not names:
        return {}
    from config.parameters import read

    region, endpoint_url = os.environ.get("AWS_REGION", "us-east-1"), os.environ.get("AWS_ENDPOINT_URL", "")
    values = read(names.values(), region=region, endpoint_url=endpoint_url, credentials=credentials())
    return {variable: values[name] for variable, name in names.items()}


def credentials() -> Credentials | None:
    """Those of Lambda's role, which it puts here: botocore would look here first, too, after a long import."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    return Credentials(key, secret, os.environ.get("AWS_SESSION_TOKEN") or None) if key and secret else None


def text(name: str, default: str | None = None) -> str:
    """The variable, or the default. Raises MissingVariable without either."""
    value = SECRETS.get(name) or os.environ.get(name) or VALUES.get(name) or default
    if value is None:
        raise MissingVariable(f"{name} is not set: see docs/settings.md.")
    return value


def boolean(name: str, default: bool) -> bool:
    """`1`, `true`, `yes`, `on` or their opposites, in any case; anything else is refused."""
    value = text(name, str(default)).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise MissingVariable(f"{name} must be true or false, not {value!r}.")


def integer(name: str, default: int) -> int:
    """A whole number. Raises MissingVariable."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise MissingVariable(f"{name} must be a whole number, not {value!r}.") from None


def words(name: str, default: str | None = None) -> list[str]:
    """A comma-separated list; blanks are dropped."""
    return [word for part in text(name, default).split(",") if (word := part.strip())]


def put(values: dict[str, str]) -> None:
    """Set variables for this process and those it starts, before settings are read."""
    os.environ.update(values)


def snapshot() -> dict[str, str]:
    """The environment to start a child process with."""
    return {**VALUES, **os.environ}


def use_embedded_aws() -> None:
    """Have this process and its children ask the embedded AWS alone, whatever else the environment and ~/.aws hold.

    A developer's own account must neither be asked nor needed: its profile, token, region and endpoints are forgotten.
    """
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_PORT"]:
        del os.environ[name]
    nowhere = f"http://127.0.0.1:{os.environ.get('AWS_PORT') or 4566}"  # before the first start
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    os.environ |= {"AWS_ENDPOINT_URL": nowhere, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
    os.environ |= {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    # boto3 and PynamoDB read these by themselves.
    os.environ |= {name: value for name, value in VALUES.items() if name.startswith("AWS_")}


def _pass_proxies() -> None:
    """Have nobody ask a network's proxy for what runs on this machine."""
    others = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if others != "*" and any(name.lower() in {"http_proxy", "all_proxy"} for name in os.environ):
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(filter(None, (others, "localhost,127.0.0.1,::1")))


SECRETS = _secret_values()
VALUES = _local_values()
if os.environ.get("STAGE", "local") == "local":
    _pass_proxies()
    # Tests say by this variable where theirs is.
    if VALUES or "AWS_ENDPOINT_URL" not in os.environ:
        use_embedded_aws()
