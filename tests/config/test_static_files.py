"""Static files get names with their hash, and modules import each other by these."""

from pathlib import Path

from django.core.files.base import ContentFile

from config.staticfiles import HashedFiles

ENTRY = """/** @typedef {import("./rebase.js").Base} Base */
import { rebased } from "./rebase.js";
"""
REBASE = """/**
 * @typedef {import("./entry.js").Entry} Entry
 */
export function rebased() {}
"""


def test_types_in_comments_may_lead_in_a_circle(tmp_path: Path) -> None:
    storage = HashedFiles(location=tmp_path, base_url="/static/")
    for name, text in (("entry.js", ENTRY), ("rebase.js", REBASE)):
        storage.save(name, ContentFile(text.encode()))
    made = list(storage.post_process({name: (storage, name) for name in ("entry.js", "rebase.js")}))
    assert not [error for _, _, error in made if isinstance(error, Exception)]
    entry, rebase = (storage.hashed_files[name] for name in ("entry.js", "rebase.js"))
    assert f'import {{ rebased }} from "./{rebase}";' in (tmp_path / entry).read_text()
    assert (tmp_path / rebase).read_text() == REBASE
