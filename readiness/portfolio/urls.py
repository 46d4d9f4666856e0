from django.urls import path

from readiness.portfolio.views import (
    campaigns,
    imports,
    insights,
    item,
    my_work,
    pipelines,
    portfolio,
    service,
    services,
    shares,
)

app_name = "portfolio"
urlpatterns = [
    path("", my_work.my_work, name="my-work"),
    path("portfolio/", portfolio.portfolio, name="portfolio"),
    path("portfolio.csv", portfolio.portfolio_csv, name="portfolio-csv"),
    path("portfolio/shares/", shares.shares, name="shares"),
    path("portfolio/shares/<int:pk>/revoke/", shares.revoke_share, name="revoke-share"),
    path("shared/<str:secret>/", shares.shared, name="shared"),
    path("portfolio/insights/", insights.insights, name="insights"),
    path("portfolio/insights/rows/<slug:kind>/", insights.insight_rows, name="insight-rows"),
    path("portfolio/insights/rows/<slug:kind>.csv", insights.insight_rows_csv, name="insight-rows-csv"),
    path("portfolio/insights/<slug:card>/", insights.insight, name="insight"),
    path("portfolio/insights/<slug:card>.csv", insights.insight_csv, name="insight-csv"),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/new/", campaigns.start, name="start-campaign"),
    path("campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("campaigns/<int:pk>.csv", campaigns.campaign_csv, name="campaign-csv"),
    path("campaigns/<int:pk>/edit/", campaigns.edit, name="edit-campaign"),
    path("campaigns/<int:pk>/end/", campaigns.end, name="end-campaign"),
    path("campaigns/<int:pk>/resume/", campaigns.resume, name="resume-campaign"),
    path("services/", services.services, name="services"),
    path("services/new/", services.register, name="register"),
    path("services/import/", imports.import_services, name="import"),
    path("services/<slug:slug>/", service.service, name="service"),
    path("services/<slug:slug>/edit/", services.edit, name="edit-service"),
    path("services/<slug:slug>/pipeline/", pipelines.pipeline, name="pipeline"),
    path("services/<slug:slug>/measure/", service.measure, name="measure"),
    path("services/<slug:slug>/items/<slug:key>/", item.item, name="item"),
]
