"""Settings of every stage. What differs comes from the environment; docs/settings.md lists the variables."""

from logging.config import dictConfig
from typing import Any
from urllib.parse import urlsplit

from config import __version__, env, services, tables
from config.aws import bucket_url, region, socket_url, upload_url, users_url
from config.edge import edge_url
from rest import csp

BASE_DIR = env.BASE_DIR
STAGE = env.text("STAGE", "local")
LOCAL = STAGE == "local"
DEBUG = env.boolean("DEBUG", default=LOCAL)
SECRET_KEY = env.text("SECRET_KEY", "local-only-" + "k" * 50 if LOCAL else None)
# Former keys: what they signed, such as links in mails, stays good while the key is changed.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", "")
# Where readers find the site: its origin for links, and what stands before every path, a slash at least.
_site = urlsplit(env.text("SITE_URL", "http://127.0.0.1:8000" if LOCAL else None))
SITE_URL, SITE_PREFIX = f"{_site.scheme}://{_site.netloc}", f"{_site.path}/"
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver" if LOCAL else None)

# CloudFront sends it with each request, and only then its word on the reader's address is believed. While the key is
# being changed there are two: both are accepted, and CloudFront sends the last.
EDGE_KEYS = env.words("EDGE_KEY", "")
# Whether requests that bypass CloudFront, and so its firewall, get 403.
EDGE_ONLY = env.boolean("EDGE_ONLY", default=False)
if EDGE_ONLY and not EDGE_KEYS:
    raise env.MissingVariable("EDGE_ONLY needs EDGE_KEY, or nobody at all is answered.")

# Which services this process serves: all of them in one function, or one each.
SERVICES = env.words("SERVICES", ",".join(service.name for service in services.SERVED))
_served = services.named(SERVICES)
# Of all, for what goes by what they say: where data of a user lies.
DECLARATIONS = services.SERVICES

