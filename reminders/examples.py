"""Examples of the API's description; a test sends and compares them."""

SETTINGS_INPUT = {"zone": "Europe/Berlin", "time": "08:30", "mail": False}
SETTINGS = {
    **SETTINGS_INPUT,
    "push_key": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
}

SUBSCRIPTION_INPUT = {
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABexample",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
SUBSCRIPTION = {
    "id": "5f4dcc3b5aa765d61d8327deb882cf99",
    "service": "updates.push.services.mozilla.com",
    "created_at": "2030-01-02T10:15:30.123Z",
}

SNOOZE = {"until": "2030-01-31T10:00:00Z"}
