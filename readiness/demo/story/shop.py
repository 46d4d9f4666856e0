"""Shop: a conditional go ten weeks ago. One waiver expired, one runs out in days, one waits for the manager's word."""

from readiness.assessments.rules import Decision
from readiness.demo.steps import (
    Begun,
    Decided,
    GapPlanned,
    Launched,
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
)
from readiness.demo.story.shop_since import FOLLOWED
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

WIKI = "https://wiki.hollyhock.example/storefront/shop"

PREPARED = told(
    Registered(
        -76, "10:10", "yuki", name="Shop", team="storefront", tier=1, go_live=-24,
        description=(
            "The shop in the browser: shelves, basket, slot picker, checkout. Rendered on the server, one bundle of "
            "script."
        ),
        traits=("frontend", "internet-facing", "calls-services", "containerised"), tech_lead="yuki", on_call="lucia",
        platform="hanna", repository="https://git.hollyhock.example/storefront/shop",
        needs=("basket", "product-search", "payment-gateway", "delivery-slots"),
        endpoints={
            "base_url": "https://www.hollyhock.example", "live_url": "https://www.hollyhock.example/healthz/live",
            "ready_url": "https://www.hollyhock.example/healthz/ready",
            "prometheus_url": "https://prometheus.internal.hollyhock.example", "alert_selector": '{service="shop"}',
        },
    ),
    MetricOwned(
        -66, "11:00", "yuki", owner="mara", normal="Nine to fourteen thousand baskets filled a day, Sunday the most.",
    ),
    Proved(-67, "19:10", BY_MACHINE, items=RUNTIME, leaving=("obs-structured-logging/correlation",)),
    Seen(
        -67, "19:40", BY_MACHINE, criterion="obs-structured-logging/correlation",
        reason="The id sent in was found in the logs of 1 service: the edge cache drops traceparent.",
        figures={"services": 1, "lines": 2},
        findings=(("id-lost", "shop has the id; basket, called 40 ms later, has another one.", "basket"),),
    ),
    GapPlanned(
        -66, "09:40", "yuki", item="obs-structured-logging", owner="lucia", due=-27,
        plan=(
            "The cache vendor promises to forward traceparent in its next release; until then the shop makes its own "
            "id and passes it on."
        ),
    ),
    Proved(-65, "19:10", BY_MACHINE, items=SECURITY),
    Seen(
        -64, "19:30", BY_MACHINE, criterion="sec-scanning/web-scan",
        reason="1 high risk: DOM XSS in the image zoom (vendored script).", figures={"high_alerts": 1, "medium_alerts": 2},
        findings=(
            (
                "40026", "Cross Site Scripting (DOM Based), confidence medium.",
                "https://www.hollyhock.example/p/apples#zoom",
            ),
        ),
    ),
    GapPlanned(
        -63, "10:05", "yuki", item="sec-scanning", owner="lucia", due=-28,
        plan=(
            "Replace the zoom script by the one of the design system; until that ships, a CSP that allows no inline "
            "script."
        ),
    ),
    Proved(
        -61, "19:10", BY_MACHINE,
        items=("rel-dependency-failure", "rel-timeouts", "rel-retries", "rel-circuit-breakers"),
    ),
    Proved(
        -60, "19:10", BY_MACHINE,
        items=("rel-graceful-shutdown", "perf-load-test", "obs-tracing", "rel-health-probes", "obs-log-levels"),
    ),
    Proved(
        -58, "19:10", BY_MACHINE,
        items=("obs-alerting/delivery-drill", "sec-input-validation", "sec-scanning/code-scan"),
    ),
    attested(
        -57, "13:20", "yuki", "ops-rollback/written", "document", link=f"{WIKI}/roll-back", witness="hanna",
        note=(
            "The previous image stays behind the balancer for two days; going back is one flag. There is no schema. "
            "Old and new script bundles are both on the CDN for a week."
        ),
    ),
    attested(
        -57, "15:00", "lucia", "ops-rollback/exercised", "drill", link="https://tickets.hollyhock.example/SHOP-1204",
        witness="yuki",
        note=(
            "Staging from 0.44 to 0.43 with the load script running: flag at 15:04, all sessions on the old image at "
            "15:06. Two pages asked for a reload, as written."
        ),
    ),
    attested(
        -55, "10:30", "yuki", "obs-business-dashboard/dashboard", "document",
        link="https://dashboards.hollyhock.example/d/shop", witness="lucia",
        note=(
            "Baskets filled, slots picked and orders placed per ten minutes, by country. Lucía answered care's "
            "question about Sunday's dip from it without asking me."
        ),
    ),
    attested(
        -54, "14:45", "hanna", "sec-threat-model/reviewed-or-planned", "document", link=f"{WIKI}/threat-model",
        witness="yuki",
        note=(
            "Session, checkout and the address book, drawn and walked through with Yuki. The open point is the "
            "vendored zoom script; it has its own gap."
        ),
    ),
    OnCallConfirmed(-51, "15:10", "lucia"),
    LaunchPlanned(
        -50, "11:00", "yuki", decider="yuki",
        audiences=(
            ("Customer care", "a week before, with screenshots", "#care-floor"),
            ("Marketing", "when half of the traffic has moved", "launches@hollyhock.example"),
        ),
        ramp=(
            (2, 240, "orders per visit"),
            (20, 1440, "orders per visit"),
            (50, 1440, "error ratio"),
            (100, 2880, "orders per visit"),
        ),
        thresholds=(
            ("Orders per visit", "5% below the old shop for two hours", "roll back"),
            ("Error ratio", "above 0.5% for ten minutes", "roll back"),
            ("Orders per visit", "within 2% for a whole Sunday", "go on"),
        ),
        note="By cookie, not by request: nobody changes shops in the middle of an order.",
    ),
)  # fmt: skip

