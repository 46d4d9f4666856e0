"""One question of a lens: its choices, and what its risk rules ask of an answer."""

import re
from dataclasses import dataclass

from readiness.checklists.lens.choices import Choice, advice_of
from readiness.checklists.lens.conditions import DEFAULT, MAX_CHOICES, Answers, Clause, ConditionError, Risk
from readiness.checklists.lens.names import key_of
from readiness.checklists.pack import PackCriterion, Way
from readiness.checklists.pack_fields import Fields, shortened
from readiness.checklists.pack_reader import MAX_CRITERIA, MAX_SENTENCES, MAX_TITLE
from readiness.checklists.pack_source import ListNode, MappingNode, ScalarNode
from readiness.checklists.rules import Gate, How

MAX_RULES = 20
MAX_QUESTION = 4_000
_NONE = re.compile(r"_no$|_none$")
_NONE_TITLE = re.compile(r"none of (?:these|the above)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """`clauses`: what the best answers have in common. `worst`: the highest risk an answer can carry."""

    key: str
    title: str
    requirement: str
    notes: str
    choices: tuple[Choice, ...]
    clauses: tuple[Clause, ...]
    worst: Risk

    @property
    def asked(self) -> set[str]:
        return {literal.choice for clause in self.clauses for literal in clause}


def read_question(fields: Fields) -> Question | None:
    """None where too little of it can be read to go on; what is wrong was complained of."""
    identifier, title = fields.line("id", 200), fields.line("title", MAX_QUESTION)
    description = fields.maybe("description", MAX_QUESTION)
    choices = _choices(fields)
    if not identifier or not choices:
        return None
    judged = _judged(fields, identifier, choices)
    if judged is None:
        return None
    words = description or title
    is_cut = len(title) > MAX_TITLE or len(words) > MAX_SENTENCES
    notes = "\n\n".join(dict.fromkeys([title, words])) if is_cut else ""
    tags = _tags(fields)
    return Question(
        key=key_of(identifier),
        title=shortened(title, MAX_TITLE),
        requirement=shortened(words, MAX_SENTENCES),
        notes="\n\n".join(filter(None, [notes, f"Tags: {tags}" if tags else ""])),
        choices=choices,
        clauses=judged[0],
        worst=judged[1],
    )


def _choices(question: Fields) -> tuple[Choice, ...]:
    inner = question.mappings("choices", MAX_CHOICES)
    choices: list[Choice] = []
    first: dict[str, int] = {}
    for number, fields in enumerate(inner, start=1):
        identifier = fields.line("id", 200)
        name = f"choice `{identifier[:40]}`" if identifier else f"choice {number}"
        fields.path = f"{question.path}, {name}"
        choice = _choice(fields, identifier)
        if line := first.get(choice.key):
            fields.complain(f"`id` is the same as that of the choice on line {line}, or differs in its signs alone")
        elif identifier:
            first[choice.key] = fields.node.line
            choices.append(choice)
    return tuple(choices)


def _choice(fields: Fields, identifier: str) -> Choice:
    title = fields.line("title", MAX_SENTENCES)
    disabled = fields.node.nodes.get("disabled")
    return Choice(
        id=identifier,
        key=key_of(identifier),
        title=title,
        help=advice_of(fields, "helpfulResource", "HELPFUL_RESOURCE"),
        plan=advice_of(fields, "improvementPlan", "IMPROVEMENT_PLAN"),
        is_none=bool(_NONE.search(identifier) and _NONE_TITLE.match(title)) or bool(_NONE_TITLE.fullmatch(title)),
        is_disabled=isinstance(disabled, ScalarNode) and disabled.value is True,
    )


def _tags(fields: Fields) -> str:
    node = fields.node.nodes.get("tags")
    if isinstance(node, ListNode):
        return ", ".join(entry.raw.strip() for entry in node.nodes if isinstance(entry, ScalarNode))[:500]
    if isinstance(node, MappingNode):
        return ", ".join(f"{name} {entry.raw}" for name, entry in node.nodes.items() if isinstance(entry, ScalarNode))[
            :500
        ]
    return ""


def _judged(fields: Fields, identifier: str, choices: tuple[Choice, ...]) -> tuple[tuple[Clause, ...], Risk] | None:
    """What the best answers have in common, and the highest risk that an answer can carry."""
    answers = Answers([choice.id for choice in choices if not choice.is_none])
    constants = {choice.id: False for choice in choices if choice.is_none}
    # AWS adds "none of these" to each question itself, under this name.
    risks = _risks(fields, answers, {DEFAULT: True, f"{identifier}_no": False, **constants})
    if risks is None:
        return None
    for choice in choices:
        if choice.is_disabled and not choice.is_none:
            risks = {risk: answers.without(table, choice.id) for risk, table in risks.items()}
    possible = [risk for risk in Risk if risks[risk]]
    clauses = answers.clauses(risks[possible[0]], MAX_CRITERIA)
    if clauses is None:
        fields.complain(f"`riskRules` ask for more than {MAX_CRITERIA} separate things; split the question")
        return None
    return tuple(clauses), possible[-1]


def _risks(fields: Fields, answers: Answers, constants: dict[str, bool]) -> dict[Risk, int] | None:
    """Risk → the answers that carry it; the first rule that holds for an answer decides."""
    risks = dict.fromkeys(Risk, 0)
    left, is_readable = answers.all, True
    for rule in fields.mappings("riskRules", MAX_RULES):
        rule.path = fields.path
        risk, condition = rule.optional_choice("risk", Risk), rule.line("condition", MAX_QUESTION)
        if risk is None:
            is_readable = False
            if not rule.has("risk"):
                rule.complain("`risk` is missing")
        try:
            table = left & answers.of(condition, constants) if condition else 0
        except ConditionError as error:
            rule.complain(f"`condition`: {error}", rule.node.nodes["condition"])
            table = 0
            is_readable = False
        if risk:
            risks[risk] |= table
        left &= ~table
        is_readable = is_readable and bool(condition)
    if is_readable and left:
        fields.complain("`riskRules` say nothing of some answers; end them with the condition `default`")
        return None
    return risks if is_readable else None


def gate_of(question: Question) -> Gate:
    return Gate.HARD if question.worst is Risk.HIGH else Gate.TRACKED


def why_of(question: Question) -> str:
    if question.worst is Risk.NONE:
        return "The lens attaches no risk to it; it is asked so that the answer is written down."
    risk = "high" if question.worst is Risk.HIGH else "medium"
    return f"Until this is shown, the lens counts it as a {risk} risk."


def criteria_of(question: Question) -> tuple[PackCriterion, ...]:
    titles = {choice.id: choice.title for choice in question.choices}
    if not question.clauses:  # whatever the answer, the risk is the same
        return (PackCriterion("answered", "The answer is written down.", (Way(How.ATTESTATION, "document"),)),)
    return tuple(_criterion(clause, titles) for clause in question.clauses)


def _criterion(clause: Clause, titles: dict[str, str]) -> PackCriterion:
    keys = [key_of(literal.choice) if literal.is_so else f"no-{key_of(literal.choice)}" for literal in clause]
    words = [
        titles[literal.choice] if literal.is_so else f"Not the case: {titles[literal.choice]}" for literal in clause
    ]
    text = words[0] if len(words) == 1 else f"At least one of these: {'; '.join(word.rstrip('.;') for word in words)}."
    return PackCriterion(key_of("-or-".join(keys)), shortened(text, MAX_SENTENCES), (Way(How.ATTESTATION, "document"),))
