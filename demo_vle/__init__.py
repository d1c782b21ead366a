"""A small LTI platform for trying and testing tools: it knows no tool and meets them over HTTP."""
