"""Links that show one view of the portfolio to whoever has them, read only, until they end."""
