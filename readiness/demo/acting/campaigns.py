"""Steps about campaigns."""

from readiness.demo import steps
from readiness.demo.stage import Acts, Scene
from readiness.portfolio.campaigns.actions import Said, start_campaign
from readiness.portfolio.campaigns.scope import Scope


def start(scene: Scene, step: steps.CampaignStarted) -> None:
    stage = scene.stage
    by, teams = stage.person(step.by), tuple(stage.teams[slug].pk for slug in step.teams)
    said = Said(step.name, step.why, Scope(teams=teams), stage.planned_on(step.due), by)
    start_campaign(by=by, item_key=step.item, criterion_key="", said=said, now=scene.now)


ACTS: Acts = {steps.CampaignStarted: start}