REVIEWED = told(
    WaiverRequested(
        -49, "10:20", "yuki", item="obs-structured-logging", ends=-7,
        reason="The cache forwards traceparent only from its next release, which comes four weeks after our launch.",
        mitigation=(
            "The shop writes its own id and the cache's ray id on one line; joining the two takes a minute by hand "
            "and is in the runbook."
        ),
    ),
    WaiverDecided(
        -48, "09:15", "mara", item="obs-structured-logging", is_approved=True,
        note="Fine for six weeks. I want the vendor's date in the gap.",
    ),
    WaiverRequested(
        -47, "11:10", "yuki", item="sec-scanning", ends=4,
        reason=(
            "The finding is in the vendored zoom script; the design system's own zoom is planned for the sprint "
            "after the launch."
        ),
        mitigation="CSP without inline script is live and was tried with the scanner's own payload: nothing ran.",
    ),
    WaiverDecided(
        -46, "16:30", "mara", item="sec-scanning", is_approved=True,
        note="Hanna saw the payload blocked. Seven weeks, and no second time.",
    ),
    Scheduled(
        -50, "12:10", "yuki", starts=(-42, "16:00"), minutes=40, place="https://meet.hollyhock.example/damson",
        guests=(("mara", ParticipantRole.MANAGER), ("kofi", ParticipantRole.OUTSIDE)),
    ),
    again(-47, -42, 5, WEEKLY_HTTP, at="18:20"), through(-37, -7, WEEKLY_HTTP, at="18:20"),
    again(-7, -2, 5, WEEKLY_HTTP, at="18:20"),
    joined(-42, "15:56 yuki", "lucia", "hanna", "mara", "kofi"),
    Begun(-42, "+4", "yuki"),
    gap(
        -42, "yuki", "obs-structured-logging", "lucia", -9, "Cache vendor's next release, then the probe again.",
        "Under a waiver; the vendor named the 12th.",
    ),
    gap(
        -42, "yuki", "sec-scanning", "lucia", 3, "Swap the zoom script with 0.47, scan again the same night.",
        "Hanna tried the payload herself.",
    ),
    gap(
        -42, "yuki", "obs-tracing-depth", "yuki", 9,
        "There is no database here; queue spans come with the analytics events. Write the sampling policy down.",
    ),
    gap(
        -42, "yuki", "sec-penetration-test", "mara", 15,
        "Booked with Thorn & Daughters for the second week of the next month.", after=2,
    ),
    gap(
        -42, "yuki", "rel-chaos-programme", "hanna", -1,
        "Join the storefront to the payments experiments: basket slow, search down.",
    ),
    gap(
        -42, "yuki", "perf-capacity-model", "yuki", 3,
        "Cost per visit from the load test, against the Christmas forecast of the basket team.",
    ),
    gap(
        -42, "yuki", "ops-runbook-expansion", "lucia", 7,
        "Review dates on each page, and one line in the incident template.",
    ),
    gap(
        -42, "yuki", "ops-game-days", "lucia", 39,
        "Search is down on a Sunday evening; the shop has to sell from the shelves.",
        "Not before the penetration test is through.",
    ),
    PassedAcknowledged(-42, "+2", "lucia"),
    Noted(
        -42, "+1", "yuki",
        notes=(
            "- Kofi asked what happens when the basket is down: the shelves stay up, the button is grey. **Tried in "
            "staging.**\n- Mara wants orders per visit on the floor's screen during the ramp.\n"
        ),
    ),
    Decided(-42, "+4", "yuki", decision=Decision.CONDITIONAL),
    signed(
        -42, ("yuki", ParticipantRole.LEAD, "Both waivers have a date and a person."),
        ("lucia", ParticipantRole.ON_CALL, "I know what to do without the id."),
        ("hanna", ParticipantRole.PLATFORM, ""),
        ("mara", ParticipantRole.MANAGER, "Approved with the two waivers, and only with them."),
    ),
    acknowledged(-41, "08:30", "yuki", "kofi", "hanna", "mara", "lucia"),
    Launched(-24, "13:00", "yuki"),
    LaunchPlanned(
        -24, "+40", "yuki", decider="yuki",
        audiences=(
            ("Customer care", "a week before, with screenshots", "#care-floor"),
            ("Marketing", "when half of the traffic has moved", "launches@hollyhock.example"),
            ("Everybody", "on the day, with the link to the screen on the floor", "#all"),
        ),
        ramp=(
            (2, 240, "orders per visit"),
            (20, 1440, "orders per visit"),
            (50, 1440, "error ratio"),
            (100, 2880, "orders per visit"),
        ),
        thresholds=(
            ("Orders per visit", "5% below the old shop for two hours", "roll back"),
            ("Error ratio", "above 0.5% for ten minutes", "roll back"),
            ("Orders per visit", "within 2% for a whole Sunday", "go on"),
        ),
        note="By cookie, not by request. The screen on the floor shows orders per visit, as Mara asked.",
    ),
)  # fmt: skip

STORY = Story(
    "shop",
    {
        "host": "www.hollyhock.example", "rps": "60-140", "peak": "380-420",
        "p50": "48-70", "p95": "160-220", "p99": "310-420", "budget": 600, "alerts": 9, "paging": 3,
        "receiver": "storefront-pager", "dependencies": 4, "metric": "baskets_filled_total", "daily": "9000-15800",
        "routes": 9, "secret": "storefront/session-key",
    },
    (*PREPARED, *REVIEWED, *FOLLOWED),
)  # fmt: skip
