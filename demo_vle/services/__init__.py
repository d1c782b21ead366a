"""The services that a tool calls with a token."""
