"""LTI on the wire: registrations, launches, deep linking, authorised service calls."""
