"""Django's settings. Values that a deployment chooses come from the environment through `environment.py`."""

from datetime import timedelta
from pathlib import Path

from django.utils.csp import CSP

from readiness import environment, logging as our_logging

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = environment.var_folder(BASE_DIR)

_read = environment.Reader()
DEBUG = _read.flag("DEBUG")
SECRET_KEY = environment.secret_key(_read, debug=DEBUG, made_by_run=VAR_DIR / "secret_key")
SECRET_KEY_FALLBACKS = environment.secret_key_fallbacks(_read)
BASE_URL = _read.parsed("BASE_URL", "http://localhost:8000", environment.base_url, "the address people use")
LIVE_URL = _read.parsed("LIVE_URL", "", environment.live_url, "the address of the live process, or empty")
ALLOWED_HOSTS = _read.items("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
TRUSTED_PROXIES = _read.parsed("TRUSTED_PROXIES", "", environment.networks, "a comma list of networks")
EGRESS_ALLOW = _read.parsed("EGRESS_ALLOW", "", environment.egress_allow, "networks and host suffixes")
CHECK_LEASE_SECONDS = _read.parsed("CHECK_LEASE_SECONDS", "40", environment.lease_seconds, "2 to 3600 seconds")
LOG_LEVEL = _read.choice("LOG_LEVEL", "INFO", environment.LOG_LEVELS)
TIME_ZONE = _read.parsed("TIME_ZONE", "UTC", environment.time_zone, "a time zone such as Europe/Berlin")
DATABASES = {
    "default": _read.parsed(
        "DATABASE_URL", f"sqlite:///{VAR_DIR}/readiness.sqlite3", environment.database, "sqlite:///… or postgresql://…"
    )
}
BROKER_URL = _read.parsed("BROKER_URL", "embedded", environment.broker, "redis://… or embedded")
CACHES = {"default": _read.parsed("CACHE_URL", "database", environment.cache, "redis://… or database")}
_email = _read.parsed("EMAIL_URL", f"file://{VAR_DIR}/mail", environment.email, "smtp://host:port")
METRICS_ALLOW = _read.parsed("METRICS_ALLOW", "127.0.0.0/8,::1/128", environment.networks, "a comma list of networks")
_read.finish()

MAILERS = {"default": _email}
DEFAULT_FROM_EMAIL = _read.text("DEFAULT_FROM_EMAIL", "Readiness <readiness@localhost>")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
    "readiness.history",
    "readiness.accounts",
    "readiness.face",
    "readiness.mail",
    "readiness.catalog",
    "readiness.checklists",
    "readiness.assessments",
    "readiness.checks",
    "reviews",
    "readiness.outgoing",
    "readiness.portfolio",
    "readiness.reminders",
    "readiness.demo",
]

MIDDLEWARE = [
    "readiness.logging.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "readiness.accounts.middleware.FirstRunMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "readiness.accounts.middleware.PersonMiddleware",
    "readiness.accounts.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "readiness.urls"
WSGI_APPLICATION = "readiness.wsgi.application"
ASGI_APPLICATION = "readiness.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.csp",
            ],
            "builtins": ["readiness.face.templatetags.face"],
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are invited by an administrator, who vouches for the address
ACCOUNT_ADAPTER = "readiness.mail.adapter.OutboxAdapter"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
PASSWORD_RESET_TIMEOUT = int(timedelta(days=3).total_seconds())  # invitations too
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Counted in the shared cache, so that two web processes count together.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "login": "60/m/ip"}

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / "files"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF, LIVE_URL] if LIVE_URL else [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "readiness.accounts.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 11 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "readiness.assessments.upload_limit.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")
MESSAGE_TAGS = {40: "danger"}

LOGGING_CONFIG = None
our_logging.configure(LOG_LEVEL, as_json=not DEBUG)
