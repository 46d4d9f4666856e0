"""Route Planner: its review is running right now, and one gap waits for a second pair of eyes."""

from readiness.demo import reports
from readiness.demo.steps import (
    Begun,
    ClosingProposed,
    Excused,
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
    WaiverRevoked,
    WorkStarted,
)
from readiness.demo.telling import BY_MACHINE, FAILURE, RUNTIME, SECURITY, WEEKLY, again, attested, gap, joined, told
from reviews.rules import ParticipantRole

WIKI = "https://wiki.hollyhock.example/fulfilment/routes"

STEPS = told(
    Registered(
        -70, "10:20", "samira", name="Route Planner", team="fulfilment", tier=2, go_live=17,
        description=(
            "Orders the stops of each van, again and again while orders still come in, until the doors of the depot "
            "close at 04:30."
        ),
        traits=("worker", "consumes-queue", "calls-services", "containerised"), tech_lead="samira", on_call="ravi",
        platform="kofi", repository="https://git.hollyhock.example/fulfilment/route-planner",
        needs=("maps API", "stock-feed"),
        endpoints={
            "live_url": "https://routes.internal.hollyhock.example/live",
            "ready_url": "https://routes.internal.hollyhock.example/ready",
            "prometheus_url": "https://prometheus.internal.hollyhock.example",
            "alert_selector": '{service="route-planner"}',
        },
    ),
    Proved(-48, "04:05", BY_MACHINE, items=(*FAILURE, "obs-log-levels")),
    WaiverRequested(
        -46, "14:30", "samira", item="obs-tracing", ends=-20,
        reason="The solver is a library of C++ that knows no trace context; its vendor is working on it.",
        mitigation=(
            "Each plan logs how long the solver took and with how many stops; that answers nine questions of ten."
        ),
    ),
    WaiverDecided(
        -45, "11:10", "desmond", item="obs-tracing", is_approved=True,
        note="Until the vendor's date, not a day longer.",
    ),
    Seen(
        -40, "04:30", BY_MACHINE, criterion="rel-health-probes/both-configured",
        reason="Liveness and readiness of container solver are the same path with the same threshold.",
        figures={"containers": 2, "long_running": 2},
        findings=(("same-probe", "Both ask /live every 10 s.", "deployment/route-planner, container solver"),),
    ),
    GapPlanned(
        -39, "09:50", "samira", item="rel-health-probes", owner="ravi", due=2,
        plan=(
            "Ready asks whether the map is loaded, live only whether the loop turns. The drill has to show that they "
            "differ."
        ),
    ),
    Excused(
        -36, "13:10", "samira", item="rel-chaos-programme",
        reason="Until the second depot opens there is one planner at a time; experiments begin with two.",
    ),
    WaiverRequested(
        -33, "15:10", "samira", item="obs-tracing", ends=24,
        reason="The vendor moved the release by six weeks, and showed us a build that has what we need.",
        mitigation="As before: the log answers nine questions of ten, and Ravi reads it each morning.",
    ),
    WaiverDecided(
        -32, "10:20", "desmond", item="obs-tracing", is_approved=True,
        note="I saw the build too. Once more, and to the vendor's new date.",
    ),
    WaiverRevoked(
        -28, "10:30", "desmond", item="obs-tracing",
        note="The vendor delivered early, and the solver's spans arrive. No need for it any more.",
    ),
    Proved(
        -27, "04:05", BY_MACHINE, items=RUNTIME,
        leaving=("rel-health-probes/both-configured", "rel-health-probes/dependency-off"),
    ),
    MetricOwned(
        -27, "11:20", "samira", owner="desmond",
        normal="Between 380 and 460 plans a night; fewer than 300 means a depot gets none.",
    ),
    WorkStarted(-24, "10:00", "ravi", item="rel-health-probes"),
    Proved(-21, "04:05", BY_MACHINE, items=(*SECURITY, "perf-load-test")),
    attested(
        -18, "12:40", "samira", "ops-rollback/written", "document", link=f"{WIKI}/roll-back", witness="kofi",
        note=(
            "Two versions plan side by side in the night of a release and only one is sent to the vans. Going back "
            "is choosing the other; there is nothing to migrate."
        ),
    ),
    attested(
        -17, "11:00", "ravi", "ops-rollback/exercised", "drill", link="https://tickets.hollyhock.example/FUL-512",
        witness="samira",
        note=(
            "At 01:40 during the real night run, depot Leiria only: chose the plans of 2.3 instead of 2.4, drivers "
            "had them at 01:44. Nobody at the depot noticed."
        ),
    ),
    OnCallConfirmed(-15, "09:30", "ravi"),
    LaunchPlanned(
        -14, "16:15", "samira", decider="ravi",
        audiences=(
            ("Depots", "two days before, by phone", "depot list"),
            ("Drivers", "the evening before", "in the van's app"),
        ),
        ramp=((20, 2880, "stops per hour"), (100, 10080, "vans late by more than 15 minutes")),
        thresholds=(
            ("Stops per hour", "5% below the planner of today", "roll back"),
            ("Plans that come after 04:30", "one", "roll back"),
            ("Vans late", "no more than last week", "go on"),
        ),
        note="By depot; Leiria first, Porto last.",
    ),
    Proved(
        -13, "04:05", BY_MACHINE,
        items=("obs-alerting/delivery-drill", "sec-input-validation", "rel-health-probes/both-configured"),
    ),
    Scheduled(
        -9, "10:10", "samira", starts=(0, "-16"), minutes=45, place="https://meet.hollyhock.example/sorrel",
        guests=(("desmond", ParticipantRole.MANAGER), ("hanna", ParticipantRole.OUTSIDE)),
    ),
    attested(
        -6, "10:15", "ravi", "rel-health-probes/dependency-off", "drill",
        link="https://tickets.hollyhock.example/FUL-530", witness="kofi",
        note=(
            "Took the maps API away in staging for twenty minutes: live stayed 200 throughout, ready turned 503 "
            "after six seconds and came back eleven seconds after the API."
        ),
    ),
    ClosingProposed(
        -5, "09:20", "ravi", item="rel-health-probes",
        note=(
            "Manifest is out since 2.5, the drill is attested and Kofi was there. Samira or Kofi, please look and "
            "close."
        ),
    ),
    GapOpened(
        -5, "11:30", "samira", item="sec-threat-model", because="Nobody has asked what a forged stop would do.",
    ),
    again(-4, -4, 5, WEEKLY),
    Proved(-3, "04:05", BY_MACHINE, items=("sec-scanning/code-scan", "sec-scanning/scan-in-ci")),
    Pushed(
        -2, "04:31", BY_MACHINE, report=reports.planner_drain, file="drain.json", tool=("drain_drill", "1"),
        commit="c0de51aa92", item="rel-graceful-shutdown",
    ),
    joined(0, "-18", "ravi", "kofi"),
    Begun(0, "-15", "samira"),
    joined(0, "-14", "desmond"),
    gap(
        0, "samira", "rel-graceful-shutdown", "ravi", 8,
        "Load the map in a thread of its own, so that the loop hears the signal; drain again on Thursday.",
        "New since the larger map of last week.", after=4,
    ),
    gap(
        0, "samira", "obs-business-dashboard", "samira", 20,
        "Plans per depot and minutes to spare before 04:30, on the screen in the depot.",
    ),
    gap(
        0, "samira", "obs-tracing-depth", "ravi", 24,
        "Spans for the topic; the sampling is decided by Payments' page.", after=2,
    ),
)  # fmt: skip

STORY = Story(
    "route-planner",
    {
        "host": "routes.internal.hollyhock.example", "rps": "1-4", "peak": "30-36",
        "p50": "210-260", "p95": "700-900", "p99": "1200-1700", "budget": 2500, "alerts": 5, "paging": 2,
        "receiver": "fulfilment-pager", "dependencies": 2, "metric": "plans_sent_total", "daily": "380-460",
        "routes": 0, "secret": "fulfilment/maps-key",
    },
    STEPS,
)  # fmt: skip
