from django.urls import path

from reviews import views

app_name = "reviews"
urlpatterns = [
    path("reviews/", views.reviews, name="reviews"),
    path("services/<slug:slug>/reviews/schedule/", views.schedule, name="schedule"),
    path("reviews/<int:review_id>/", views.review, name="review"),
    path("reviews/<int:review_id>/pre-read/", views.pre_read, name="pre-read"),
    path("reviews/<int:review_id>/pre-read/read/", views.mark_read, name="mark-read"),
    path("reviews/<int:review_id>/talk/<slug:key>/", views.ask_to_talk, name="ask-to-talk"),
    path(
        "reviews/<int:review_id>/talk/<int:request_id>/withdraw/",
        views.withdraw_talk_request,
        name="withdraw-talk-request",
    ),
    path("reviews/<int:review_id>/invitation.ics", views.invitation, name="invitation"),
    path("reviews/<int:review_id>/reschedule/", views.reschedule, name="reschedule"),
    path("reviews/<int:review_id>/cancel/", views.cancel, name="cancel"),
    path("reviews/<int:review_id>/participants/", views.participants, name="participants"),
    path(
        "reviews/<int:review_id>/participants/<int:participant_id>/remove/",
        views.remove_participant,
        name="remove-participant",
    ),
    path("reviews/<int:review_id>/room/", views.room, name="room"),
    path("reviews/<int:review_id>/begin/", views.begin, name="begin"),
    path("reviews/<int:review_id>/join/", views.join, name="join"),
    path("reviews/<int:review_id>/move/", views.move, name="move"),
    path("reviews/<int:review_id>/say/<int:agenda_id>/", views.say, name="say"),
    path("reviews/<int:review_id>/take-back/<int:spoken_id>/", views.take_back, name="take-back"),
    path("reviews/<int:review_id>/confirm/<int:agenda_id>/", views.confirm, name="confirm"),
    path("reviews/<int:review_id>/raise/<slug:key>/", views.raise_item, name="raise-item"),
    path("reviews/<int:review_id>/notes/", views.notes, name="notes"),
    path("reviews/<int:review_id>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("reviews/<int:review_id>/pause/", views.pause, name="pause"),
    path("reviews/<int:review_id>/resume/", views.resume, name="resume"),
    path("reviews/<int:review_id>/take-over/", views.take_over, name="take-over"),
    path("reviews/<int:review_id>/hand-over/", views.hand_over, name="hand-over"),
    path("reviews/<int:review_id>/ready/", views.ready, name="ready"),
    path("reviews/<int:review_id>/writing/", views.writing, name="writing"),
    path("reviews/<int:review_id>/decide/", views.decide, name="decide"),
    path("reviews/<int:review_id>/packet/", views.packet, name="packet"),
    path("reviews/<int:review_id>/packet.json", views.packet_json, name="packet-json"),
    path("reviews/<int:review_id>/minutes.md", views.minutes, name="minutes"),
    path("reviews/<int:review_id>/sign-off/", views.sign_off, name="sign-off"),
    path("reviews/<int:review_id>/acknowledge-output/", views.acknowledge_output, name="acknowledge-output"),
]
