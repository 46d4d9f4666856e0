"""Services at their beginning: one registered yesterday, one prototype, one without people, one well on its way."""

from readiness.demo.steps import (
    ExcuseConfirmed,
    Excused,
    GapOpened,
    GapPlanned,
    MetricOwned,
    Proved,
    Registered,
    Seen,
    Story,
    WorkStarted,
)
from readiness.demo.telling import BY_MACHINE, again, attested, told

PROMETHEUS = "https://prometheus.internal.hollyhock.example"

RECIPES = Story(
    "recipes", {},
    told(
        Registered(
            -1, "10:40", "yuki", name="Recipe Box", team="storefront", tier=3,
            description="Turns a recipe into a basket: four people, no nuts, what is left in the fridge. A week old.",
            traits=("http-api", "calls-services", "containerised"), tech_lead="yuki", on_call="lucia",
            repository="https://git.hollyhock.example/storefront/recipe-box", needs=("product-search", "basket"),
        ),
    ),
)  # fmt: skip

GIFT_CARDS = Story(
    "gift-cards",
    {
        "host": "gifts.hollyhock.example", "alerts": 3, "paging": 1, "receiver": "payments-pager",
        "routes": 5, "metric": "gift_cards_sold_total", "daily": "12-40", "dependencies": 2,
    },
    told(
        Registered(
            -24, "16:30", "noor", name="Gift Cards", team="payments", tier=3, go_live=64,
            description=(
                "Sells a card, keeps its balance, takes it off at checkout. The books treat a balance as a debt, so "
                "it never loses one."
            ),
            traits=("http-api", "calls-services", "has-database", "containerised"), tech_lead="noor", on_call="olga",
            repository="https://git.hollyhock.example/payments/gift-cards",
            needs=("payment-gateway", "gifts-postgres"), endpoints={"base_url": "https://gifts.hollyhock.example"},
        ),
        Proved(
            -16, "04:10", BY_MACHINE,
            items=("obs-log-levels", "sec-secrets/history-scan", "sec-input-validation/injection-scan"),
        ),
        Seen(
            -9, "04:25", BY_MACHINE, criterion="obs-structured-logging/request-lines",
            reason="61.3% of 349 lines are JSON; the rest is the framework's own access log.",
            figures={
                "lines": 349, "json_lines": 214, "request_lines": 191, "error_lines": 4, "failed_requests": 3,
            },
            findings=(("not-json", '127.0.0.1 - - "GET /cards/…" 200', "line 14"),),
        ),
        attested(
            -6, "11:20", "noor", "sec-threat-model/reviewed-or-planned", "document",
            link="https://wiki.hollyhock.example/payments/gift-cards/threat-model", witness="olga",
            note=(
                "Guessing codes is the threat here: sixteen characters, five wrong ones an hour for each address, "
                "and a balance that is shown only once signed in."
            ),
        ),
        again(-3, -3, 5, ("sec-secrets/history-scan", "rel-error-boundary")),
    ),
)  # fmt: skip

PICKING_LISTS = Story(
    "picking-lists",
    {
        "alerts": 2, "paging": 1, "receiver": "fulfilment-pager",
        "metric": "lists_printed_total", "daily": "310-420", "dependencies": 2, "peak": "11-12", "p50": "70-90",
        "p95": "110-140", "p99": "180-230",
    },
    told(
        Registered(
            -52, "09:05", "samira", name="Picking Lists", team="fulfilment", tier=2, go_live=27,
            description=(
                "At 22:15 sorts the orders of the night into walks through the aisles, and has them on the scanners "
                "by 23:00."
            ),
            traits=("batch", "calls-services", "has-database", "containerised"), tech_lead="samira",
            repository="https://git.hollyhock.example/fulfilment/picking-lists",
            needs=("delivery-slots", "stock-feed", "warehouse-postgres"),
        ),
        Proved(
            -30, "03:30", BY_MACHINE,
            items=("sec-secrets/history-scan", "rel-dependency-failure", "rel-timeouts", "obs-log-levels"),
        ),
        Seen(
            -18, "23:25", BY_MACHINE, criterion="perf-load-test/at-peak",
            reason="The run took 52 minutes for 31,000 orders; the window is 45.",
            figures={
                "duration_s": 3120, "requests": 31_000, "rps": 9.936, "errors": 0, "error_rate": 0.0, "failed_503": 0,
                "failed_504": 0,
            },
            findings=(("window-missed", "Sorting the cold aisle takes 31 of the 52 minutes.", "phase cold"),),
        ),
        GapPlanned(
            -17, "10:15", "samira", item="perf-load-test", owner="ravi", due=12,
            plan="Sort the cold and the dry aisles side by side; they share nothing but the output.",
        ),
        WorkStarted(-13, "14:50", "ravi", item="perf-load-test"),
        attested(
            -8, "11:30", "samira", "ops-rollback/written", "document",
            link="https://wiki.hollyhock.example/fulfilment/picking-lists/back", witness="ravi",
            note=(
                "Last night's image is one command away, and the scanners take yesterday's walks if no list has come "
                "by 23:20. Nothing in the schema has changed since spring."
            ),
        ),
        Excused(
            -12, "10:20", "samira", item="rel-health-probes",
            reason="A job that runs and ends has nothing to probe; the scheduler looks at its exit code and at the clock.",
        ),
        ExcuseConfirmed(-11, "11:05", "hanna", item="rel-health-probes"),
        GapOpened(
            -5, "09:40", "samira", item="ops-on-call",
            because="Nobody is on call for the night run. Ravi does it out of kindness.",
        ),
    ),
)  # fmt: skip

