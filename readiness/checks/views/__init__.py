"""Pages by topic: `checks` of services, their `drills`, `integrations` of the organisation."""
