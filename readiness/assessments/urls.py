from django.urls import path

from readiness.assessments.views import gap, gaps, launch, launch_day, proof, traces, upgrade, upload, waivers

app_name = "assessments"
DAY = "services/<slug:slug>/launch-day"
ITEM = "services/<slug:slug>/items/<slug:key>"
urlpatterns = [
    path("v1/traces", traces.receive, name="receive-traces"),  # the address that OTLP names
    path("gaps/", gaps.gaps, name="gaps"),
    path("gaps.csv", gaps.gaps_csv, name="gaps-csv"),
    path("gaps/plan-many/", gaps.plan_many, name="plan-many"),
    path("gaps/<int:gap_id>/", gap.gap, name="gap"),
    path("gaps/<int:gap_id>/plan/", gap.plan, name="plan"),
    path("gaps/<int:gap_id>/start/", gap.start, name="start"),
    path("gaps/<int:gap_id>/propose-closed/", gap.propose_closed, name="propose-closed"),
    path("gaps/<int:gap_id>/verify-closed/", gap.verify_closed, name="verify-closed"),
    path("gaps/<int:gap_id>/send-back/", gap.send_back, name="send-back"),
    path("waivers/", waivers.waivers, name="waivers"),
    path("waivers/<int:waiver_id>/", waivers.waiver, name="waiver"),
    path("waivers/<int:waiver_id>/decide/", waivers.decide, name="decide-waiver"),
    path("waivers/<int:waiver_id>/revoke/", waivers.revoke, name="revoke-waiver"),
    path("evidence/<int:evidence_id>/", proof.evidence, name="evidence"),
    path("evidence/<int:evidence_id>/witness/", proof.witness, name="witness"),
    path("evidence/<int:evidence_id>/file/", proof.evidence_file, name="evidence-file"),
    path(f"{ITEM}/attest/", proof.attest, name="attest"),
    path(f"{ITEM}/excuse/", proof.excuse, name="excuse"),
    path(f"{ITEM}/confirm-excuse/", proof.confirm_excuse, name="confirm-excuse"),
    path(f"{ITEM}/withdraw-excuse/", proof.withdraw_excuse, name="withdraw-excuse"),
    path(f"{ITEM}/open-gap/", proof.open_gap, name="open-gap"),
    path(f"{ITEM}/waiver/", waivers.request_waiver, name="request-waiver"),
    path("services/<slug:slug>/launch-plan/", launch.launch_plan, name="launch-plan"),
    path(f"{DAY}/", launch_day.launch_day, name="launch-day"),
    path(f"{DAY}/prepare/", launch_day.prepare, name="prepare-launch"),
    path(f"{DAY}/tell/", launch_day.tell, name="tell"),
    path(f"{DAY}/untell/", launch_day.untell, name="untell"),
    path(f"{DAY}/start/", launch_day.start, name="start-launch"),
    path(f"{DAY}/next-step/", launch_day.next_step, name="next-step"),
    path(f"{DAY}/roll-back/", launch_day.roll_back, name="roll-back"),
    path(f"{DAY}/finish/", launch_day.finish, name="finish-launch"),
    path(f"{DAY}/adopt-plan/", launch_day.adopt_plan, name="adopt-plan"),
    path("services/<slug:slug>/confirm-on-call/", launch.confirm_on_call, name="confirm-on-call"),
    path("services/<slug:slug>/metric-owner/", launch.metric_owner, name="metric-owner"),
    path("services/<slug:slug>/upload/", upload.upload, name="upload"),
    path("services/<slug:slug>/upgrade/", upgrade.upgrade, name="upgrade"),
]
