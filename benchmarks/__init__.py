"""How much the tool costs, as ratios to something simple that is measured in the same run."""
