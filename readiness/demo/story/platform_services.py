"""What Platform looks after: a thing that goes away, and this application itself."""

from readiness.demo.steps import (
    Changed,
    Configured,
    GapOpened,
    GapPlanned,
    OnCallConfirmed,
    Proved,
    Registered,
    Story,
)
from readiness.demo.telling import (
    BY_MACHINE,
    attested,
    told,
)

CLOSED_TO_NOBODY = ("/portfolio/", "/services/", "/gaps/", "/waivers/", "/reviews/", "/history/", "/settings/people/")

SUPPLIER_FAX = Story(
    "supplier-fax",
    {
        "alerts": 2, "paging": 1, "receiver": "platform-pager", "metric": "orders_faxed_total",
        "daily": "8-21", "dependencies": 1,
    },
    told(
        Registered(
            -150, "10:10", "piet", name="Supplier Orders by Fax", team="platform", tier=4, lifecycle="production",
            description=(
                "Sends the evening's orders to the eleven growers who never got anything newer. Nobody remembers who "
                "wrote it."
            ),
            traits=("batch", "calls-services"), tech_lead="piet", on_call="kofi", platform="kofi",
            repository="https://git.hollyhock.example/platform/supplier-fax", needs=("fax provider",),
        ),
        Proved(
            -120, "04:00", BY_MACHINE,
            items=("obs-log-levels", "sec-secrets/history-scan", "rel-timeouts", "rel-graceful-shutdown"),
        ),
        GapOpened(-118, "11:20", "kofi", item="obs-runbooks", because="The one runbook says “restart it”."),
        GapPlanned(
            -118, "+6", "kofi", item="obs-runbooks", owner="piet", due=60,
            plan="Ends with the service: the last grower moves to e-mail in spring.",
        ),
        Changed(
            -33, "15:45", "piet", lifecycle="deprecated",
            description=(
                "Sends the evening's orders to the growers who never got anything newer. Four of eleven are left; it "
                "is switched off with the last."
            ),
        ),
    ),
)  # fmt: skip

READINESS = Story(
    "readiness", {},
    told(
        Registered(
            -9, "10:30", "piet", name="Readiness", team="platform", tier=3, go_live=34,
            description=(
                "This application. Its checks call the very server that shows you this page; what they say below is "
                "not made up."
            ),
            traits=("frontend", "has-database"), tech_lead="piet", on_call="hanna", platform="kofi",
            needs=("readiness-database",), has_live_checks=True,
        ),
        Configured(
            -9, "+12", "piet", check="http_authz",
            settings={"routes": [{"path": path} for path in CLOSED_TO_NOBODY], "everybody_signed_in_may": True},
        ),
        attested(
            -7, "14:15", "piet", "rel-health-probes/dependency-off", "drill",
            link="https://tickets.hollyhock.example/PLT-402", witness="hanna",
            note=(
                "Stopped the database under the running server: /healthz/live stayed 200, /healthz/ready turned 503 "
                "and named what was missing, and was back 200 two seconds later."
            ),
        ),
        attested(
            -7, "16:00", "piet", "ops-rollback/written", "document",
            link="https://wiki.hollyhock.example/platform/readiness/roll-back", witness="kofi",
            note=(
                "The image before, on a copy of the database taken by the deploy job. Migrations of a release only "
                "add; the page names the one that does not and how to undo it."
            ),
        ),
        attested(
            -6, "10:10", "hanna", "ops-game-days/planned", "plan",
            link="https://wiki.hollyhock.example/sre/game-days", witness="piet",
            note=(
                "Next one: the worker is gone over a weekend. Who notices that checks have stopped, and from which "
                "page? Kofi leads, Hanna keeps the time."
            ),
        ),
        GapOpened(
            -5, "15:10", "piet", item="obs-alerting", because="Its metrics are there; no rule looks at them yet.",
        ),
        GapPlanned(
            -5, "+5", "piet", item="obs-alerting", owner="kofi", due=21,
            plan=(
                "Scrape /metrics, one rule for the error ratio, one for p99, one for checks that have not run for an "
                "hour."
            ),
        ),
        OnCallConfirmed(-4, "11:00", "hanna"),
    ),
)  # fmt: skip
