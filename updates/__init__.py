"""Software updates of apps and devices: The Update Framework's metadata and files, which CloudFront serves from S3.

Commands for whoever publishes, and one function that renews timestamps. docs/updates.md tells how to use them,
docs/adr/0009-updates.md and the ADR on The Update Framework say why.
"""
