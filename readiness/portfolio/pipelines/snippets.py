"""The same pipeline three times: for GitHub Actions, for GitLab CI, and as a shell script with plain curl.

The token stands in none of them: it is the variable READINESS_TOKEN. What people wrote about a service (addresses) is quoted for
where it stands, so that nobody who copies a snippet runs what somebody else wrote.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent

from readiness.portfolio.pipelines.producers import Producer

PUSH = """\
push() { # FILE KIND [FIELD=VALUE …]
  file=$1 kind=$2
  shift 2
  for field; do
    shift
    set -- "$@" --form "$field"
  done
  curl --silent --show-error --fail-with-body "$READINESS/evidence" \\
    --header "Authorization: Bearer $READINESS_TOKEN" \\
    --form "file=@$file" --form "kind=$kind" --form "service=${READINESS##*/}" \\
    --form "commit_sha=$COMMIT_SHA" --form "ci_run_url=$CI_RUN_URL" \\
    --form "finished_at=$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$@" ||
    echo "$file was not taken; the gate is asked all the same." >&2
}
"""
GATE = """\
curl --silent --show-error --fail-with-body "$READINESS/gate?enforce=1" \\
  --header "Authorization: Bearer $READINESS_TOKEN"
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A report to make and to push. `item_key` empty: for every item that takes such a report; `proves`: their keys."""

    title: str
    kind: str
    item_key: str
    producer: Producer
    proves: Sequence[str]

    @property
    def script(self) -> str:
        lines = [*self.producer.lines, *(f"# or: {other}" for other in self.producer.instead), self.push]
        return "\n".join(lines) + "\n"

    @property
    def push(self) -> str:
        fields = [*self.producer.fields, *([f"item={self.item_key}"] if self.item_key else [])]
        return " ".join(["push", self.producer.file, self.kind, *(f'"{field}"' for field in fields)])


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`address`: of the service in this interface. `variables`: name → value, for what the steps call."""

    address: str
    variables: Mapping[str, str]
    steps: Sequence[Step]

    @property
    def used(self) -> dict[str, str]:
        """The variables that some step names, in order."""
        text = "".join(step.script for step in self.steps)
        return {name: value for name, value in self.variables.items() if re.search(rf"\${name}\b", text)}

    def for_github(self) -> str:
        return "".join(self._github())

    def _github(self) -> Iterator[str]:
        run = "${{ github.server_url }}/${{ github.repository }}/actions/runs/${{ github.run_id }}"
        environment = {"READINESS": self.address, **self.used}
        yield "# .github/workflows/readiness.yml; READINESS_TOKEN is a secret of the repository\n"
        yield "name: Readiness\non:\n  push:\n    branches: [main]\npermissions:\n  contents: read\n"
        yield "jobs:\n  readiness:\n    runs-on: ubuntu-latest\n    env:\n"
        yield "      READINESS_TOKEN: ${{ secrets.READINESS_TOKEN }}\n      COMMIT_SHA: ${{ github.sha }}\n"
        yield f"      CI_RUN_URL: {run}\n"
        yield from (f"      {name}: {_yaml(value)}\n" for name, value in environment.items())
        yield "    steps:\n      - uses: actions/checkout@v4\n        with:\n          fetch-depth: 0\n"
        if self.steps:
            kept = f"cat > \"$RUNNER_TEMP/push.sh\" <<'END'\n{PUSH}END\n"
            yield f"      - name: How a report is pushed\n        run: |\n{indent(kept, ' ' * 10)}"
        for step in self.steps:
            yield f"      - name: {_yaml(step.title)} # {', '.join(step.proves)}\n        if: ${{{{ !cancelled() }}}}\n"
            yield "        continue-on-error: true\n"
            yield f"        run: |\n{indent('. "$RUNNER_TEMP/push.sh"\n' + step.script, ' ' * 10)}"
        yield "      - name: May it go live?\n        if: ${{ !cancelled() }}\n"
        yield f"        run: |\n{indent(GATE, ' ' * 10)}"

    def for_gitlab(self) -> str:
        return "".join(self._gitlab())

    def _gitlab(self) -> Iterator[str]:
        yield "# .gitlab-ci.yml; READINESS_TOKEN is a masked variable of the project\n"
        yield "readiness:\n  stage: test\n  variables:\n"
        yield '    COMMIT_SHA: $CI_COMMIT_SHA\n    CI_RUN_URL: $CI_JOB_URL\n    GIT_DEPTH: "0"\n'
        for name, value in {"READINESS": self.address, **self.used}.items():
            yield f"    {name}: {_yaml(value).replace('$', '$$')}\n"  # GitLab takes a $ for a variable's beginning
        yield "  script:\n"
        if self.steps:
            yield f"    - set +e  # the gate decides, not a report that could not be made\n    - |\n{indent(PUSH, ' ' * 6)}"
        for step in self.steps:
            yield f"    # {step.title}: {', '.join(step.proves)}\n    - |\n{indent(step.script, ' ' * 6)}"
        yield f"    # May it go live?\n    - set -e\n    - |\n{indent(GATE, ' ' * 6)}"

    def for_shell(self) -> str:
        return "".join(self._shell())

    def _shell(self) -> Iterator[str]:
        yield "#!/bin/sh\n# Ends as the gate answers, whatever became of a report before it.\nset -u\n"
        yield ': "${READINESS_TOKEN:?is the token of this service}"\n'
        yield f"READINESS={shlex.quote(self.address)}\n"
        yield "COMMIT_SHA=$(git rev-parse HEAD) || exit\nCI_RUN_URL=${CI_RUN_URL:-}\n"
        yield from (f"{name}={shlex.quote(value)}\n" for name, value in self.used.items())
        if self.steps:
            yield f"\n{PUSH}"
        for step in self.steps:
            yield f"\n# {step.title}: {', '.join(step.proves)}\n{step.script}"
        yield f"\n# May it go live?\n{GATE}"


def _yaml(value: str) -> str:
    """Text as YAML. JSON's strings are YAML's; GitHub would take `${{` for an expression wherever it stands."""
    return json.dumps(value.replace("${{", "$ {{"), ensure_ascii=False)
