"""The live process waits for the database in a few threads, and nowhere else.

A thread keeps its connection from one question to the next. When a question fails on a connection that was there before, it is
asked once more on a new one: that is all it takes to get over a database that was restarted.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import DatabaseError, InterfaceError, connection

THREADS = 3
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="asks")


async def ask[**P, T](question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(asked, question, *args, **kwargs))


def asked[**P, T](question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    was_there = connection.connection is not None
    try:
        return question(*args, **kwargs)
    except (DatabaseError, InterfaceError):
        connection.close()
        if not was_there:
            raise
    return asked(question, *args, **kwargs)
