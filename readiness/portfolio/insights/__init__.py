"""What the portfolio's figures say over time: a card each, in one table (`cards.py`). Every number leads to its rows."""
