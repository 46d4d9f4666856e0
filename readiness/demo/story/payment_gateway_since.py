"""Payment Gateway since its review: tracked gaps closed one after the other, and what drifted."""

from readiness.demo import reports
from readiness.demo.steps import (
    ClosingProposed,
    ClosingVerified,
    GapPlanned,
    IncidentWritten,
    MetricOwned,
    OnCallConfirmed,
    Proved,
    Pushed,
    Seen,
    SentBack,
    WorkStarted,
)
from readiness.demo.telling import (
    BY_MACHINE,
    FAILURE,
    MONTHLY,
    RUNTIME,
    WEEKLY_HTTP,
    again,
    attested,
    told,
)

WIKI = "https://wiki.hollyhock.example/payments/gateway"
RELEASE = "4e8b1f60c95d7a2238b0e1d6f74ac95b10c3d2e8"

CLOSED = told(
    Proved(-79, "05:15", BY_MACHINE, items=("sec-scanning", "rel-connection-pooling")),
    again(-67, -2, 12, ("sec-scanning",), at="03:20"),
    Proved(-66, "05:15", BY_MACHINE, items=("sec-rate-limiting",)),
    attested(
        -64, "10:20", "theo", "perf-capacity-model/modelled-or-planned", "document", link=f"{WIKI}/capacity",
        witness="noor",
        note=(
            "At 2.1 ms of CPU a payment the three pods last until 460 payments a second. The forecast for 22 "
            "December is 310. What runs out first is the connection limit of the database, at 390."
        ),
    ),
    ClosingProposed(
        -64, "+120", "theo", item="perf-capacity-model", note="Model is linked and Noor recomputed the last column.",
    ),
    ClosingVerified(-63, "16:05", "noor", item="perf-capacity-model"),
    Proved(-61, "05:15", BY_MACHINE, items=("obs-tracing-depth/depth",)),
    attested(
        -61, "13:45", "noor", "obs-tracing-depth/sampling", "document", link=f"{WIKI}/tracing", witness="theo",
        note=(
            "One in fifty traces is kept, every failed one and every one above 500 ms always. Card numbers never "
            "reach a span; a test holds that."
        ),
    ),
    ClosingProposed(
        -61, "+200", "noor", item="obs-tracing-depth", note="Database and topic spans are there since 1.6.0.",
    ),
    ClosingVerified(-60, "09:50", "theo", item="obs-tracing-depth"),
    attested(
        -59, "12:00", "kofi", "rel-chaos-programme/planned", "plan",
        link="https://wiki.hollyhock.example/platform/chaos/payments", witness="hanna",
        note=(
            "First Thursday of each month in staging, one hour, one hypothesis. Next: fraud scores answer after 8 s. "
            "Stop when authorisations fall below 80%."
        ),
    ),
    ClosingProposed(
        -59, "+130", "kofi", item="rel-chaos-programme", note="Calendar entries until the end of the year are out.",
    ),
    ClosingVerified(-58, "10:15", "theo", item="rel-chaos-programme"),
    attested(
        -52, "14:10", "olga", "ops-runbook-expansion/planned", "plan", link=f"{WIKI}/runbooks", witness="noor",
        note=(
            "Every page has a date and an owner now; April and October are in the calendar, and closing an incident "
            "asks for the page that helped."
        ),
    ),
    ClosingProposed(-52, "+140", "olga", item="ops-runbook-expansion", note="Dates are on the pages."),
    SentBack(
        -51, "15:20", "noor", item="ops-runbook-expansion",
        reason=(
            "Three of the eleven pages name an owner who moved to Storefront in spring. Swap those and it is done."
        ),
    ),
    ClosingProposed(
        -49, "09:10", "olga", item="ops-runbook-expansion", note="Owners are swapped; I asked each of them.",
    ),
    ClosingVerified(-49, "17:00", "noor", item="ops-runbook-expansion"),
    attested(
        -41, "11:30", "hanna", "ops-game-days/planned", "plan", link="https://wiki.hollyhock.example/sre/game-days",
        witness="olga",
        note=(
            "Second Saturday in the quarter, nine to eleven: the processor times out during the morning wave. Olga "
            "leads, the newest of the rota takes notes."
        ),
    ),
    ClosingProposed(-41, "+100", "hanna", item="ops-game-days", note="Date, scenario and roles are on the page."),
    ClosingVerified(-40, "09:25", "theo", item="ops-game-days"),
)  # fmt: skip

