"""Order Mails: everything was proved, and the room was stricter than it had to be. Its launch is under way: half of the mails."""

from readiness.assessments.rules import Decision
from readiness.demo.steps import (
    Begun,
    Changed,
    Decided,
    LaunchPlanned,
    LaunchStarted,
    LaunchStepped,
    Measured,
    MetricOwned,
    Noted,
    OnCallConfirmed,
    PassedAcknowledged,
    Proved,
    Registered,
    Scheduled,
    Story,
    Told,
)
from readiness.demo.telling import (
    BY_MACHINE,
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

WIKI = "https://wiki.hollyhock.example/storefront/order-mails"
SAMPLED = ("obs-structured-logging", "obs-log-levels", "obs-business-metrics", "obs-runbooks")
BOUNCED = "sum(rate(mails_bounced_total[5m])) / sum(rate(mails_sent_total[5m]))"
SLOWEST = "histogram_quantile(0.99, sum by (le) (rate(provider_call_seconds_bucket[5m])))"
ACCEPTED = "sum(rate(mails_accepted_total[5m]))"

STORY = Story(
    "order-mails",
    {
        "host": "mails.internal.hollyhock.example", "rps": "3-11", "peak": "90-110",
        "p50": "70-96", "p95": "260-330", "p99": "480-640", "budget": 1000, "alerts": 4, "paging": 2,
        "receiver": "storefront-pager", "dependencies": 0, "metric": "mails_accepted_total", "daily": "21000-34000",
        "routes": 0, "secret": "storefront/mail-provider",
    },
    told(
        Registered(
            -48, "11:30", "yuki",
            name="Order Mails", team="storefront", tier=3, go_live=-10,
            description="Thanks for the order, what is missing from it, and when the van comes. Three mails, none of them twice.",
            traits=("worker", "consumes-queue"), tech_lead="yuki", on_call="lucia", platform="hanna",
            repository="https://git.hollyhock.example/storefront/order-mails",
            endpoints={
                "live_url": "https://mails.internal.hollyhock.example/live",
                "ready_url": "https://mails.internal.hollyhock.example/ready",
                "prometheus_url": "https://prometheus.internal.hollyhock.example",
                "alert_selector": '{service="order-mails"}',
            },
        ),
        Proved(-36, "17:10", BY_MACHINE, items=(*SECURITY, "rel-graceful-shutdown", "rel-health-probes")),
        attested(
            -35, "10:40", "yuki", "sec-secrets/runtime-source", "document",
            link=f"{WIKI}/secrets", witness="hanna",
            note=(
                "There is one secret, the provider's key. It is read from the manager when the process starts; the unit file "
                "holds its name and nothing else, as Hanna saw on the machine."
            ),
        ),
        Proved(-34, "17:10", BY_MACHINE, items=(*SAMPLED, "perf-load-test", "obs-alerting/delivery-drill")),
        MetricOwned(
            -34, "13:10", "yuki", owner="mara", normal="Three mails an order: 20,000 to 35,000 a day, none between one and five."
        ),
        attested(
            -33, "11:20", "lucia", "ops-rollback/written", "document",
            link=f"{WIKI}/back", witness="yuki",
            note=(
                "The unit of the version before is still on the machine: stop one, start the other. A mail carries the order's "
                "id and its kind, and the provider refuses the second one."
            ),
        ),
        attested(
            -33, "11:50", "lucia", "ops-rollback/exercised", "drill",
            link="https://tickets.hollyhock.example/SHOP-1342", witness="yuki",
            note=(
                "1.2 back to 1.1 in staging with the queue of a Sunday: stopped at 11:02, the older one sent its first mail "
                "at 11:03, 212 were refused by the provider as sent already. Nobody got two."
            ),
        ),
        attested(
            -32, "14:30", "hanna", "sec-threat-model/reviewed-or-planned", "document",
            link=f"{WIKI}/threat-model", witness="yuki",
            note=(
                "Links in mails are what a thief would want. They carry no session, open nothing without signing in, and the "
                "domain has DMARC set to reject since last month."
            ),
        ),
        OnCallConfirmed(-31, "15:00", "lucia"),
        LaunchPlanned(
            -31, "16:10", "yuki", decider="lucia",
            audiences=(
                ("Customer care", "the day before, with the three texts", "#care-floor"),
                ("The mail provider", "an hour before, with the numbers", "support@mailhaus.example"),
                ("Shop", "when half is reached", "#shop"),
                ("Everybody", "when it is done", "#hollyhock"),
            ),
            ramp=((10, 30, "mails bounced"), (50, 60, "mails bounced"), (100, 240, "mails accepted per order")),
            thresholds=(
                (f"Mails bounced: {BOUNCED}", "above 2 % for 5 minutes", "roll back"),
                (f"p99 of the provider: {SLOWEST}", "above 800 ms", "roll back"),
                ("Complaints at customer care", "three about the same mail", "roll back"),
                (f"Mails accepted: {ACCEPTED}", "at least 2 a second", "go on"),
            ),
            note="The evening's orders come from 19:00 on in Stockholm. No step after 17:30 there.",
        ),
        Scheduled(
            -34, "15:30", "yuki", starts=(-28, "16:00"), minutes=20, place="https://meet.hollyhock.example/damson",
            guests=(("mara", ParticipantRole.MANAGER),),
        ),
        again(-30, -25, 5, WEEKLY, at="17:40"), through(-20, -7, WEEKLY, at="17:40"), again(-7, -2, 5, WEEKLY, at="17:40"),
        joined(-28, "15:58 yuki", "lucia", "hanna", "mara"),
        Begun(-28, "+3", "yuki"),
        gap(-28, "yuki", "obs-business-dashboard", "lucia", 3, "Accepted, bounced and late mails, beside the hour's orders."),
        gap(-28, "yuki", "sec-scanning", "yuki", 10, "The shop's scan job, copied; it takes a morning."),
        gap(-28, "yuki", "rel-chaos-programme", "hanna", 12, "The provider answers nothing for an hour; the queue has to wait."),
        gap(-28, "yuki", "perf-capacity-model", "yuki", 17, "Mails per order against the forecast of the shop. One page."),
        gap(-28, "yuki", "ops-runbook-expansion", "lucia", 24, "Four pages, read once a quarter with the shop's."),
        gap(-28, "yuki", "ops-game-days", "lucia", 39, "Together with the shop's Sunday evening."),
        PassedAcknowledged(-28, "+1", "hanna"),
        Noted(
            -28, "+1", "yuki",
            notes="Mara: the link to unsubscribe leads to a page of the old shop. It works, and nobody owns it any more.\n",
        ),
        Decided(
            -28, "+2", "yuki", decision=Decision.CONDITIONAL,
            stricter_reason=(
                "Every gate is met. The unsubscribe page belongs to the old shop, which is switched off in spring: we go live on "
                "the condition that Storefront takes it over before."
            ),
        ),
        signed(
            -28,
            ("yuki", ParticipantRole.LEAD, ""), ("lucia", ParticipantRole.ON_CALL, "Fine with me, and the pager is quiet."),
            ("hanna", ParticipantRole.PLATFORM, ""), ("mara", ParticipantRole.MANAGER, "I have put the page on our board."),
        ),
        acknowledged(-27, "09:30", "yuki", "lucia", "hanna", "mara"),
        Changed(-16, "10:20", "yuki", go_live=0),
        Told(-1, "15:10", "yuki", who="Customer care"),
        MetricOwned(-7, "11:30", "yuki", owner="mara", normal="Three mails an order: 22,000 to 36,000 a day."),
        Proved(-7, "17:10", BY_MACHINE, items=(*SAMPLED, "rel-health-probes", "sec-input-validation", "perf-load-test")),
        Told(0, "-128", "lucia", who="The mail provider"),
        LaunchStarted(0, "-71", "lucia"),
        Measured(0, "-39", "", courses=((BOUNCED, 0.003, 0.009), (SLOWEST, 0.38, 0.5), (ACCEPTED, 2.2, 2.9))),
        LaunchStepped(0, "-38", "lucia"),
        Told(0, "-36", "yuki", who="Shop"),
        Measured(0, "-0", "", courses=((BOUNCED, 0.004, 0.011), (SLOWEST, 0.42, 0.61), (ACCEPTED, 2.6, 3.4))),
    ),
)  # fmt: skip