# The admin is served with a service that says so. In Lambda, the first request for it loads it; elsewhere it is loaded
# at start, so that its checks run.
ADMIN = any(service.has_admin for service in _served)
ADMIN_ON_DEMAND = bool(env.text("AWS_LAMBDA_FUNCTION_NAME", ""))
ADMIN_URLCONF = "config.admin_urls"
ADMIN_APPS = [
    "accounts.staff",
    "accounts.staff.apps.StaffAdminConfig",
    "dynamo.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]

# The bucket of software updates, for the commands that publish them; these read their keys themselves.
UPDATES_BUCKET = env.text("UPDATES_BUCKET", "serverless-django-local-updates-000000000000" if LOCAL else "")

INSTALLED_APPS = [
    *(["infra.local"] if LOCAL else []),
    *(["updates"] if UPDATES_BUCKET else []),
    *(ADMIN_APPS if ADMIN and not ADMIN_ON_DEMAND else []),
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest",
    "accounts",
    *SERVICES,
]
MIDDLEWARE = [
    "rest.middleware.RequestId",
    "rest.middleware.EdgeOnly",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "rest.middleware.Cors",
    "rest.middleware.BodyLimit",
    "rest.middleware.Common",
    "rest.middleware.ConditionalGet",
    "rest.middleware.ContentSecurityPolicy",
    *(["accounts.staff.middleware.AdminMiddleware"] if ADMIN else []),
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
if ADMIN:
    TEMPLATES[0]["OPTIONS"]["context_processors"] += [
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]

# --- Data ---------------------------------------------------------------------------------------------------------
# No SQL database: this engine lets transaction.atomic() pass and answers any query with the reason why not.
DATABASES = {"default": {"ENGINE": "dynamo.nosql"}}
DYNAMO = tables.settings(local=LOCAL)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _made(variable: str, local: str) -> str:
    """The name of what a service's stack made; empty where no service says that it makes it."""
    declared = any(variable in service.outputs for service in services.SERVICES)
    return env.text(variable, local if LOCAL else None if declared else "")


UPLOADS_BUCKET = _made("UPLOADS_BUCKET", "serverless-django-local-uploads-000000000000")
UPLOADS_URL = upload_url(UPLOADS_BUCKET)
THUMBNAILS_BUCKET = _made("THUMBNAILS_BUCKET", "serverless-django-local-thumbnails-000000000000")
STATIC_BUCKET = env.text("STATIC_BUCKET", "serverless-django-local-static-000000000000" if LOCAL else None)
# Where readers fetch the blog's pictures: CloudFront in production, and what stands for it on the embedded AWS.
THUMBNAILS_URL = env.text("THUMBNAILS_URL", edge_url(env.text("AWS_ENDPOINT_URL", ""), THUMBNAILS_BUCKET))
MEDIA_TOPIC_ARN = _made("MEDIA_TOPIC_ARN", "arn:aws:sns:us-east-1:000000000000:none")
# The WebSocket API. Behind CloudFront it is at the site's own address; without one, pages ask instead.
LIVE_API = _made("LIVE_API", "")
LIVE_URL = f"wss://{_site.netloc}/live" if LIVE_API and EDGE_ONLY else socket_url(LIVE_API)
# Where the services find each other, e.g. {"media": "https://media.example.com"}; a service served here needs no URL.
SERVICE_URLS = {service.name: env.text(f"{service.name.upper()}_URL", "") for service in services.SERVED}
# Where people find them: behind CloudFront all of them are at the site's own address.
PUBLIC_URLS = {name: "" if EDGE_ONLY else url for name, url in SERVICE_URLS.items()}

STATIC_URL = env.text("STATIC_URL", "/static/")
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": UPLOADS_BUCKET,
            "region_name": region(),
            "file_overwrite": False,
        },
    },
    "staticfiles": {
        "BACKEND": "storages.backends.s3.S3ManifestStaticStorage",
        "OPTIONS": {
            "bucket_name": STATIC_BUCKET,
            "region_name": region(),
            "querystring_auth": False,
            "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
        },
    },
}
if LOCAL:
    # runserver reads static files where they lie, so that a saved file shows at once.
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
elif (BASE_DIR / "staticfiles.json").is_file():
    # A deployed package has the list of hashed names with it; the deployment itself has put the files into S3.
    STORAGES["staticfiles"] = {"BACKEND": "config.staticfiles.HashedFiles", "OPTIONS": {"location": BASE_DIR}}

# --- Who you are --------------------------------------------------------------------------------------------------
COGNITO: dict[str, Any] = {
    "user_pool_id": env.text("COGNITO_USER_POOL_ID", "none" if LOCAL else None),
    "client_ids": env.words("COGNITO_CLIENT_IDS", "none" if LOCAL else None),
    "identity_pool_id": _made("COGNITO_IDENTITY_POOL_ID", "none"),
    "issuer": env.text("COGNITO_ISSUER", "http://127.0.0.1/none" if LOCAL else None),
    "jwks_url": env.text("COGNITO_JWKS_URL", "http://127.0.0.1/none" if LOCAL else None),
    "domain_url": env.text("COGNITO_DOMAIN_URL", "http://127.0.0.1/none" if LOCAL else None),
    "api_url": users_url(),
    # The pool's keys as JSON, given at deploy, so that a cold start need not fetch them.
    "keys": env.text("COGNITO_KEYS", ""),
}

# --- What members of the user pool's groups may do, by the API and in the admin; members of `admins`: everything ------
GROUP_PERMISSIONS = services.group_permissions()

