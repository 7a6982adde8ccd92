"""DAX for a stage that serves public posts and asks for it by `"dax": "dax.t3.small"`: infra/dax.yaml.

The function is in its network from then on. Each stage has its own, in the home region alone.
"""

from infra.deploy.deployment import Deployment, say
from infra.stacks import StackError

TEMPLATE = "dax"
LIBRARY = "amazon-dax-client"


def node_type(deployment: Deployment) -> str:
    """The type of the cluster's nodes; empty where there is to be none."""
    serves_posts = "blog" in deployment.services and not deployment.suffix
    return str(deployment.options.get("dax", "")) if serves_posts else ""


def apply(deployment: Deployment) -> dict[str, list[str]]:
    """Make cluster and network; which network the function is to be in, none without a cluster. Raises StackError."""
    if not (wanted := node_type(deployment)):
        return {"SubnetIds": [], "SecurityGroupIds": []}
    values = {"Project": deployment.project, "Environment": deployment.environment, "Role": deployment.role}
    made = deployment.stacks_of(deployment.stage).apply_known(TEMPLATE, {**values, "NodeType": wanted})
    return {"SubnetIds": made["Subnets"].split(","), "SecurityGroupIds": [made["Group"]]}


def variables(deployment: Deployment) -> dict[str, str]:
    """Where the cluster answers, as config/env.py reads it."""
    if not node_type(deployment):
        return {}
    return {"DAX_ENDPOINT": deployment.stacks_of(deployment.stage).outputs(TEMPLATE).get("Endpoint", "")}


def remove(deployment: Deployment) -> None:
    """Delete cluster and network once no function is in it; what Lambda has there may take it a while to end."""
    try:
        deployment.stacks_of(deployment.stage).delete(TEMPLATE)
    except StackError as error:
        say(f"the network of DAX is still there, repeat in half an hour: {error}")
