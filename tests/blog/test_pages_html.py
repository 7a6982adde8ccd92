"""The pages are valid HTML: vnu, the W3C's checker, finds no error."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.test import Client

from tests.blog.writing import at, word, write
from tests.media.uploading import jpeg, upload
from tests.personas import Persona

VNU = Path(os.environ.get("VNU_JAR", "build/tools/node_modules/vnu-jar/build/dist/vnu.jar"))
BODY = """# A heading

Text[^1] with **all** of *it*, ~~and~~ `more`: <kbd>K</kbd>, <mark>m</mark>, <abbr title="x">a</abbr>.

```python
print("code")
```

| a | b |
|---|--:|
| 1 | 2 |

- one\n- two\n\n> quoted\n\n---\n\n![Elsewhere](https://elsewhere.example/x.png)\n\n[^1]: The note."""


@pytest.mark.skipif(shutil.which("java") is None, reason="There is no Java.")
@pytest.mark.skipif(not VNU.is_file(), reason="There is no vnu: npm install --prefix build/tools vnu-jar, or VNU_JAR.")
def test_vnu_finds_no_error(edith: Persona, tmp_path: Path) -> None:
    photo, tag = upload(edith, jpeg(), visibility="public"), word()
    hero, largest = {"upload": photo["id"], "alt": 'Hills & "sky"'}, photo["renditions"][0]
    picture = f'\n\n<img src="{largest["jpeg"]}" alt="Own" width="{largest["width"]}" height="{largest["height"]}">'
    for number in range(22):
        post = write(
            edith, title=f"A & <b> {number}", summary='In "short".', body=BODY + picture, tags=[tag, "more"], hero=hero,
            author_name="Edith", published_at=at(days=-number * 30),
        )  # fmt: skip
    web, year = Client(), post["published_at"][:4]
    paths = (
        "/", f"/posts/{post['slug']}/", "/archive/", f"/archive/{year}/", "/tags/", f"/tags/{tag}/",
        f"/tags/{tag}/{year}/", f"/authors/edith/{edith.sub}/", "/search/", f"/search/?q={tag}", "/search/?q=x%26%22",
        "/about/", "/subscribe/", "/subscribe/done/", "/nothing/",
    )  # fmt: skip
    pages = {path: web.get(path).content for path in paths} | {
        "wrong": web.post("/subscribe/", {"email": '">'}).content
    }
    for number, content in enumerate(pages.values()):
        (tmp_path / f"{number}.html").write_bytes(content)
    command = ["java", "-jar", str(VNU), "--format", "json", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stderr
    errors = [message for message in json.loads(said)["messages"] if message["type"] != "info"]
    names = list(pages)
    assert [(names[int(Path(e["url"]).stem)], e["message"], e.get("extract")) for e in errors] == []
