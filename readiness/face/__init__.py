"""What every page shares: navigation, template tags, badges and the style guide. Knows nothing of the domain's models."""
