"""What AWS refuses and MiniStack accepts: one rule a function, each with its source.

A rule says why something is refused, in AWS's words where they are known, or nothing ("") where it is fine. `install`
puts every rule into MiniStack, for its APIs and for CloudFormation.
"""