PRODUCT_SEARCH = Story(
    "product-search",
    {
        "host": "search.hollyhock.example", "rps": "80-210", "peak": "600-640",
        "p50": "18-26", "p95": "70-110", "p99": "140-190", "budget": 200, "alerts": 10, "paging": 4,
        "receiver": "storefront-pager", "dependencies": 2, "metric": "searches_with_a_click_total",
        "daily": "110000-150000", "routes": 6, "secret": "storefront/search-index-key",
    },
    told(
        Registered(
            -40, "15:20", "yuki", name="Product Search", team="storefront", tier=2, go_live=44,
            description=(
                "Finds “milk” in eleven languages and puts the one you bought last week first. Ranking comes from a "
                "model trained each night."
            ),
            traits=("http-api", "ml", "calls-services", "containerised"), tech_lead="yuki", on_call="lucia",
            platform="kofi", repository="https://git.hollyhock.example/storefront/product-search",
            needs=("stock-feed", "model registry"),
            endpoints={
                "base_url": "https://search.hollyhock.example",
                "live_url": "https://search.internal.hollyhock.example/live",
                "ready_url": "https://search.internal.hollyhock.example/ready", "prometheus_url": PROMETHEUS,
                "alert_selector": '{service="product-search"}',
            },
        ),
        MetricOwned(
            -25, "10:10", "yuki", owner="lucia",
            normal="Two searches in three end with a click; less on Sundays, when people browse.",
        ),
        Proved(
            -25, "04:40", BY_MACHINE,
            items=("obs-structured-logging", "obs-log-levels", "obs-business-metrics", "rel-health-probes"),
        ),
        Proved(
            -23, "04:40", BY_MACHINE, items=("rel-timeouts", "rel-retries", "rel-graceful-shutdown", "obs-tracing"),
        ),
        Seen(
            -20, "05:05", BY_MACHINE, criterion="rel-dependency-failure/faults-tested",
            reason="4 of 12 cases failed: with the model registry down the process does not start.",
            figures={"tests": 12, "passed": 8, "failures": 4},
            findings=(
                (
                    "dependency-down", "No model on disk, and no fallback to the one of yesterday.",
                    "test_registry_down_at_start",
                ),
            ),
        ),
        GapPlanned(
            -19, "09:55", "yuki", item="rel-dependency-failure", owner="lucia", due=16,
            plan=(
                "Keep the last two models in the image's volume, and begin with yesterday's when the registry is "
                "silent."
            ),
        ),
        Excused(
            -15, "10:30", "yuki", item="rel-circuit-breakers",
            reason=(
                "The only call is to the registry, once at night. A breaker around one call a day would never open."
            ),
        ),
        WorkStarted(-11, "13:40", "lucia", item="rel-dependency-failure"),
        Seen(
            -8, "05:20", BY_MACHINE, criterion="sec-secrets/runtime-source",
            reason="1 of 3 containers has a literal value: INDEX_KEY in the environment of the indexer.",
            figures={"containers": 3, "long_running": 3},
            findings=(
                ("literal-secret", "env INDEX_KEY has a value, not a reference.", "deployment/search-indexer"),
            ),
        ),
        GapPlanned(
            -7, "15:00", "yuki", item="sec-secrets", owner="yuki", due=10,
            plan=(
                "Mount the key from the manager as the other two containers do, and rotate it: it has been in three "
                "manifests."
            ),
        ),
        attested(
            -4, "10:50", "yuki", "ops-rollback/written", "document",
            link="https://wiki.hollyhock.example/storefront/search/roll-back", witness="lucia", confirmed="",
            note=(
                "Two indexes stand side by side; the alias moves back in a second. Models are versioned with the "
                "index, so going back takes both or neither."
            ),
        ),
        again(-3, -3, 5, ("sec-access-control", "rel-error-boundary", "obs-golden-signals", "obs-alerting/routing")),
        Seen(
            -2, "05:22", BY_MACHINE, criterion="obs-alerting/paging-rules",
            reason=(
                "SearchErrors can never fire: search_http_errors_total has no series. No rule that pages watches the p99 latency."
            ),
            figures={"latency_p99_rules": 0, "never_fire": 1},
            findings=(
                ("can-never-fire", 'The selector search_http_errors_total{status=~"5.."} matches nothing.', "SearchErrors"),
                ("not-watched", "avg(rate(…_sum)) / avg(rate(…_count)) is a mean, no p99.", "SearchSlow"),
            ),
        ),
    ),
)  # fmt: skip
