import pytest
from django.test import Client

from readiness.accounts.models import User
from readiness.mail.models import Mail
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.face.pages")]


@pytest.fixture
def noor() -> User:
    return cast.person("Noor")


@pytest.fixture
def signed_in(noor: User, client: Client) -> Client:
    client.force_login(noor)
    return client


@pytest.mark.parametrize(
    ("address", "heading"),
    [
        ("/accounts/login/", "Sign in"),
        ("/accounts/password/reset/", "Reset your password"),
        ("/accounts/password/reset/done/", "Check your mail"),
        ("/accounts/password/reset/key/1-wrong/", "This link no longer works"),
        ("/accounts/password/reset/key/done/", "Password changed"),
        ("/accounts/signup/", "By invitation only"),
        ("/accounts/inactive/", "This account is not active"),
    ],
)
def test_pages_before_sign_in_have_our_face(address: str, heading: str, noor: User, client: Client) -> None:
    html = client.get(address).content.decode()
    assert f"<h1>{heading}</h1>" in html
    assert 'class="entrance"' in html


def test_changing_the_password_stands_in_the_frame(signed_in: Client) -> None:
    html = signed_in.get("/accounts/password/change/").content.decode()
    assert 'class="sidebar"' in html
    assert "Noor Example" in html


def test_signing_out_asks_first_and_takes_a_post(signed_in: Client) -> None:
    assert "<h1>Sign out?</h1>" in signed_in.get("/accounts/logout/").content.decode()
    signed_in.post("/accounts/logout/")
    assert "_auth_user_id" not in signed_in.session


def test_a_wrong_password_is_said_at_the_form(noor: User, client: Client) -> None:
    html = client.post("/accounts/login/", {"login": noor.email, "password": "wrong"}).content.decode()
    assert 'role="alert"' in html
    assert "not correct" in html


@pytest.mark.parametrize(
    ("address", "status", "heading"),
    [
        ("/nowhere/", 404, "There is nothing here"),
        ("/fail/forbidden/", 403, "This is not yours to do"),
        ("/fail/broken/", 500, "Something broke on our side"),
        ("/fail/malformed/", 400, "This request makes no sense to us"),
        ("/fail/too-often/", 429, "Too many attempts"),
        ("/fail/refused/", 422, "Not yet"),
    ],
)
def test_a_failure_is_a_page_with_a_way_out(address: str, status: int, heading: str, signed_in: Client) -> None:
    answer = signed_in.get(address)
    assert answer.status_code == status
    assert f"<h1>{heading}</h1>" in answer.content.decode()
    assert 'href="/"' in answer.content.decode()


def test_an_expired_form_says_so(noor: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/accounts/login/", {"login": noor.email, "password": "x"})
    assert answer.status_code == 403
    assert "<h1>This form has expired</h1>" in answer.content.decode()


def test_a_refusal_to_htmx_is_a_message_that_replaces_nothing(signed_in: Client) -> None:
    html = signed_in.get("/fail/refused/", headers={"HX-Request": "true"}).content.decode().strip()
    assert html.startswith('<hx-partial hx-target="#flash" hx-swap="beforeend">')
    assert "<strong>second-pair:</strong> Closing takes someone other" in html
    assert "<!doctype" not in html


def test_every_script_carries_the_nonce_of_its_answer(noor: User, client: Client) -> None:
    answer = client.get("/accounts/login/")
    html = answer.content.decode()
    nonce = html.partition('nonce="')[2].partition('"')[0]
    assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
    assert html.count("<script") == html.count(f'nonce="{nonce}"')


def test_htmx_sends_the_csrf_token_of_the_page(noor: User, client: Client) -> None:
    html = client.get("/accounts/login/").content.decode()
    assert 'hx-headers:inherited=\'{"X-CSRFToken": "' in html


def test_messages_are_announced(signed_in: Client) -> None:
    html = signed_in.get("/styleguide/?flash").content.decode()
    assert 'id="flash" class="flash" aria-live="polite"' in html
    assert "notice notice--success" in html
    assert 'notice notice--danger" role="alert"' in html


def test_a_reset_mail_is_in_our_words(noor: User, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": noor.email})
    mail = Mail.objects.get(recipient=noor)
    assert mail.subject.endswith("Choose a new password")
    assert "/accounts/password/reset/key/" in mail.text
    assert "example.com!" not in mail.text


def test_an_unknown_address_is_answered_as_a_known_one_and_gets_no_mail(noor: User, client: Client) -> None:
    known = client.post("/accounts/password/reset/", {"email": noor.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert Mail.objects.count() == 1
