"""Finding a repository and a commit on GitHub or GitLab, from the address that people open.

The repository's own host says which of the two it is and where its API answers, unless an API's address is set for that host.
https://docs.github.com/en/rest/repos/repos · https://docs.gitlab.com/api/projects/
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import quote, unquote, urlencode, urlsplit

from pydantic import AfterValidator, BaseModel, Field

from readiness.checks.types._apis import is_out_of_calls, read, require_ok
from readiness.checks.types._secrets import SecretHeader, revealed
from readiness.checks.types.contract import CheckConfig, HttpAddress, UnreadableError, shortened
from readiness.egress import Request, Response, Steps

PUBLIC = {"github.com": "https://api.github.com", "gitlab.com": "https://gitlab.com"}
WITHIN = re.compile(r"/(?:-|tree|blob)(?:/.*|$)")
FULL_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def _commit(value: str) -> str:
    if value and not re.fullmatch(r"[0-9a-fA-F]{7,64}", value):
        raise ValueError("a commit is written as 7 to 64 hexadecimal digits, such as 4f2a91c")
    return value.lower()


def _repository(value: str) -> str:
    if len(_path_of(value).split("/")) < 2:
        raise ValueError("write the repository's address with owner and name, such as https://github.com/shop/checkout")
    return value


class CodeHostConfig(CheckConfig):
    base_url: HttpAddress | None = Field(
        default=None,
        title="Address of the API",
        description="Needed only where it does not follow from the repository's address.",
        examples=["https://github.example.com/api/v3"],
    )
    flavour: Literal["by_its_address", "github", "gitlab"] = Field(
        default="by_its_address",
        title="Code host",
        description="Needed only where the address does not say which of the two it is.",
        examples=["gitlab"],
    )
    repository: Annotated[HttpAddress, AfterValidator(_repository)] = Field(
        title="Repository",
        description="Its address, as one opens it.",
        examples=["https://github.com/shop/checkout"],
    )
    commit: Annotated[str, Field(max_length=64), AfterValidator(_commit)] = Field(
        default="",
        title="Release commit",
        description="The commit that goes live; empty is the newest of the default branch.",
        examples=["4f2a91c"],
    )
    credential: SecretHeader | None = Field(
        default=None,
        title="Credential",
        description="A header that lets this check read the repository; the secret is named, not written.",
        examples=["Authorization: Bearer ${CHECK_SECRET_CODE}"],
    )


@dataclass(frozen=True, slots=True)
class Repository:
    """Where one is read. `commit`: the full id that was asked for, empty when none was; `branch`: the default one."""

    config: CodeHostConfig
    api: str
    is_github: bool
    path: str
    branch: str = ""
    commit: str = ""

    @property
    def host(self) -> str:
        return "GitHub" if self.is_github else "GitLab"

    @property
    def ref(self) -> str:
        return self.commit or self.branch

    @property
    def words(self) -> str:
        """`commit 4f2a91c` or `branch main`, for a sentence."""
        return f"commit {self.commit[:12]}" if self.commit else f"branch {shortened(self.branch, 60)}"

    def get(self, path: str, parameters: Mapping[str, object] | None = None, accept: str = "") -> Request:
        """A GET of something of the repository."""
        place = f"repos/{self.path}" if self.is_github else f"projects/{quote(self.path, safe='')}"
        url = "/".join(filter(None, [self.api, place, path]))
        secret = revealed(self.config.credential, url) if self.config.credential else {}
        headers = {"Accept": accept or ("application/vnd.github+json" if self.is_github else "application/json")}
        if self.is_github:
            headers["X-GitHub-Api-Version"] = "2022-11-28"
        return Request(f"{url}?{urlencode(parameters)}" if parameters else url, headers=headers | secret)


class _About(BaseModel):
    default_branch: str | None = None


class _Commit(BaseModel):
    sha: str = ""  # GitHub
    id: str = ""  # GitLab


def found(config: CodeHostConfig) -> Steps[Repository]:
    """Asks for the repository, and for the commit where one is set. Raises UnreadableError."""
    repository = place_of(config)
    requests = [repository.get("")]
    if config.commit:
        commits = "commits" if repository.is_github else "repository/commits"
        requests.append(repository.get(f"{commits}/{config.commit}"))
    about, *commit = yield requests
    branch = _read(repository, _About, about, "the repository").default_branch or ""
    if not branch and not config.commit:
        raise UnreadableError("The repository is empty: it has no default branch.")
    sha = ""
    for answer in commit:
        said = _read(repository, _Commit, answer, f"commit {config.commit[:12]}", {404, 422})
        sha = (said.sha if repository.is_github else said.id).lower()
        if not FULL_COMMIT.fullmatch(sha) or not sha.startswith(config.commit):
            raise UnreadableError(f"{repository.host} names another commit than {config.commit[:12]}.")
    return Repository(config, repository.api, repository.is_github, repository.path, branch, sha)


def _read[M: BaseModel](
    repository: Repository, model: type[M], answer: Response, what: str, absent: set[int] | None = None
) -> M:
    if not answer.fault and answer.status in (absent or {404}):
        raise UnreadableError(
            f"{repository.host} answered {answer.status} to {what} of {shortened(repository.path, 100)}: "
            "it does not exist, or the credential may not read it."
        )
    require_ok(answer, repository.host)
    return read(model, answer, repository.host)


def is_absent(answer: Response) -> bool:
    """A 404 in a repository that can be read."""
    return not answer.fault and answer.status == 404 and not is_out_of_calls(answer)


# Addresses


def place_of(config: CodeHostConfig) -> Repository:
    """From addresses alone, without a call. Raises UnreadableError where nothing says which of the two it is."""
    host = urlsplit(config.repository).hostname or ""
    own = config.base_url if config.base_url and _belongs(config.base_url, host) else None
    is_github = _is_github(config, host, own)
    path = _path_of(config.repository)
    if is_github:
        owner, name, *_ = path.split("/")
        path = f"{quote(owner, safe='')}/{quote(name, safe='')}"
    return Repository(config, _api(own, config.repository, host, is_github=is_github), is_github, path)


def _belongs(base_url: str, host: str) -> bool:
    """An organisation's GitLab says nothing of a repository on github.com, and the other way round."""
    api = (urlsplit(base_url).hostname or "").removeprefix("api.")
    return api == host or not {api, host} & PUBLIC.keys()


