"""The operator's commands: parse, call an activity, print."""
