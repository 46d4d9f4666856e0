"""Pages by topic: `checks` of services, `integrations` of the organisation."""
