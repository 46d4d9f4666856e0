"""Reading PromQL, and telling what an alerting rule watches: for a Prometheus that is asked and for rules in a file."""
