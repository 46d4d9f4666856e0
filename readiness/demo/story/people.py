"""Hollyhock Groceries: orders until ten at night, at the door by seven in the morning. Invented, as everybody in it."""

from dataclasses import dataclass

from readiness.accounts.rules import Role

COMPANY = "Hollyhock Groceries"
HOST = "hollyhock.example"
PASSWORD = "seven-in-the-morning"  # noqa: S105 - published: the demo is for looking at
FOUNDED = -192
"""The day on which the first administrator set this up."""


@dataclass(frozen=True, slots=True)
class TeamValues:
    slug: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class PersonValues:
    """`roles`: (role, team); an empty team is the whole organisation. `comes`: the day on which they were added."""

    key: str
    name: str
    title: str
    time_zone: str
    roles: tuple[tuple[Role, str], ...] = ()
    comes: int = FOUNDED + 1

    @property
    def email(self) -> str:
        return f"{self.key}@{HOST}"


TEAMS = (
    TeamValues("storefront", "Storefront", "What customers see: the shop, its search, recipes."),
    TeamValues("payments", "Payments", "From the basket to the money, and back again when something was missing."),
    TeamValues("fulfilment", "Fulfilment", "Slots, picking and the vans. Works while the shop sleeps."),
    TeamValues("platform", "Platform", "Clusters, pipelines, and the services every team leans on."),
)

EVERYWHERE = (Role.VIEWER, "")
"""Leads and managers look at each other's services."""

PEOPLE = (
    PersonValues("ines", "Ines Calder", "Engineering operations", "Europe/Lisbon", ((Role.ADMIN, ""),), FOUNDED),
    PersonValues(
        "mara", "Mara Lindqvist", "Engineering manager", "Europe/Stockholm",
        ((Role.MANAGER, "storefront"), (Role.MANAGER, "payments"), EVERYWHERE),
    ),
    PersonValues(
        "desmond", "Desmond Achebe", "Engineering manager", "Europe/London",
        ((Role.MANAGER, "fulfilment"), (Role.MANAGER, "platform"), EVERYWHERE),
    ),
    PersonValues(
        "theo", "Theo Marchetti", "Tech lead, Payments", "Europe/Rome",
        ((Role.TECH_LEAD, "payments"), EVERYWHERE),
    ),
    PersonValues(
        "noor", "Noor Rahimi", "Senior engineer, Payments", "America/Toronto",
        ((Role.TECH_LEAD, "payments"), EVERYWHERE),
    ),
    PersonValues("olga", "Olga Nowak", "Engineer, Payments", "Europe/Warsaw", ((Role.ON_CALL, "payments"),)),
    PersonValues(
        "yuki", "Yuki Tanabe", "Tech lead, Storefront", "Asia/Tokyo",
        ((Role.TECH_LEAD, "storefront"), EVERYWHERE),
    ),
    PersonValues("lucia", "Lucía Ferrer", "Engineer, Storefront", "America/Bogota", ((Role.ON_CALL, "storefront"),)),
    PersonValues(
        "samira", "Samira Haddad", "Tech lead, Fulfilment", "Europe/Paris",
        ((Role.TECH_LEAD, "fulfilment"), EVERYWHERE),
    ),
    PersonValues("ravi", "Ravi Menon", "Engineer, Fulfilment", "Asia/Kolkata", ((Role.ON_CALL, "fulfilment"),)),
    PersonValues(
        "piet", "Piet de Graaf", "Tech lead, Platform", "Europe/Amsterdam",
        ((Role.TECH_LEAD, "platform"), EVERYWHERE),
    ),
    PersonValues("kofi", "Kofi Mensah", "Platform engineer", "Africa/Accra", ((Role.ON_CALL, ""),)),
    PersonValues(
        "hanna", "Hanna Weiss", "Site reliability engineer", "Europe/Berlin",
        ((Role.ON_CALL, ""),), FOUNDED + 6,
    ),
    PersonValues(
        "vera", "Vera Novák", "Product owner, Payments", "Europe/Prague",
        ((Role.VIEWER, "payments"),), FOUNDED + 20,
    ),
    PersonValues("elias", "Elias Thorn", "Outside engineer, Thorn & Daughters", "America/New_York", (), -40),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignIn:
    role: str
    key: str
    what_for: str


SIGN_INS = (
    SignIn("tech lead", "theo", "a review tomorrow, another one paused; imports, prepares, decides"),
    SignIn("second person", "noor", "verifies what Theo closes"),
    SignIn("on-call", "olga", "attests, witnesses, owns a gap"),
    SignIn("platform", "kofi", "takes part in every review"),
    SignIn("manager", "mara", "a waiver waits for her word"),
    SignIn("administrator", "ines", "people, teams, checklists, what can be connected"),
)
