"""The admin's tests need a Django with the sample app: tests/dynamo/test_admin_suite.py runs them in one."""

import os

collect_ignore = [] if os.environ.get("DJANGO_SETTINGS_MODULE") == "tests.admin_settings" else ["admin"]
