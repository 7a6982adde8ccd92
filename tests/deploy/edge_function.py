"""Runs the code of infra/edge.yaml's function as it stands, by Node.js, with a stand-in for the module `cloudfront`."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from infra.lint import INFRA_DIR, load

NODE = shutil.which("node")
RUNNER = Path(__file__).with_suffix(".mjs")
# As AWS's does, it throws for a key that is not there, and writes down how the origin is changed.
STAND_IN = """
const calls = [];
let keys = {};
const edge = {name: 'SEA', serverIp: '192.0.2.1'};
const store = {get: async (key) => {
  calls.push(['get', key]);
  if (!(key in keys)) throw new Error('KeyNotFound');
  return keys[key];
}};
export default {
  calls,
  begin: (values, region) => { keys = values; edge.region = region; },
  edgeLocation: edge,
  kvs: () => store,
  selectRequestOriginById: (id) => { calls.push(['select', id]); },
  createRequestOriginGroup: (group) => { calls.push(['group', group]); },
};
"""
VIEWER = "198.51.100.7"


@dataclass(frozen=True)
class Chosen:
    """What the function made of a request: the answer or the request it returned, and what it asked CloudFront for."""

    result: dict[str, Any]
    calls: list[list[Any]]

    @property
    def keys(self) -> list[str]:
        """The keys it read."""
        return [value for name, value in self.calls if name == "get"]

    @property
    def origins(self) -> list[str]:
        """The origins that are asked, one after the other; none when the behavior's own is."""
        for name, value in self.calls:
            if name == "select":
                return [value]
            if name == "group":
                return [each["originId"] for each in value["originIds"]]
        return []


def in_template(*, has_second: bool, near_second: str = "") -> str:
    """The code as CloudFormation fills it in."""
    code, values = load(INFRA_DIR / "edge.yaml")["Resources"]["ChooseOrigin"]["Properties"]["FunctionCode"]["Fn::Sub"]
    values |= {"HasSecond": str(has_second).lower(), "NearSecond": near_second}
    return re.sub(r"\$\{(\w+)\}", lambda found: str(values[found[1]]), str(code))


def run(
    code: str,
    *requests: tuple[str, str],
    keys: Mapping[str, str] = MappingProxyType({}),
    headers: Mapping[str, str] = MappingProxyType({}),
    region: str = "us-east-1",
) -> list[Chosen]:
    """What the function does with requests, each a method and a path, while the store holds these keys.

    `region` is where CloudFront would ask from.
    """
    sent = {name: {"value": value} for name, value in headers.items()}
    events = [
        {"viewer": {"ip": VIEWER}, "request": {"method": method, "uri": uri, "querystring": {}, "headers": sent}}
        for method, uri in requests
    ]
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "node_modules" / "cloudfront").mkdir(parents=True)
        (folder / "node_modules" / "cloudfront" / "package.json").write_text('{"type": "module", "main": "index.js"}')
        (folder / "node_modules" / "cloudfront" / "index.js").write_text(STAND_IN)
        (folder / "function.mjs").write_text(f"{code}\nexport {{handler}};\n")
        shutil.copy(RUNNER, folder / "runner.mjs")
        done = subprocess.run(
            [str(NODE), "runner.mjs"],
            cwd=folder,
            input=json.dumps({"events": events, "keys": dict(keys), "region": region}),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return [Chosen(**each) for each in json.loads(done.stdout)]
