"""Refunds: its review began yesterday and was paused half-way, because somebody had to look something up."""

from readiness.demo.steps import (
    Begun,
    ClosingProposed,
    GapOpened,
    GapPlanned,
    LaunchPlanned,
    MetricOwned,
    Noted,
    OnCallConfirmed,
    Paused,
    Proved,
    Registered,
    Said,
    Scheduled,
    Seen,
    Story,
    WorkStarted,
)
from readiness.demo.telling import BY_MACHINE, FAILURE, RUNTIME, SECURITY, WEEKLY, again, attested, gap, joined, told
from reviews.rules import ParticipantRole, Word

WIKI = "https://wiki.hollyhock.example/payments/refunds"

STEPS = told(
    Registered(
        -60, "11:40", "theo", name="Refunds", team="payments", tier=2, go_live=17,
        description=(
            "Takes what the pickers could not find off the bill, before the customer has to ask. Reads the picking "
            "topic, books at the gateway."
        ),
        traits=("worker", "consumes-queue", "calls-services", "has-database", "containerised"), tech_lead="theo",
        on_call="olga", platform="hanna", repository="https://git.hollyhock.example/payments/refunds",
        needs=("payment-gateway", "refunds-postgres"),
        endpoints={
            "live_url": "https://refunds.internal.hollyhock.example/live",
            "ready_url": "https://refunds.internal.hollyhock.example/ready",
            "prometheus_url": "https://prometheus.internal.hollyhock.example",
            "alert_selector": '{service="refunds"}',
        },
    ),
    MetricOwned(
        -24, "10:30", "theo", owner="vera", normal="2,000 to 3,500 refunds a day, most before nine in the morning.",
    ),
    Proved(-24, "05:20", BY_MACHINE, items=RUNTIME),
    Proved(-22, "05:20", BY_MACHINE, items=FAILURE, leaving=("rel-retries/retry-policy",)),
    Seen(
        -22, "05:45", BY_MACHINE, criterion="rel-retries/retry-policy",
        reason="1 of 11 cases failed: a refund is tried for ever; there is no cap.",
        figures={"tests": 11, "passed": 10, "failures": 1},
        findings=(
            ("cap", "After 40 attempts the case gave up waiting for the worker to give up.", "test_retry_has_cap"),
        ),
    ),
    GapPlanned(
        -21, "09:40", "theo", item="rel-retries", owner="noor", due=5,
        plan="Six attempts over a day, then a dead letter that pages nobody and stands on the morning list.",
    ),
    Proved(
        -17, "05:20", BY_MACHINE, items=(*SECURITY, "rel-connection-pooling"),
        leaving=("sec-input-validation/queue-payloads",),
    ),
    attested(
        -16, "14:20", "theo", "ops-rollback/written", "document", link=f"{WIKI}/roll-back", witness="hanna",
        note=(
            "Redeploy of the version before. The topic keeps seven days, so going back means reading again; every "
            "refund carries the order line's id and is booked once."
        ),
    ),
    attested(
        -14, "10:10", "olga", "ops-rollback/exercised", "drill", link="https://tickets.hollyhock.example/PAY-895",
        witness="noor",
        note=(
            "0.9 back to 0.8 in staging at half past ten, offsets set back by an hour: 1,140 messages read twice, "
            "not one refund booked twice. Six minutes in all."
        ),
    ),
    Proved(
        -12, "05:20", BY_MACHINE,
        items=("obs-alerting/delivery-drill", "perf-load-test", "sec-scanning/code-scan", "sec-scanning/scan-in-ci"),
    ),
    OnCallConfirmed(-11, "13:30", "olga"),
    attested(
        -10, "11:50", "noor", "sec-threat-model/reviewed-or-planned", "plan",
        link="https://tickets.hollyhock.example/PAY-907", witness="olga",
        note=(
            "An hour with Hanna in the week after the launch, along the path of a forged picking message. The ticket "
            "has the date and the three questions to begin with."
        ),
    ),
    LaunchPlanned(
        -9, "15:15", "theo", decider="olga",
        audiences=(
            ("Customer care", "the evening before", "#care-floor"),
            ("Finance", "after each step", "settlement@hollyhock.example"),
        ),
        ramp=((10, 1440, "refunds booked per morning"), (100, 4320, "refunds asked for by phone")),
        thresholds=(
            ("Refunds booked twice", "one", "roll back"),
            ("Oldest message", "older than 30 minutes after eight", "roll back"),
            ("Refunds asked for by phone", "a third of last week's", "go on"),
        ),
        note="By distribution centre, the small one in Leiria first.",
    ),
    GapOpened(
        -13, "10:40", "theo", item="obs-business-dashboard",
        because="Vera asks every Monday how many were booked; nobody should have to ask.",
    ),
    GapPlanned(
        -13, "+5", "theo", item="obs-business-dashboard", owner="olga", due=4,
        plan="Booked, dead and waiting refunds by distribution centre, and the age of the oldest one.",
    ),
    attested(
        -4, "10:20", "olga", "obs-business-dashboard/dashboard", "document",
        link="https://dashboards.hollyhock.example/d/refunds", witness="hanna",
        note=(
            "Booked, waiting and dead refunds by distribution centre. Hanna opened it on Friday and saw within a "
            "minute that Leiria had stopped sending since six."
        ),
    ),
    ClosingProposed(
        -3, "09:50", "olga", item="obs-business-dashboard",
        note="Vera has the link since Thursday. Theo or Noor, would you look?",
    ),
    Scheduled(
        -8, "10:00", "theo", starts=(-1, "09:30"), minutes=30, place="https://meet.hollyhock.example/medlar",
        guests=(("noor", ParticipantRole.MEMBER), ("elias", ParticipantRole.OUTSIDE)),
    ),
    WorkStarted(-6, "16:10", "noor", item="rel-retries"),
    again(-3, -3, 5, WEEKLY),
    joined(-1, "09:26 theo", "olga", "hanna", "noor", "elias"),
    Begun(-1, "+5", "theo"),
    gap(
        -1, "theo", "rel-retries", "noor", 5,
        "Six attempts over a day, then a dead letter on the morning list. Merged; the suite runs tonight.",
        "Noor shows the branch. Elias wants the dead letters counted, too.", after=6,
    ),
    gap(
        -1, "theo", "sec-input-validation", "olga", 8,
        (
            "Cases for malformed, oversized and repeated picking messages; Fulfilment sends us the three worst they "
            "ever had."
        ),
        "The fuzzer has nothing to fuzz here, the topic has.", after=7,
    ),
    Said(
        -1, "+8", "theo", item="perf-query-audit", word=Word.PARKED,
        note="Olga believes the audit ran on the small copy. Pause until she has looked at the row counts.",
    ),
    Noted(
        -1, "+2", "theo",
        notes=(
            "- Elias: what happens to a refund for an order that was cancelled in between? **Theo tries it before we "
            "go on.**\n- Row counts of the audit: Olga, today.\n"
        ),
    ),
    Paused(-1, "+3", "theo"),
)  # fmt: skip

STORY = Story(
    "refunds",
    {
        "host": "refunds.internal.hollyhock.example", "rps": "2-9", "peak": "70-90",
        "p50": "40-66", "p95": "170-240", "p99": "380-520", "budget": 800, "alerts": 6, "paging": 2,
        "receiver": "payments-pager", "dependencies": 2, "metric": "refunds_booked_total", "daily": "2100-3400",
        "routes": 0, "secret": "payments/refunds-topic",
    },
    STEPS,
)  # fmt: skip
