"""Settings that are interrupted by Ctrl-C while they are imported."""

raise KeyboardInterrupt
