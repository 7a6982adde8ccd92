"""Runs in the tools' own virtual environment: policy documents by name on stdin, parliament's findings on stdout.

A finding is the policy's name, the fault's name in parliament's config.yaml, and what it is about.
"""

import json
import sys

from parliament import analyze_policy_string, config

if __name__ == "__main__":
    findings = [
        (name, finding.issue, str(finding.detail))
        for name, document in json.load(sys.stdin).items()
        for finding in analyze_policy_string(json.dumps(document), name, config=config).findings
    ]
    json.dump(findings, sys.stdout)