# --- Staff: who may use the admin ---------------------------------------------------------------------------------
if ADMIN:
    AUTH_USER_MODEL = "staff.StaffUser"
    AUTHENTICATION_BACKENDS = ["dynamo.admin.backends.GroupsBackend"]
    # Sessions end twelve hours after they were last renewed, which they are every four minutes of use.
    SESSION_ENGINE, SESSION_COOKIE_AGE = "dynamo.sessions", 12 * 3600
    # A cookie of such a name can't come from another host or over plain HTTP; it is for this host alone.
    SESSION_COOKIE_NAME = "staff" if LOCAL else "__Host-staff"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
    CSRF_USE_SESSIONS, CSRF_FAILURE_VIEW = True, "accounts.staff.views.csrf_failure"
    CSRF_TRUSTED_ORIGINS = [SITE_URL]
    MIGRATION_MODULES = {"admin": None, "auth": None, "contenttypes": None, "sessions": None, "staff": None}

    # Whether they must show a code of an authenticator app; on a laptop a password will do.
    STAFF_MFA = env.boolean("STAFF_MFA", default=not LOCAL)

    # Functions that services call of each other, by name.
    HOOKS = {name: path for service in _served for name, path in service.hooks.items()}

if ADMIN or LOCAL:
    # Each failure queue, and the queue its events came from; none for those of a table's stream.
    FAILURE_QUEUES, EVENT_HANDLER = services.failure_queues(), "config.lambda_handler.handler"

# --- The API ------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.CognitoAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest.json.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest.json.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "rest.json.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "rest.schema.AutoSchema",
    "EXCEPTION_HANDLER": "rest.errors.answer_error",
    "DATETIME_FORMAT": None,  # rest.json writes times
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest.json.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "MyTodoList and MyBlog",
    # Its description is rest/guide.txt.
    "EXTERNAL_DOCS": {"description": "Swagger UI, with sign-in", "url": f"{SITE_URL}{SITE_PREFIX}api/docs/"},
    "SERVERS": [{"url": f"{SITE_URL}{SITE_PREFIX}".rstrip("/")}],
    "VERSION": __version__,
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "CONTACT": {"url": f"{SITE_URL}{SITE_PREFIX}"},
    "TAGS": [
        *({"name": each.name, "description": each.title} for each in services.SERVED if each.api_index),
        {"name": "auth", "description": "How to sign in"},
        {"name": "health", "description": "Whether it is there"},
        {"name": "index", "description": "What there is"},
        {"name": "me", "description": "Who is signed in"},
    ],
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "PATH_CONVERTER_OVERRIDES": {"any_uuid": {"type": "string", "format": "uuid"}},
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {name: list(choices) for each in services.SERVED for name, choices in each.enums.items()},
    "SWAGGER_UI_SETTINGS": {
        "persistAuthorization": True,
        "displayRequestDuration": True,
        "tryItOutEnabled": True,
        "oauth2RedirectUrl": f"{SITE_URL}{SITE_PREFIX}api/docs/oauth2-redirect/",
    },
    "SWAGGER_UI_OAUTH2_CONFIG": {
        "clientId": COGNITO["client_ids"][0],
        "usePkceWithAuthorizationCodeGrant": True,
        "scopes": "openid email profile",
    },
    "PREPROCESSING_HOOKS": ["rest.lazy_schema.describe", "accounts.schema.register"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "rest.schema.describe_errors",
        "rest.schema.drop_patch_defaults",
        "rest.schema.write_patterns",
    ],
}
# Paths that API Gateway's cache may keep, where a stage has one, and the query parameters it tells answers apart by.
CACHED_READS = services.cached_reads(_served)
# What can be abused is counted in DynamoDB. scope: [(counted by, at most, in so many seconds), ...]
THROTTLES = {scope: list(limits) for each in services.SERVICES for scope, limits in each.throttles.items()}
# Any page or app may call the API: it takes a bearer token, and no cookie.
CORS_ALLOW_METHODS = ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"]
CORS_ALLOW_HEADERS = [
    "accept", "authorization", "content-type", "idempotency-key", "if-match", "if-modified-since", "if-none-match",
    "x-request-id",
]  # fmt: skip
CORS_EXPOSE_HEADERS = [
    "etag", "last-modified", "link", "location", "retry-after", "www-authenticate", "x-request-id",
    "x-amzn-remapped-www-authenticate",  # what API Gateway makes of www-authenticate
]  # fmt: skip
CORS_PREFLIGHT_MAX_AGE = 86400
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Lambda takes events of 6 MB; on a laptop they come by HTTP.
UNLIMITED_PATHS = ["/_local/events/"] if LOCAL else []

