"""Basket: almost ready, its review is tomorrow, and the load test is not yet what it should be."""

from readiness.demo import reports
from readiness.demo.steps import (
    Changed,
    GapOpened,
    GapPlanned,
    LaunchPlanned,
    MetricOwned,
    OnCallConfirmed,
    Proved,
    Pushed,
    Registered,
    Scheduled,
    Seen,
    Story,
    WaiverDecided,
    WaiverRequested,
    WorkStarted,
)
from readiness.demo.telling import BY_MACHINE, FAILURE, RUNTIME, SECURITY, WEEKLY_HTTP, again, attested, told
from reviews.rules import ParticipantRole

WIKI = "https://wiki.hollyhock.example/payments/basket"
RELEASE = "9c41e07d2b6f8a3155e0c7d94b12fa6803de7719"

STEPS = told(
    Registered(
        -74, "14:10", "theo", name="Basket", team="payments", tier=1, go_live=33,
        description=(
            "Holds what a customer means to buy, with prices and offers as of now, for nine days. Takes over from "
            "the session table of the old shop, one country at a time."
        ),
        traits=("http-api", "calls-services", "has-database", "containerised"), tech_lead="theo", on_call="olga",
        platform="kofi", repository="https://git.hollyhock.example/payments/basket",
        needs=("offers", "product-search", "basket-postgres"),
        endpoints={
            "base_url": "https://basket.hollyhock.example", "staging_url": "https://basket.staging.hollyhock.example",
            "live_url": "https://basket.internal.hollyhock.example/live",
            "ready_url": "https://basket.internal.hollyhock.example/ready",
            "prometheus_url": "https://prometheus.internal.hollyhock.example",
            "alert_selector": '{service="basket"}',
        },
    ),
    Seen(
        -60, "05:12", BY_MACHINE, criterion="sec-secrets/history-scan",
        reason="1 finding is verified as live: a database password in a fixture, committed two years ago.",
        figures={"findings": 5, "undecided": 1, "verified": 1},
        findings=(
            (
                "postgres-password", "Verified: the credential still opens basket-postgres.",
                "tests/fixtures/legacy.env:4",
            ),
        ),
    ),
    GapPlanned(
        -60, "09:05", "theo", item="sec-secrets", owner="noor", due=-53,
        plan=(
            "Rotate the password today, then rewrite nothing: the old one is dead, and the finding is recorded with "
            "that reason."
        ),
    ),
    WorkStarted(-60, "15:30", "noor", item="sec-secrets"),
    Proved(-58, "05:10", BY_MACHINE, items=("sec-secrets",)),
    Proved(
        -52, "05:00", BY_MACHINE, items=(*FAILURE, "rel-connection-pooling"), leaving=("rel-retries/retry-policy",),
    ),
    Seen(
        -52, "05:20", BY_MACHINE, criterion="rel-retries/retry-policy",
        reason="2 of 14 cases failed: no jitter between attempts; POST /lines was sent twice.",
        figures={"tests": 14, "passed": 12, "failures": 2},
        findings=(
            ("jitter", "All attempts after 1.0, 2.0, 4.0 s exactly.", "test_retry_offers_jitter"),
            ("idempotent", "A line was added twice when the answer was lost.", "test_retry_keeps_post_single"),
        ),
    ),
    GapPlanned(
        -51, "10:20", "theo", item="rel-retries", owner="olga", due=-38,
        plan="Idempotency key on adding a line, and the shared retry policy in place of our own loop.",
    ),
    WorkStarted(-45, "09:30", "olga", item="rel-retries"),
    Proved(-36, "05:00", BY_MACHINE, items=("rel-retries",)),
    attested(
        -34, "11:15", "theo", "sec-threat-model/reviewed-or-planned", "document", link=f"{WIKI}/threat-model",
        witness="hanna",
        note=(
            "Whose basket is it: the walk with Hanna found that a shared device kept the previous customer's offers. "
            "Fixed in 0.19, and there is a test for it."
        ),
    ),
    attested(
        -33, "13:00", "noor", "obs-business-dashboard/dashboard", "document",
        link="https://dashboards.hollyhock.example/d/basket", witness="theo",
        note=(
            "Lines added, baskets given up, offers applied, per country. Theo found with it that the Tuesday dip was "
            "an expired offer and not an outage."
        ),
    ),
    GapOpened(-32, "14:20", "theo", item="ops-game-days", because="Nobody has rehearsed a night without offers yet."),
    GapPlanned(
        -32, "+4", "theo", item="ops-game-days", owner="olga", due=40,
        plan=(
            "Share the Saturday of the payment gateway: offers are down, baskets keep their last prices. Noor leads."
        ),
    ),
    Changed(-27, "10:00", "theo", go_live=19),
    WaiverRequested(
        -26, "16:40", "theo", item="ops-rollback", ends=30,
        reason="The roll-back needs the new cluster, and Platform hands it over only a week before the launch.",
        mitigation="The old shop's session table stays filled for a month; switching a country back is one row.",
    ),
    WaiverDecided(
        -25, "09:30", "mara", item="ops-rollback", is_approved=False,
        note=(
            "A launch nobody has ever taken back is what this gate is for. Kofi can lend you the staging cluster "
            "this month: drill there."
        ),
    ),
    Proved(
        -20, "05:00", BY_MACHINE, items=(*RUNTIME, "obs-alerting/delivery-drill", "rel-health-probes"),
        leaving=("obs-runbooks/readable",),
    ),
    MetricOwned(
        -20, "09:20", "theo", owner="vera",
        normal="90,000 to 140,000 lines added a day; half of it between 17:00 and 21:30.",
    ),
    Seen(
        -19, "05:31", BY_MACHINE, criterion="obs-runbooks/readable", is_unknown=True,
        reason="7 of 8 runbooks read; price-drift gave no answer within 10 s.", figures={"unread": 1},
        findings=(("no-answer", "The connection was made, and nothing came.", f"{WIKI}/runbooks/price-drift"),),
    ),
    Proved(-18, "05:00", BY_MACHINE, items=SECURITY, leaving=("sec-secret-rotation/rotated",)),
    attested(
        -16, "15:10", "olga", "sec-secret-rotation/rotated", "drill",
        link="https://tickets.hollyhock.example/PAY-902", witness="noor",
        note=(
            "Rotated the database password in staging and in production: version 4 to 5 at 15:20, pods picked it up "
            "without a restart, error ratio stayed at zero for the hour."
        ),
    ),
    attested(
        -13, "14:30", "theo", "ops-rollback/written", "document", link=f"{WIKI}/roll-back", witness="kofi",
        note=(
            "Per country: one row sends a country back to the session table, which is kept filled for a month. "
            "Columns are only added until the last country has moved."
        ),
    ),
    attested(
        -12, "10:05", "olga", "ops-rollback/exercised", "drill", link="https://tickets.hollyhock.example/PAY-911",
        witness="kofi",
        note=(
            "On Kofi's staging cluster, 0.22 back to 0.21 with 150 baskets a second: 10:12 to 10:15, one basket in "
            "four thousand showed an old price for a moment."
        ),
    ),
    Pushed(
        -10, "02:50", BY_MACHINE, report=reports.basket_k6, file="k6-summary.json", tool=("k6", "1.4.0"), commit=RELEASE,
        target="https://basket.staging.hollyhock.example",
    ),
    Proved(-10, "02:51", BY_MACHINE, items=("perf-load-test/no-leak",)),
    Pushed(
        -10, "03:05", BY_MACHINE, report=reports.basket_semgrep, file="semgrep.sarif", tool=("Semgrep", "1.185.0"),
        commit=RELEASE, item="sec-scanning",
    ),
    GapPlanned(
        -9, "09:25", "theo", item="sec-scanning", owner="noor", due=12,
        plan="Choose the sort column from a list of four, then scan again; ZAP joins the pipeline in the same week.",
    ),
    GapPlanned(
        -9, "09:40", "theo", item="perf-load-test", owner="olga", due=9,
        plan="Price all lines of a basket in one call to offers instead of one by one, then the night run again.",
    ),
    Proved(-9, "03:10", BY_MACHINE, items=("perf-query-audit", "sec-rate-limiting")),
    OnCallConfirmed(-8, "11:00", "olga"),
    LaunchPlanned(
        -7, "16:00", "theo", decider="theo",
        audiences=(
            ("Customer care", "three days before, per country", "#care-floor"),
            ("Finance", "the morning after", "settlement@hollyhock.example"),
        ),
        ramp=(
            (3, 120, "lines added per minute"),
            (30, 720, "baskets given up"),
            (100, 2880, "lines added per minute"),
        ),
        thresholds=(
            ("Baskets given up", "10% above the old shop for an hour", "roll back"),
            ("Error ratio", "above 0.3% for ten minutes", "roll back"),
            ("Lines added", "within 2% for two evenings", "go on"),
        ),
        note="Portugal first: the smallest country with every payment method.",
    ),
    WorkStarted(-6, "10:20", "olga", item="perf-load-test"),
    attested(
        -6, "13:20", "noor", "perf-capacity-model/modelled-or-planned", "plan",
        link="https://tickets.hollyhock.example/PAY-918", witness="olga",
        note=(
            "Model comes with the second load test: cost per line and per priced basket, against the forecast until "
            "Easter. Noor writes it, due two weeks after launch."
        ),
    ),
    Scheduled(
        -5, "09:30", "theo", starts=(1, "10:30"), minutes=40,
        place="Room Quince, and https://meet.hollyhock.example/quince",
        guests=(
            ("mara", ParticipantRole.MANAGER),
            ("elias", ParticipantRole.OUTSIDE),
            ("noor", ParticipantRole.MEMBER),
        ),
    ),
    again(-4, -4, 5, WEEKLY_HTTP),
    WaiverRequested(
        -2, "16:20", "theo", item="perf-load-test", ends=47,
        reason=(
            "The p99 is over its budget only for baskets of more than sixty lines, one in two hundred. Pricing them in one "
            "call is merged, but the load rig is taken until two days before the launch."
        ),
        mitigation=(
            "Portugal first, where the largest basket of the last year had 44 lines; the p99 by basket size is on the "
            "dashboard."
        ),
    ),
    attested(
        -3, "14:40", "olga", "ops-runbook-expansion/planned", "plan", link=f"{WIKI}/runbooks", witness="theo",
        confirmed="",
        note=(
            "Eight pages, one a week at the hand-over; price-drift first, because it is the one that nobody could "
            "open. Each page says who read it last."
        ),
    ),
)  # fmt: skip

STORY = Story(
    "basket",
    {
        "host": "basket.hollyhock.example", "rps": "22-61", "peak": "190-210",
        "p50": "28-33", "p95": "150-190", "p99": "205-280", "budget": 300, "alerts": 8, "paging": 3,
        "receiver": "payments-pager", "dependencies": 3, "metric": "basket_lines_added_total",
        "daily": "94000-138000", "routes": 7, "secret": "payments/basket-postgres",
    },
    STEPS,
)  # fmt: skip
