"""The yardstick of figure b2: a verdict and its history in two statements by hand, in a view that asks nobody."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from readiness.urls import urlpatterns as of_the_site


@csrf_exempt
@login_not_required
def bare(request: HttpRequest, agenda_id: int) -> HttpResponse:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reviews_agendaitem SET note = %s, version = version + 1 WHERE id = %s RETURNING version",
            [request.POST["note"], agenda_id],
        )
        version = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO history_entry (at, written_at, actor_kind, actor_id, actor_name, verb, object_type, object_id,"
            " object_label, before, after, reason) VALUES (now(), now(), 'person', 1, 'Theo', 'review.bare', 'review', '1',"
            " 'Review', '{}', '{}', %s)",
            [request.POST["note"]],
        )
    return HttpResponse(f"<p>{version}</p>")


urlpatterns = [*of_the_site, path("bare/<int:agenda_id>/", bare)]
