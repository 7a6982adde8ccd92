"""An application that hands out files, behind CloudFront and unchanged: `make offload` (docs/updates.md)."""
