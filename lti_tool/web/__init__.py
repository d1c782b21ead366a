"""The toolkit of views. It knows no domain: access, session, forms, transaction, error pages."""
