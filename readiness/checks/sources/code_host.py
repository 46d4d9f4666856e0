"""Where the code and its pipelines are: GitHub says how many calls are left, GitLab its version.

https://docs.github.com/en/rest/rate-limit/rate-limit (costs no call, takes any token or none) ·
https://docs.gitlab.com/api/version/
"""

from readiness.checks.sources.contract import Connection, Seen, SourceError, get, in_words, read_json, told, works
from readiness.egress import Steps

FLAVOURS = {"github": "GitHub", "gitlab": "GitLab"}


def test(connection: Connection) -> Steps[Seen]:
    if connection.flavour == "gitlab":
        return (yield from _gitlab(connection))
    (answer,) = yield [get(connection, "/rate_limit", Accept="application/vnd.github+json")]
    if answer.status == 404 and b"Rate limiting is not enabled" in answer.body:
        return works("GitHub Enterprise Server; it limits no calls.")
    core = told(read_json(connection, answer, "GitHub’s API"), "resources", "core")
    left, limit = told(core, "remaining"), told(core, "limit")
    if not isinstance(left, int) or not isinstance(limit, int):
        raise SourceError("It answers, but not as GitHub’s API does. Is the address that of the API?")
    anonymous = "" if connection.has_secret else " Without a token only public repositories can be read."
    return works(f"GitHub; {left:,} of {limit:,} calls are left this hour.{anonymous}")


def _gitlab(connection: Connection) -> Steps[Seen]:
    (answer,) = yield [get(connection, "/api/v4/version")]
    version = told(read_json(connection, answer, "GitLab"), "version")
    if not version:
        raise SourceError("It answers, but not as GitLab does. Is the address the one in front of /api/v4?")
    return works(f"GitLab {in_words(version)}.")
