"""Fills a database with many services that have two years behind them, to see how pages and reports bear it.

Some two hundred services are lived through day by day (`lives`) and written as rows of every kind (`models`). The others are
their likenesses, copied by the database with new people, teams and dates of go-live (`likenesses`).
"""
