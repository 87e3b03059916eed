"""The crash sweep: the worker's process is killed right before and right after call k of a whole dispatch."""