# --- Caches in front -----------------------------------------------------------------------------------------------
# The caches that forget a page when a post on it changes: one that takes PURGE with labels, a CloudFront distribution
# whose CacheTagConfig names the header Cache-Tag, both, or none.
CACHE_URL = env.text("CACHE_URL", "")
DISTRIBUTION_ID = env.text("DISTRIBUTION_ID", "")

# --- Mail ---------------------------------------------------------------------------------------------------------
MAIL_FROM = _made("MAIL_FROM", "hello@example.com")
# The state machine that sends letters.
LETTERS_MACHINE = _made("LETTERS_MACHINE", "")
# Of the requests for posts, how many are counted; 0: none, and the admin shows no reads.
READS_PERCENT = env.integer("READS_PERCENT", 0)

# --- The rest -----------------------------------------------------------------------------------------------------
USE_TZ, TIME_ZONE, USE_I18N, LANGUAGE_CODE = True, "UTC", False, "en"
FORMAT_MODULE_PATH = "config.formats"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "config.logs.JsonFormatter"},
        "plain": {"format": "{asctime} {levelname} {name}: {message}", "datefmt": "%H:%M:%S", "style": "{"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": env.text("LOG_FORMAT", "plain" if LOCAL else "json")}
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO").upper()},
    "loggers": {
        # At INFO and DEBUG, botocore and urllib3 log what may hold a user's data.
        "botocore": {"level": "WARNING"},
        "urllib3": {"level": "ERROR"},
        # It says at INFO that it found no settings file of its own.
        "pynamodb": {"level": "WARNING"},
    },
}
# Without Django's own configuration before it, which mails errors and colours a terminal.
LOGGING_CONFIG = None
dictConfig(LOGGING)
# For HTML that sets none itself, by the start of its path. No inline script or style.
_static, _hosted, _cognito = map(csp.origin, (STATIC_URL, COGNITO["domain_url"], COGNITO["api_url"]))
_buckets = {csp.origin(url) for url in (bucket_url(UPLOADS_BUCKET), bucket_url(THUMBNAILS_BUCKET), UPLOADS_URL)}
_assets = {"script_src": [csp.SELF, _static], "style_src": [csp.SELF, _static], "font_src": [csp.SELF, _static]}
CONTENT_SECURITY_POLICIES = [
    (
        "/admin/",
        csp.policy(
            **_assets,
            img_src={csp.SELF, csp.DATA, "blob:", _static, csp.origin(THUMBNAILS_URL), *_buckets},
            connect_src={csp.SELF, _static, *_buckets, *map(csp.origin, PUBLIC_URLS.values())},
            frame_src=[csp.SELF],
            # Signing out, and sending a form too late, lead on to the hosted page.
            form_action={csp.SELF, _hosted},
        ),
    ),
    (
        "/api/docs/",
        csp.policy(
            **_assets,
            img_src=[csp.SELF, csp.DATA, _static],
            connect_src={csp.SELF, _hosted, _cognito, *map(csp.origin, PUBLIC_URLS.values())},
        ),
    ),
    ("/api/", csp.policy()),
    ("/", csp.policy(**_assets, img_src=[csp.SELF, csp.DATA, _static], connect_src=[csp.SELF])),
]
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_HSTS_SECONDS = 0 if LOCAL else 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not LOCAL
# API Gateway and CloudFront speak only HTTPS; the adapter in lambda_handler tells Django so.
# What reads more than it shows in the admin is bounded, and said on the page. The middleware the admin's own checks and
# security.W003 look for is in accounts.staff.middleware.AdminMiddleware.
SILENCED_SYSTEM_CHECKS = [
    "admin.E408", "admin.E409", "admin.E410", "security.W003", "security.W008", "security.W021", "dynamo.I001",
]  # fmt: skip
