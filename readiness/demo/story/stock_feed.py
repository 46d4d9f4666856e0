"""Stock Feed: a clean go two months ago, and kept that way."""

from readiness.assessments.rules import Decision
from readiness.demo.steps import (
    Begun,
    ClosingProposed,
    ClosingVerified,
    Decided,
    Launched,
    LaunchPlanned,
    MetricOwned,
    OnCallConfirmed,
    PassedAcknowledged,
    Proved,
    Registered,
    Scheduled,
    Story,
)
from readiness.demo.telling import (
    BY_MACHINE,
    FAILURE,
    RUNTIME,
    SECURITY,
    WEEKLY,
    acknowledged,
    again,
    attested,
    gap,
    joined,
    signed,
    through,
    told,
)
from reviews.rules import ParticipantRole

FEED = "https://wiki.hollyhock.example/platform/stock-feed"

RENEWED = (
    "obs-structured-logging", "obs-log-levels", "obs-business-metrics", "obs-tracing", "obs-runbooks",
    "rel-health-probes", "sec-input-validation", "perf-load-test", "perf-query-audit",
)  # fmt: skip

STOCK_FEED = Story(
    "stock-feed",
    {
        "host": "stock.internal.hollyhock.example", "rps": "110-160", "peak": "900-960",
        "p50": "6-11", "p95": "30-52", "p99": "80-120", "budget": 250, "alerts": 6, "paging": 2,
        "receiver": "platform-pager", "dependencies": 2, "metric": "stock_updates_total", "daily": "2100000-2600000",
        "routes": 0, "secret": "platform/stock-topic",
    },
    told(
        Registered(
            -96, "13:30", "piet", name="Stock Feed", team="platform", tier=1, go_live=-42,
            description=(
                "What is on which shelf, thirty seconds after it moved. Everything that sells or picks reads from "
                "here."
            ),
            traits=("data-pipeline", "consumes-queue", "calls-services", "has-database", "containerised"),
            tech_lead="piet", on_call="hanna", platform="kofi",
            repository="https://git.hollyhock.example/platform/stock-feed",
            needs=("warehouse scanners", "stock-clickhouse"),
            endpoints={
                "live_url": "https://stock.internal.hollyhock.example/live",
                "ready_url": "https://stock.internal.hollyhock.example/ready",
                "prometheus_url": "https://prometheus.internal.hollyhock.example",
                "alert_selector": '{service="stock-feed"}',
            },
        ),
        MetricOwned(
            -79, "14:00", "piet", owner="desmond",
            normal="Two to three million updates a day; never silent for a minute.",
        ),
        Proved(-80, "03:05", BY_MACHINE, items=RUNTIME),
        Proved(-78, "03:05", BY_MACHINE, items=SECURITY),
        Proved(-77, "03:05", BY_MACHINE, items=FAILURE),
        Proved(
            -76, "03:05", BY_MACHINE,
            items=("perf-load-test", "perf-query-audit", "obs-alerting/delivery-drill", "rel-connection-pooling"),
        ),
        attested(
            -74, "10:40", "piet", "ops-rollback/written", "document", link=f"{FEED}/roll-back", witness="hanna",
            note=(
                "Both versions write, one is read; a flag says which. The table of the older one is kept for two "
                "weeks, so going back loses nothing that a scanner has sent."
            ),
        ),
        attested(
            -73, "15:20", "hanna", "ops-rollback/exercised", "drill",
            link="https://tickets.hollyhock.example/PLT-340", witness="piet",
            note=(
                "In production, after the night run: flag at 15:31, every reader on the older table by 15:32, counts "
                "equal to the last row. Back again at 15:50."
            ),
        ),
        attested(
            -72, "11:00", "piet", "obs-business-dashboard/dashboard", "document",
            link="https://dashboards.hollyhock.example/d/stock", witness="kofi",
            note=(
                "Age of the newest update by depot, shelves that never move, messages thrown away. Kofi found the "
                "broken scanner in aisle nine with it, from home."
            ),
        ),
        attested(
            -71, "13:30", "piet", "sec-threat-model/reviewed-or-planned", "document", link=f"{FEED}/threat-model",
            witness="hanna",
            note=(
                "A forged scanner can empty a shelf on the screen. Devices have a certificate each since the walk, "
                "and a shelf that jumps by more than a pallet asks a person."
            ),
        ),
        OnCallConfirmed(-70, "09:10", "hanna"),
        LaunchPlanned(
            -66, "10:00", "piet", decider="piet",
            audiences=(("All teams that read stock", "two weeks before, with the new topic's name", "#engineering"),),
            ramp=(
                (10, 1440, "age of the newest update"),
                (50, 2880, "age of the newest update"),
                (100, 2880, "orders with something missing"),
            ),
            thresholds=(
                ("Age of the newest update", "above 90 s for ten minutes", "roll back"),
                ("Orders with something missing", "below last week's share", "go on"),
            ),
        ),
        Scheduled(
            -67, "11:30", "piet", starts=(-60, "11:00"), minutes=30, place="https://meet.hollyhock.example/borage",
            guests=(("desmond", ParticipantRole.MANAGER),),
        ),
        again(-63, -58, 5, WEEKLY, at="02:45"), through(-53, -6, WEEKLY, at="02:45"), again(-6, -1, 5, WEEKLY, at="02:45"),
        joined(-60, "10:58 piet", "hanna", "kofi", "desmond"),
        Begun(-60, "+3", "piet"),
        gap(
            -60, "piet", "obs-tracing-depth", "piet", -34,
            "Spans for the topic are there, for the column store not; its driver has a branch.",
        ),
        gap(
            -60, "piet", "sec-scanning", "kofi", -40,
            "Put the scan into the pipeline all services of Platform share.",
        ),
        gap(
            -60, "piet", "rel-chaos-programme", "hanna", -30,
            "One broker less, every second month, in the shared calendar.",
        ),
        gap(-60, "piet", "perf-capacity-model", "piet", -28, "Updates per shelf and second, for twice the depots."),
        gap(
            -60, "piet", "ops-runbook-expansion", "kofi", -21,
            "Pages are read aloud at the hand-over, one each week.",
        ),
        gap(
            -60, "piet", "ops-game-days", "hanna", 45,
            "A depot sends yesterday's stock again. Who notices, and how fast?", "After the summer.",
        ),
        PassedAcknowledged(-60, "+2", "hanna"),
        Decided(-60, "+3", "piet", decision=Decision.GO),
        signed(
            -60, ("piet", ParticipantRole.LEAD, ""),
            ("hanna", ParticipantRole.ON_CALL, "The runbooks are the best I have been on call with."),
            ("kofi", ParticipantRole.PLATFORM, "Quota is raised."),
            ("desmond", ParticipantRole.MANAGER, "Fulfilment can build on this."),
        ),
        acknowledged(-59, "09:20", "piet", "hanna", "kofi", "desmond"),
        Proved(-52, "03:05", BY_MACHINE, items=RENEWED),
        MetricOwned(
            -51, "10:00", "piet", owner="desmond",
            normal="Two to three million updates a day; never silent for a minute.",
        ),
        Launched(-42, "08:30", "piet"),
        Proved(-41, "03:05", BY_MACHINE, items=("sec-scanning/code-scan", "sec-scanning/scan-in-ci")),
        again(-30, -3, 12, ("sec-scanning/code-scan", "sec-scanning/scan-in-ci"), at="03:20"),
        LaunchPlanned(
            -41, "16:00", "piet", decider="piet",
            audiences=(
                ("All teams that read stock", "two weeks before, with the new topic's name", "#engineering"),
                ("Depots", "after the switch, with a number to call", "depot list"),
            ),
            ramp=(
                (10, 1440, "age of the newest update"),
                (50, 2880, "age of the newest update"),
                (100, 2880, "orders with something missing"),
            ),
            thresholds=(
                ("Age of the newest update", "above 90 s for ten minutes", "roll back"),
                ("Orders with something missing", "below last week's share", "go on"),
            ),
            note="As it went: 10% on Monday, all of it by Friday noon. Kept for the second region.",
        ),
        Proved(-36, "03:05", BY_MACHINE, items=("obs-tracing-depth/depth",)),
        attested(
            -35, "11:10", "piet", "obs-tracing-depth/sampling", "document", link=f"{FEED}/tracing", witness="kofi",
            note=(
                "One in a thousand updates, and each that is later than a minute. A shelf's id is in the span, a "
                "customer's never: this service knows no customers."
            ),
        ),
        ClosingProposed(
            -35, "+90", "piet", item="obs-tracing-depth", note="The driver's branch was merged; spans since 3.2.",
        ),
        ClosingVerified(-34, "10:30", "hanna", item="obs-tracing-depth"),
        attested(
            -32, "09:45", "hanna", "rel-chaos-programme/planned", "plan",
            link="https://wiki.hollyhock.example/platform/chaos/stock", witness="piet",
            note=(
                "Every second month on a Tuesday at ten: one broker is stopped, we expect no update older than 60 s. "
                "Hanna presses the button, whoever is free watches."
            ),
        ),
        ClosingProposed(-32, "+80", "hanna", item="rel-chaos-programme", note="First one is done: 41 s."),
        ClosingVerified(-31, "14:10", "piet", item="rel-chaos-programme"),
        attested(
            -29, "13:20", "piet", "perf-capacity-model/modelled-or-planned", "document", link=f"{FEED}/capacity",
            witness="hanna",
            note=(
                "1.7 updates a shelf and minute; the store takes 4,000 a second, the scanners of twice the depots "
                "send 2,900. First to run out is disk, in fourteen months."
            ),
        ),
        ClosingProposed(
            -29, "+60", "piet", item="perf-capacity-model",
            note="Numbers are from the last load test, not from the vendor.",
        ),
        ClosingVerified(-28, "09:30", "kofi", item="perf-capacity-model"),
        attested(
            -23, "10:20", "kofi", "ops-runbook-expansion/planned", "plan", link=f"{FEED}/runbooks", witness="hanna",
            note=(
                "One page is read aloud at each Monday's hand-over and mended on the spot; after six weeks every "
                "page has had its turn, then from the beginning."
            ),
        ),
        ClosingProposed(-23, "+70", "kofi", item="ops-runbook-expansion", note="Third week in a row; it works."),
        ClosingVerified(-22, "11:40", "piet", item="ops-runbook-expansion"),
        attested(
            -20, "14:40", "hanna", "ops-rollback/exercised", "drill",
            link="https://tickets.hollyhock.example/PLT-377", witness="kofi",
            note=(
                "Quarterly one: flag thrown at 14:52 in production, readers on the other table within 50 s. One "
                "dashboard had the table's name written into it; changed."
            ),
        ),
        Proved(-24, "03:05", BY_MACHINE, items=RENEWED),
        MetricOwned(
            -24, "09:00", "piet", owner="desmond",
            normal="Two to three million updates a day; never silent for a minute.",
        ),
        Proved(-10, "03:05", BY_MACHINE, items=("sec-secret-rotation", *FAILURE)),
    ),
)  # fmt: skip
