"""Delivery Slots: a no-go three weeks ago, go-live moved, and what the room agreed on is late."""

from readiness.assessments.rules import Decision
from readiness.demo.steps import (
    Begun,
    Cancelled,
    Changed,
    ClosingProposed,
    ClosingVerified,
    Decided,
    GapPlanned,
    LaunchPlanned,
    MetricOwned,
    Noted,
    OnCallConfirmed,
    PassedAcknowledged,
    Proved,
    Registered,
    Scheduled,
    Seen,
    Story,
    WaiverDecided,
    WaiverRequested,
    WorkStarted,
)
from readiness.demo.telling import (
    BY_MACHINE,
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

WIKI = "https://wiki.hollyhock.example/fulfilment/slots"

PREPARED = told(
    Registered(
        -95, "09:15", "samira", name="Delivery Slots", team="fulfilment", tier=1, go_live=-5,
        description=(
            "Knows which van can be at which door in which hour, and sells that promise once. Wrong by one, and a "
            "driver stands in the rain."
        ),
        traits=("http-api", "calls-services", "has-database", "containerised"), tech_lead="samira", on_call="ravi",
        platform="kofi", repository="https://git.hollyhock.example/fulfilment/delivery-slots",
        needs=("route-planner", "slots-postgres"),
        endpoints={
            "base_url": "https://slots.hollyhock.example",
            "live_url": "https://slots.internal.hollyhock.example/live",
            "ready_url": "https://slots.internal.hollyhock.example/ready",
            "prometheus_url": "https://prometheus.internal.hollyhock.example",
            "alert_selector": '{service="delivery-slots"}',
        },
    ),
    Proved(-44, "04:20", BY_MACHINE, items=(*RUNTIME, "rel-timeouts", "rel-retries")),
    MetricOwned(
        -44, "11:00", "samira", owner="desmond",
        normal="5,500 to 7,500 slots sold a day, gone by Thursday in the week before a holiday.",
    ),
    Seen(
        -41, "04:35", BY_MACHINE, criterion="rel-graceful-shutdown/drains",
        reason="Killed after 30 s: a held slot is kept in memory until it is paid for.",
        figures={
            "in_flight": 9, "answered": 0, "unanswered": 9, "seconds_to_end": 30.4, "grace_s": 30,
            "exit_code": 137, "was_killed": True,
        },
        findings=(("killed", "SIGKILL ended it; 61 held slots were lost.", "pod delivery-slots-5d6b"),),
    ),
    GapPlanned(
        -40, "10:40", "samira", item="rel-graceful-shutdown", owner="ravi", due=-27,
        plan="Write held slots to the database, where a restart finds them again.",
    ),
    Proved(-38, "04:20", BY_MACHINE, items=SECURITY),
    Seen(
        -33, "04:40", BY_MACHINE, criterion="perf-query-audit/plans",
        reason="2 of 12 plans filter slots (5,100,000 rows) by a sequential scan.",
        figures={"plans": 12, "sequential_scans": 2, "filtered_scans": 2, "most_rows_filtered": 5_100_000},
        findings=(("filtered-seq-scan", "Filter: (postcode = $1); no index begins with it.", "slots"),),
    ),
    GapPlanned(
        -32, "09:30", "samira", item="perf-query-audit", owner="ravi", due=-14,
        plan="One index by postcode and day, and partition the table by week so that the past stops being read.",
    ),
    WaiverRequested(
        -31, "16:00", "samira", item="ops-rollback", ends=20,
        reason=(
            "Slots that were sold can't be taken back by redeploying; we don't know yet what a roll-back would mean."
        ),
        mitigation=(
            "Planners can print tomorrow's slots every evening and work from paper, as they did until last year."
        ),
    ),
    WaiverDecided(
        -30, "10:20", "desmond", item="ops-rollback", is_approved=False,
        note=(
            "“We don't know” is the finding, not the excuse. Write down what stays sold when the code goes back, "
            "then drill it."
        ),
    ),
    attested(
        -27, "13:15", "samira", "sec-threat-model/reviewed-or-planned", "document", link=f"{WIKI}/threat-model",
        witness="hanna",
        note=(
            "Who gains from a slot? Resellers. The walk with Hanna led to a limit of three held slots for a customer "
            "and to a name on every reservation."
        ),
    ),
    OnCallConfirmed(-26, "12:20", "ravi"),
)  # fmt: skip

REVIEWED = told(
    Scheduled(
        -29, "11:10", "samira", starts=(-23, "14:00"), minutes=45, place="Depot Évora, the room with the map",
        guests=(("desmond", ParticipantRole.MANAGER), ("hanna", ParticipantRole.OUTSIDE)),
    ),
    again(-26, -21, 5, WEEKLY_HTTP), through(-16, -6, WEEKLY_HTTP), again(-6, -1, 5, WEEKLY_HTTP),
    Proved(
        -25, "04:20", BY_MACHINE,
        items=("perf-load-test", "rel-dependency-failure", "rel-circuit-breakers", "obs-alerting/delivery-drill"),
    ),
    joined(-23, "13:55 samira", "ravi", "kofi", "desmond", "hanna"),
    Begun(-23, "+6", "samira"),
    gap(
        -23, "samira", "rel-graceful-shutdown", "ravi", -9,
        "Held slots into the database; migration is written, the sweeper that frees them is not.",
        "Ravi: two weeks if nothing else burns.", after=7,
    ),
    gap(
        -23, "samira", "perf-query-audit", "ravi", -10, "Index first, partitions after the launch.",
        "Kofi helps with building it concurrently.",
    ),
    gap(
        -23, "samira", "ops-rollback", "samira", -9,
        "One page: what stays sold. Then the drill in staging with forty held slots.",
        "Desmond's no to the waiver stands.", after=6,
    ),
    gap(
        -23, "samira", "ops-launch-plan", "samira", -11,
        "Fill it in with customer care; they asked for numbers by postcode.",
    ),
    gap(
        -23, "samira", "sec-scanning", "ravi", -4,
        "The scan job runs on the main branch only; run it on the release branch as well.",
    ),
    gap(
        -23, "samira", "obs-business-dashboard", "samira", 6,
        "Slots sold, held and freed by hour, beside the vans that are out.",
    ),
    gap(-23, "samira", "obs-tracing-depth", "ravi", 13, "Driver's instrumentation on; sampling as Payments does it."),
    gap(
        -23, "samira", "sec-rate-limiting", "ravi", -4,
        "Three held slots for a customer, twenty searches a minute; prove it on staging.", "Resellers again.",
    ),
    gap(
        -23, "samira", "rel-connection-pooling", "kofi", -13, "Export the pool's two numbers, then ask for the peak.",
        after=2,
    ),
    gap(
        -23, "samira", "rel-chaos-programme", "hanna", 20,
        "Begin with the route planner being slow: the slots must close, not guess.",
    ),
    gap(
        -23, "samira", "perf-capacity-model", "samira", 24,
        "How many postcodes until the search for a slot takes a second.",
    ),
    gap(
        -23, "samira", "ops-runbook-expansion", "ravi", 27,
        "Two pages are missing: holiday weeks, and a depot that is snowed in.",
    ),
    gap(
        -23, "samira", "ops-game-days", "ravi", 34,
        "A depot loses power at 04:00. Slots have to be handed to the next one.",
    ),
    PassedAcknowledged(-23, "+3", "kofi"),
    Noted(
        -23, "+1", "samira",
        notes=(
            "Nobody is against going live. Three things can lose a slot that somebody paid for, and each has a name "
            "and a day now.\n\n- Desmond tells the depots that it is not the 1st.\n- Next review when the three are "
            "closed.\n"
        ),
    ),
    Decided(-23, "+4", "samira", decision=Decision.NO_GO),
    signed(
        -23, ("samira", ParticipantRole.LEAD, "Right decision. The held slots kept me awake."),
        ("ravi", ParticipantRole.ON_CALL, ""), ("kofi", ParticipantRole.PLATFORM, "Index can be built any night."),
        ("desmond", ParticipantRole.MANAGER, "I will tell the depots."),
    ),
    acknowledged(-22, "08:40", "samira", "ravi", "kofi", "hanna"),
    Changed(-21, "09:30", "samira", go_live=30),
)  # fmt: skip

FOLLOWED = told(
    Scheduled(
        -16, "15:00", "samira", starts=(12, "14:00"), minutes=30, place="Depot Évora, the room with the map",
        guests=(("desmond", ParticipantRole.MANAGER),),
    ),
    Proved(-15, "04:20", BY_MACHINE, items=("rel-connection-pooling", "sec-input-validation", *RUNTIME)),
    MetricOwned(-15, "10:00", "samira", owner="desmond", normal="5,500 to 7,500 slots sold a day."),
    WorkStarted(-14, "09:15", "ravi", item="rel-graceful-shutdown"),
    LaunchPlanned(
        -13, "14:20", "samira", decider="samira",
        audiences=(
            ("Depots", "a week before, by phone", "depot list"),
            ("Customer care", "the day before, with numbers by postcode", "#care-floor"),
        ),
        ramp=(
            (5, 1440, "slots sold per hour"),
            (40, 2880, "vans late by more than 15 minutes"),
            (100, 4320, "slots sold per hour"),
        ),
        thresholds=(
            ("Slots sold twice", "one", "roll back"),
            ("Vans late by more than 15 minutes", "above 6% of a shift", "roll back"),
            ("Slots sold", "as many as last week, by postcode", "go on"),
        ),
        note="Never on a Thursday: that is when the week fills up.",
    ),
    ClosingProposed(
        -12, "16:30", "samira", item="ops-launch-plan", note="Three parts are filled in; care has its numbers.",
    ),
    ClosingVerified(-11, "10:45", "kofi", item="ops-launch-plan"),
    Proved(-11, "04:20", BY_MACHINE, items=("perf-query-audit",)),
    attested(
        -8, "17:20", "samira", "ops-rollback/written", "document", link=f"{WIKI}/what-stays-sold", witness="ravi",
        note=(
            "What was sold stays sold: the old code reads the same table and ignores the two new columns. Held slots "
            "are freed after ten minutes, whichever version runs."
        ),
    ),
    Cancelled(
        -6, "11:15", "samira",
        reason=(
            "Held slots and the roll-back drill are not done, and both were due last week. I would rather ask for "
            "your hour when it can end with a yes."
        ),
    ),
)  # fmt: skip

STORY = Story(
    "delivery-slots",
    {
        "host": "slots.hollyhock.example", "rps": "12-40", "peak": "150-170",
        "p50": "24-38", "p95": "110-160", "p99": "240-310", "budget": 400, "alerts": 7, "paging": 3,
        "receiver": "fulfilment-pager", "dependencies": 2, "metric": "slots_sold_total", "daily": "5600-7400",
        "routes": 11, "secret": "fulfilment/slots-postgres",
    },
    (*PREPARED, *REVIEWED, *FOLLOWED),
)  # fmt: skip