DRIFTED = told(
    Proved(-92, "05:00", BY_MACHINE, items=MONTHLY),
    MetricOwned(
        -92, "09:40", "theo", owner="vera", normal="45,000 to 58,000 settled payments a day since the switch.",
    ),
    Proved(-64, "05:00", BY_MACHINE, items=MONTHLY),
    MetricOwned(-64, "09:15", "theo", owner="vera", normal="45,000 to 60,000 settled payments a day."),
    attested(
        -58, "14:00", "olga", "ops-rollback/exercised", "drill", link="https://tickets.hollyhock.example/PAY-866",
        witness="kofi",
        note=(
            "In production on a Tuesday, 1.7.1 back to 1.7.0 with 12 payments a second: four minutes from the "
            "decision to the last pod, two captures retried by the client."
        ),
    ),
    attested(
        -58, "+30", "theo", "ops-rollback/written", "document", link=f"{WIKI}/roll-back", witness="kofi",
        note=(
            "Read again after the drill: the step that drains the webhook queue moved before the switch, and the "
            "command has the new cluster's name."
        ),
    ),
    Proved(-50, "05:00", BY_MACHINE, items=FAILURE),
    Seen(
        -46, "05:42", BY_MACHINE, criterion="obs-alerting/paging-rules",
        reason='GatewayHighErrorRate can never fire: psp_requests_total{outcome="error"} has no series.',
        figures={"never_fire": 1},
        findings=(("can-never-fire", "The selector matches nothing since 1.8.0.", "GatewayHighErrorRate"),),
    ),
    GapPlanned(
        -46, "09:50", "theo", item="obs-alerting", owner="olga", due=-43,
        plan=(
            "The metric is called processor_requests_total now. Change the rule, and let CI resolve every selector "
            "before a release."
        ),
    ),
    IncidentWritten(
        -45, "11:20", "olga", began=(-47, "18:52"), title="Twelve minutes of refused cards, and no page",
        what_happened=(
            "The processor answered 503 from 18:52 to 19:04. Support saw it first: GatewayHighErrorRate had been silent "
            "since 1.8.0 renamed the metric that it counts. 340 payments were refused and tried again by their customers."
        ),
        items=("obs-alerting",), link="https://tickets.hollyhock.example/PAY-902",
        missing="Nothing asks that a release which renames a metric is tried against the rules that count it.",
    ),
    Proved(-44, "05:40", BY_MACHINE, items=("obs-alerting/paging-rules",)),
    Proved(
        -40, "05:00", BY_MACHINE,
        items=("sec-secret-rotation", "sec-secrets/runtime-source", "obs-alerting/delivery-drill"),
    ),
    Proved(-36, "05:00", BY_MACHINE, items=MONTHLY),
    MetricOwned(-36, "10:30", "theo", owner="vera", normal="45,000 to 60,000 settled payments a day."),
    OnCallConfirmed(-22, "13:00", "olga"),
    Proved(-13, "05:00", BY_MACHINE, items=(*RUNTIME, "sec-input-validation")),
    MetricOwned(
        -13, "09:20", "theo", owner="vera", normal="50,000 to 64,000 settled payments a day since the second wallet.",
    ),
    Pushed(
        -13, "05:10", BY_MACHINE, report=reports.gateway_drain, file="drain.json", tool=("drain_drill", "1"), commit=RELEASE,
    ),
    Pushed(
        -13, "05:12", BY_MACHINE, report=reports.gateway_manifest, file="rendered.yaml", tool=("helm", "3.16.2"),
        commit=RELEASE,
    ),
    Pushed(
        -13, "05:20", BY_MACHINE, report=reports.gateway_fuzzing, file="schemathesis.xml", tool=("Schemathesis", "4.32.5"),
        commit=RELEASE, item="sec-input-validation",
    ),
    Pushed(
        -12, "05:05", BY_MACHINE, report=reports.gateway_plans, file="plans.json", tool=("PostgreSQL", "15.8"),
        commit=RELEASE,
    ),
    GapPlanned(
        -11, "10:45", "theo", item="perf-query-audit", owner="noor", due=6,
        plan=(
            "Partial index on held payments by merchant, built concurrently; then the audit again on the copy of "
            "production."
        ),
    ),
    WorkStarted(-7, "15:30", "noor", item="perf-query-audit"),
    again(-2, -2, 1, tuple(item for item in WEEKLY_HTTP if item != "obs-alerting/paging-rules")),
    Seen(
        -3, "05:41", BY_MACHINE, criterion="obs-alerting/paging-rules",
        reason='GatewayLatencyP99 reports health "err": vector cannot contain metrics with the same labelset.',
        figures={"rules": 12, "unhealthy": 1},
        findings=(
            ("unhealthy", "Two pods export the same series since the sidecar was added.", "GatewayLatencyP99"),
        ),
    ),
    GapPlanned(
        -3, "11:10", "theo", item="obs-alerting", owner="theo", due=5,
        plan=(
            "Drop the sidecar's copy of the series at the scrape, and add the rule to the test that resolves "
            "selectors."
        ),
    ),
)  # fmt: skip
