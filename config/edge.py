"""Where there is no CloudFront. Deployments import this, so it knows nothing of this process's own surroundings."""


def edge_url(endpoint: str, bucket: str) -> str:
    """Where the embedded AWS at an address serves what a bucket lets CloudFront read: it serves no distribution."""
    return f"{endpoint}/_cloudfront/{bucket}"
