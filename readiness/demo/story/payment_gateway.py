"""Payment Gateway: a clean go four months ago. Since then proof has aged, a query plan has tipped, and an alert broke twice."""

from readiness.assessments.rules import Decision
from readiness.demo.steps import (
    Begun,
    Decided,
    GapPlanned,
    Launched,
    LaunchPlanned,
    MetricOwned,
    OnCallConfirmed,
    PassedAcknowledged,
    Proved,
    Registered,
    Scheduled,
    Seen,
    Story,
    WorkStarted,
)
from readiness.demo.story.payment_gateway_since import CLOSED, DRIFTED
from readiness.demo.telling import (
    BY_MACHINE,
    FAILURE,
    LOAD,
    RUNTIME,
    SECURITY,
    WEEKLY_HTTP,
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

WIKI = "https://wiki.hollyhock.example/payments/gateway"

PREPARED = told(
    Registered(
        -132, "09:20", "theo", name="Payment Gateway", team="payments", tier=1, lifecycle="prototype", go_live=-86,
        description=(
            "Authorises, captures and refunds at the card processor and two wallets. Replaces the plug-in of the old "
            "shop, which could not hold an authorisation until the basket was picked."
        ),
        traits=("http-api", "calls-services", "has-database", "containerised"), tech_lead="theo", on_call="olga",
        platform="kofi", repository="https://git.hollyhock.example/payments/payment-gateway",
        needs=("card processor API", "fraud-scores", "payments-postgres"),
        endpoints={
            "base_url": "https://payments.hollyhock.example",
            "live_url": "https://payments.internal.hollyhock.example/live",
            "ready_url": "https://payments.internal.hollyhock.example/ready",
            "prometheus_url": "https://prometheus.internal.hollyhock.example",
            "alert_selector": '{service="payment-gateway"}',
        },
    ),
    MetricOwned(
        -131, "10:05", "theo", owner="vera",
        normal="40,000 to 60,000 settled payments a day, a third of them after 19:00.",
    ),
    Proved(-130, "04:50", BY_MACHINE, items=RUNTIME, leaving=("obs-runbooks/readable",)),
    Seen(
        -129, "04:55", BY_MACHINE, criterion="obs-runbooks/readable",
        reason="9 of 11 runbooks read: settlement-lag has no steps, wallet-errors leads to a sign-in page.",
        figures={"problems": 2},
        findings=(
            ("section-missing", "The page has no section that says what to do.", f"{WIKI}/runbooks/settlement-lag"),
            (
                "sign-in",
                "The page asks to sign in; whoever is paged may not be able to.",
                f"{WIKI}/runbooks/wallet-errors",
            ),
        ),
    ),
    GapPlanned(
        -128, "11:30", "theo", item="obs-runbooks", owner="olga", due=-114,
        plan=(
            "Write the steps for settlement-lag with the ledger team, and move both pages to the space that needs no "
            "sign-on."
        ),
    ),
    Seen(
        -126, "05:10", BY_MACHINE, criterion="rel-graceful-shutdown/drains",
        reason="3 of 22 requests in flight were cut off when the process ended after 5 s.",
        figures={"in_flight": 22, "answered": 19, "unanswered": 3, "seconds_to_end": 5.0, "exit_code": 1},
        findings=(("in-flight-lost", "POST /v1/captures ended without an answer.", "pod payment-gateway-7c9f"),),
    ),
    GapPlanned(
        -126, "14:40", "theo", item="rel-graceful-shutdown", owner="noor", due=-112,
        plan=(
            "Let the server finish captures for 20 s after SIGTERM, and raise the grace period of the pod above "
            "that."
        ),
    ),
    Proved(-125, "04:50", BY_MACHINE, items=SECURITY),
    WorkStarted(-123, "10:10", "noor", item="rel-graceful-shutdown"),
    Proved(-122, "05:30", BY_MACHINE, items=FAILURE, leaving=("rel-graceful-shutdown/drains",)),
    Proved(-119, "05:00", BY_MACHINE, items=("rel-graceful-shutdown", "obs-runbooks", *LOAD)),
    attested(
        -117, "15:10", "theo", "ops-rollback/written", "document", link=f"{WIKI}/roll-back", witness="kofi",
        note=(
            "Blue-green behind the service mesh; the old colour stays warm for an hour. The page lists the two "
            "migrations that both versions can live with and the one switch that must be thrown first."
        ),
    ),
    attested(
        -117, "+40", "olga", "ops-rollback/exercised", "drill", link="https://tickets.hollyhock.example/PAY-731",
        witness="theo",
        note=(
            "Rolled staging from 1.4.0 back to 1.3.2 under 80 requests a second: started 15:52, traffic back on the "
            "old colour at 15:55, no failed capture in between. Target was ten minutes."
        ),
    ),
    Proved(-116, "05:00", BY_MACHINE, items=("obs-alerting/delivery-drill", "ops-on-call/escalation")),
    attested(
        -114, "09:30", "noor", "sec-threat-model/reviewed-or-planned", "document", link=f"{WIKI}/threat-model",
        witness="hanna",
        note=(
            "Two hours with Hanna along the data flow of a capture. Four threats were added; the one that mattered "
            "is replayed webhooks, and idempotency keys now expire after the processor's own window."
        ),
    ),
    attested(
        -113, "11:00", "theo", "obs-business-dashboard/dashboard", "document",
        link="https://dashboards.hollyhock.example/d/payments-gateway", witness="olga",
        note=(
            "Settled, refused and abandoned payments beside the golden signals, last week behind them. Olga used it "
            "on Tuesday to tell a bank's outage from one of ours in five minutes."
        ),
    ),
    OnCallConfirmed(-110, "16:20", "olga"),
    LaunchPlanned(
        -110, "+25", "theo", decider="theo",
        audiences=(
            ("Customer care", "two days before, and when 25% is reached", "#care-floor"),
            ("Finance", "the morning of the launch", "settlement@hollyhock.example"),
            ("Everybody on call", "an hour before each step", "#ops"),
        ),
        ramp=(
            (5, 60, "authorisation rate"),
            (25, 180, "settled payments per minute"),
            (100, 1440, "settled payments per minute"),
        ),
        thresholds=(
            ("Authorisation rate", "below 91% for 10 minutes", "roll back"),
            ("p99 latency", "above 600 ms for 10 minutes", "roll back"),
            ("Settled payments", "within 3% of the plug-in's curve", "go on"),
        ),
        note="The evening peak is at 20:40. No step between 18:00 and 22:00.",
    ),
)  # fmt: skip

REVIEWED = told(
    Scheduled(
        -110, "17:30", "theo", starts=(-104, "10:00"), minutes=45,
        place="Room Quince, and https://meet.hollyhock.example/quince",
        guests=(("mara", ParticipantRole.MANAGER), ("hanna", ParticipantRole.OUTSIDE)),
    ),
    again(-107, -102, 5, WEEKLY_HTTP), through(-97, -7, WEEKLY_HTTP), again(-7, -7, 5, WEEKLY_HTTP),
    joined(-104, "09:57 theo", "olga", "kofi", "hanna", "mara"),
    Begun(-104, "+2", "theo"),
    gap(
        -104, "theo", "sec-scanning", "noor", -76,
        "Run semgrep and ZAP in the release pipeline instead of by hand, and fail it on anything high.",
        "Scanned once by hand, before the pilot. Nobody would notice when that stops.",
    ),
    gap(
        -104, "theo", "sec-rate-limiting", "noor", -62,
        "Limit per merchant key at the mesh, then let the probe prove it on staging.",
        "The mesh can do it; we have not agreed on the numbers with finance.", after=4,
    ),
    gap(
        -104, "theo", "rel-connection-pooling", "olga", -80,
        "Export in-use and size from the pool; the query is one line after that.",
        "We know the size, we don't know the peak.",
    ),
    gap(
        -104, "theo", "rel-chaos-programme", "kofi", -56,
        "One experiment a month in staging, beginning with the fraud scores being slow.",
        "Hanna: start with the dependency that failed last winter.", after=5,
    ),
    gap(
        -104, "theo", "perf-capacity-model", "theo", -60,
        "Take the load test's cost per payment and lay it over the forecast for the Christmas weeks.",
    ),
    gap(
        -104, "theo", "obs-tracing-depth", "noor", -58,
        "Turn on the driver's instrumentation and carry the context through the refund topic.",
    ),
    gap(
        -104, "theo", "ops-runbook-expansion", "olga", -48,
        "Go through all eleven pages twice a year with whoever joined last.",
        "Olga offers to begin with the two that failed in the check.",
    ),
    gap(
        -104, "theo", "ops-game-days", "hanna", -38,
        "Rehearse a processor outage on a Saturday morning, with Olga leading.", after=2,
    ),
    PassedAcknowledged(-104, "+2", "kofi"),
    Decided(-104, "+3", "theo", decision=Decision.GO),
    signed(
        -104, ("theo", ParticipantRole.LEAD, "Every gate has proof I have looked at myself."),
        ("olga", ParticipantRole.ON_CALL, "I can run this at night."), ("kofi", ParticipantRole.PLATFORM, ""),
        ("hanna", ParticipantRole.OUTSIDE, "Watch the first settlement file after the switch."),
    ),
    acknowledged(-103, "09:05", "theo", "olga", "kofi", "mara", "hanna"),
    Launched(-86, "09:05", "theo"),
)  # fmt: skip

STORY = Story(
    "payment-gateway",
    {
        "host": "payments.hollyhock.example", "rps": "18-34", "peak": "220-240",
        "p50": "21-34", "p95": "88-120", "p99": "170-240", "budget": 300, "alerts": 11, "paging": 4,
        "receiver": "payments-pager", "dependencies": 3, "metric": "payments_settled_total", "daily": "45000-58000",
        "routes": 14, "secret": "payments/processor-key",
    },
    (*PREPARED, *REVIEWED, *CLOSED, *DRIFTED),
)  # fmt: skip