def _is_github(config: CodeHostConfig, host: str, own: str | None) -> bool:
    """Raises UnreadableError where nothing says it."""
    if host in PUBLIC:
        return host == "github.com"
    path = urlsplit(own).path if own else ""
    if config.flavour != "by_its_address" and (own or not config.base_url):
        return config.flavour == "github"
    for sign, is_github in (("/api/v3", True), ("/api/v4", False)):
        if path.rstrip("/").endswith(sign):
            return is_github
    if ("github" in host) != ("gitlab" in host):
        return "github" in host
    raise UnreadableError(f"Nothing says whether {host} is a GitHub or a GitLab; choose the code host.")


def _api(own: str | None, repository: str, host: str, *, is_github: bool) -> str:
    """The address in front of /repos or /projects."""
    if not own and host in PUBLIC:
        own = PUBLIC[host]
    base = (own or f"{urlsplit(repository).scheme}://{urlsplit(repository).netloc}").rstrip("/")
    if not is_github:
        return base if base.endswith("/api/v4") else f"{base}/api/v4"
    if urlsplit(base).hostname == "github.com":
        return PUBLIC["github.com"]
    is_whole = "/api/" in base or (urlsplit(base).hostname or "").startswith("api.")
    return base if is_whole else f"{base}/api/v3"


def _path_of(repository: str) -> str:
    """`https://gitlab.com/group/sub/name.git` or what is opened within it → `group/sub/name`."""
    path = unquote(urlsplit(repository).path).strip("/").removesuffix(".git")
    return WITHIN.sub("", path).removesuffix(".git")
