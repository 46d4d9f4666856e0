"""What the parser says of YAML text, event by event; every way in which text can be broken becomes one error with its place.

Whoever builds something of the events decides what it refuses. Plain Python.
"""

from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import Event
from ruamel.yaml.reader import ReaderError

STOPS_HERE = "it can't be parsed from here on"


class NotYamlError(Exception):
    """`problem` in a few words, without a full stop; `line` and `column` counted from 1."""

    def __init__(self, line: int, column: int, problem: str) -> None:
        super().__init__(problem)
        self.line, self.column, self.problem = line, column, problem


def yaml_events(text: str) -> Iterator[Event]:
    """Raises NotYamlError. What is raised by whoever takes the events is not touched."""
    parsed = YAML(typ="safe", pure=True).parse(text)
    line = 1
    while True:
        try:
            event = next(parsed)
        except StopIteration:
            return
        except MarkedYAMLError as error:
            raise _marked(error, line) from error
        except ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise NotYamlError(line, 1, f"character {chr(error.character)!a} is not allowed") from error
        except Exception as error:  # the parser lets ValueError, IndexError and others out on some malformed text
            raise NotYamlError(line, 1, STOPS_HERE) from error
        line = event.start_mark.line + 1
        yield event


def _marked(error: MarkedYAMLError, line: int) -> NotYamlError:
    mark = error.problem_mark or error.context_mark
    problem = " ".join(str(error.problem or error.context or "it can't be parsed").split())
    return NotYamlError(mark.line + 1 if mark else line, mark.column + 1 if mark else 1, problem)
