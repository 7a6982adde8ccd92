"""How dates and times are written in the admin and the pages, where a template names no other way."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j M Y, H:i e"  # with the zone: what no script shows in that of the browser is in UTC
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = DATETIME_FORMAT
TIME_FORMAT = "H:i"
