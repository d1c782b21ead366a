"""The tool as in production, on this machine: two web, two workers, servers of its own."""
