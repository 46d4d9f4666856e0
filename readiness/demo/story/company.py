"""How the organisation came to be here: the first administrator, four teams, and people one after the other."""

from collections.abc import Iterator

from readiness.demo.steps import CampaignStarted, Founded, PersonAdded, ProfileFilled, Step, Story, TeamFounded
from readiness.demo.story.people import FOUNDED, PEOPLE, TEAMS, PersonValues

FIRST, *OTHERS = PEOPLE


def _arrival(person: PersonValues, place: int) -> Iterator[Step]:
    """Added by the administrator, signed in a while later."""
    added = PersonAdded(
        person.comes, f"{9 + place // 6:02}:{10 + place % 6 * 8:02}", FIRST.key,
        key=person.key, name=person.name, email=person.email, roles=person.roles,
    )  # fmt: skip
    yield added
    yield _profile(person, f"+{35 + place * 7}")


def _profile(person: PersonValues, at: str) -> Step:
    return ProfileFilled(person.comes, at, person.key, name=person.name, title=person.title, time_zone=person.time_zone)


STORY = Story(
    "",
    {},
    (
        Founded(FOUNDED, "09:12", FIRST.key),
        _profile(FIRST, "+4"),
        *(
            TeamFounded(FOUNDED, "+6", FIRST.key, slug=team.slug, name=team.name, description=team.description)
            for team in TEAMS
        ),
        *(step for place, person in enumerate(OTHERS) for step in _arrival(person, place)),
        CampaignStarted(
            -44, "10:20", "mara", name="Every alert that pages reaches a person", item="obs-alerting",
            teams=("storefront", "payments"), due=16,
            why="In spring an alert about the basket went to a mailbox that nobody reads, for **nine hours**. Each service shows "
            "that its rules page, and that the page arrives.",
        ),
    ),
)  # fmt: skip
