"""Alice's to-dos: title and what else there is to it; `due` is in days from now."""

from typing import Any

TODOS: list[dict[str, Any]] = [
    {"title": "Water the seedlings", "list": "garden", "tags": ["daily"], "due": 0, "priority": 2},
    {"title": "Order broad beans", "list": "garden", "tags": ["seeds"], "due": 4,
     "notes": "*Aquadulce*, the packet with the blue corner. Not the ones from last year."},
    {"title": "Sketch where the pear tree could go", "list": "garden", "tags": ["plans"], "picture": "morning"},
    {"title": "Turn the compost", "list": "garden", "completed": True},
    {"title": "Feed the starter", "list": "kitchen", "tags": ["daily", "bread"], "due": 1, "priority": 3},
    {"title": "Bake for Saturday", "list": "kitchen", "tags": ["bread"], "due": 2,
     "notes": "Two loaves at **72 %** water, one without seeds for Bob."},
    {"title": "Return Ruth's whetstone", "list": "errands", "due": -1, "priority": 1, "tags": ["neighbours"]},
    {"title": "Renew the library card", "list": "errands", "completed": True},
    {"title": "Walk the canal path to the end", "tags": ["walking"], "notes": "Take the early train back."},
    {"title": "Write to the council about the lamp", "tags": ["neighbours", "night"], "due": 9},
]  # fmt: skip
