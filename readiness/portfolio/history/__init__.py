"""The page of the history. It stands up here, and not in the room of the history itself, because who may read an entry is a
question about services and teams, of which that room knows nothing.
"""
