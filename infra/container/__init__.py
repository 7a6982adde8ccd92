"""The same code in a container, behind a load balancer."""
