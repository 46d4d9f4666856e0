"""Shop since its review."""

from readiness.demo import reports
from readiness.demo.steps import (
    ClosingProposed,
    ClosingVerified,
    MetricOwned,
    Proved,
    Pushed,
    Seen,
    WorkStarted,
)
from readiness.demo.telling import (
    BY_MACHINE,
    again,
    attested,
    told,
)

WIKI = "https://wiki.hollyhock.example/storefront/shop"
RELEASE = "7b3305ce18"

FOLLOWED = told(
    Proved(
        -34, "18:40", BY_MACHINE,
        items=("obs-log-levels", "obs-business-metrics", "obs-tracing", "sec-input-validation", "rel-health-probes"),
    ),
    MetricOwned(
        -34, "09:00", "yuki", owner="mara",
        normal="Nine to fourteen thousand baskets filled a day; measure again after the switch.",
    ),
    Proved(-33, "18:40", BY_MACHINE, items=("obs-runbooks",)),
    WorkStarted(-30, "15:20", "lucia", item="obs-structured-logging"),
    *(
        Seen(
            day, "19:30", BY_MACHINE, criterion="sec-scanning/web-scan",
            reason="1 high risk: DOM XSS in the image zoom (vendored script).", figures={"high_alerts": 1, "medium_alerts": 1},
            findings=(
                (
                    "40026", "Cross Site Scripting (DOM Based), confidence medium.",
                    "https://www.hollyhock.example/p/pears#zoom",
                ),
            ),
        )
        for day in (-51, -38, -25, -12)
    ),
    Pushed(
        -1, "19:30", BY_MACHINE, report=reports.shop_zap, file="zap.json", tool=("ZAP", "2.16.1"), commit=RELEASE,
        target="https://www.hollyhock.example",
    ),
    again(-48, -3, 13, ("sec-scanning/code-scan", "sec-scanning/scan-in-ci"), at="19:20"),
    attested(
        -19, "10:45", "yuki", "sec-penetration-test/tested-or-planned", "plan",
        link="https://tickets.hollyhock.example/SHOP-1377", witness="hanna",
        note=(
            "Five days by Elias Thorn's firm, beginning in two weeks, with one day kept back for trying the fixes. "
            "Scope: sign-in, address book, checkout."
        ),
    ),
    attested(
        -12, "10:40", "hanna", "rel-chaos-programme/planned", "plan",
        link="https://wiki.hollyhock.example/platform/chaos/storefront", witness="lucia",
        note=(
            "Third Thursday, one hour in staging. First the search answers after 6 s, then not at all; we expect "
            "shelves without suggestions and no error page."
        ),
    ),
    ClosingProposed(
        -12, "+110", "hanna", item="rel-chaos-programme", note="In the shared calendar until the end of the year.",
    ),
    ClosingVerified(-11, "09:30", "yuki", item="rel-chaos-programme"),
    MetricOwned(
        -7, "10:00", "yuki", owner="mara", normal="Eleven to sixteen thousand baskets filled a day in the new shop.",
    ),
    Proved(
        -6, "18:40", BY_MACHINE,
        items=(
            "obs-log-levels", "obs-business-metrics", "obs-tracing", "sec-input-validation", "rel-health-probes",
            "obs-runbooks",
        ),
    ),
    Proved(-5, "18:45", BY_MACHINE, items=("obs-structured-logging",)),
    WorkStarted(-5, "10:00", "lucia", item="sec-scanning"),
    Pushed(
        -20, "18:40", BY_MACHINE, report=reports.shop_locust, file="locust_stats.csv", tool=("Locust", "2.47.0"),
        commit="1fd20b7e",
    ),
    Proved(-20, "18:41", BY_MACHINE, items=("perf-load-test/no-leak",)),
    attested(
        -4, "11:15", "lucia", "ops-runbook-expansion/planned", "plan", link=f"{WIKI}/runbooks", witness="hanna",
        confirmed="",
        note=(
            "Each of the nine pages has the month of its next reading; the incident template asks which page was "
            "open, and what was missing on it."
        ),
    ),
    WorkStarted(-3, "14:10", "yuki", item="perf-capacity-model"),
)  # fmt: skip
