"""The project's settings for `collectstatic`: hashed names, into the folder STATIC_ROOT."""

from config import env
from config.settings import *  # noqa: F403 - every setting but two

DEBUG = False  # with it, names would not be hashed
STATIC_ROOT = env.text("STATIC_ROOT")
STORAGES = {"staticfiles": {"BACKEND": "config.staticfiles.HashedFiles"}}
