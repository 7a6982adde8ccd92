"""Makes the demo content as its users would: signed in at Cognito, by the API, with files put straight into S3."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import urllib3

from infra.local.welcome import SIGN_INS, DemoAccount

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

POSTS, PICTURES = (Path(__file__).parent / name for name in ("posts", "pictures"))
# Alice's: title and what else there is to one; `due` is in days from now.
TODOS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("todos.json").read_text())
WRITER, OWNER, READER = "edith@example.com", "alice@example.com", "bob@example.com"
# Pictures are drawn by events; the first look at the blog should show them.
PICTURES_SECONDS = 15.0
# A file saved meanwhile makes the server reload.
RELOAD_SECONDS = 20.0
_HTTP = urllib3.PoolManager(timeout=30, retries=False)


class DemoError(Exception):
    """The API refused something. The message says what and why."""


def make_people(values: dict[str, str]) -> None:
    """Create the demo accounts in Cognito, confirmed, and see to their groups; those that exist keep passwords."""
    cognito, pool = _cognito(values), values["COGNITO_USER_POOL_ID"]
    for person in SIGN_INS:
        try:
            cognito.admin_create_user(
                UserPoolId=pool,
                Username=person.email,
                MessageAction="SUPPRESS",
                UserAttributes=[
                    {"Name": "email", "Value": person.email},
                    {"Name": "email_verified", "Value": "true"},
                    {"Name": "name", "Value": person.email.partition("@")[0].capitalize()},
                ],
            )
        except cognito.exceptions.UsernameExistsException:
            pass
        else:
            cognito.admin_set_user_password(
                UserPoolId=pool, Username=person.email, Password=person.password, Permanent=True
            )
        if person.group:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=person.email, GroupName=person.group)


def make_content(values: dict[str, str]) -> None:
    """Create to-dos, posts, pictures and a subscriber on the running site. Harmless to repeat. Raises DemoError."""
    site = values["SITE_URL"]
    people = {person.email: Api(site, sign_in(values, person)) for person in SIGN_INS}
    uploads = [*_make_posts(people[WRITER]), *_make_todos(people[OWNER])]
    Api(site).call("POST", "/api/blog/subscribers/", {"email": READER})
    _wait_for_pictures(uploads)


@dataclass(frozen=True)
class Api:
    """The site's API, as one user or as nobody."""

    site: str
    token: str = ""

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON. Raises DemoError for a refusal."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        deadline = time.monotonic() + RELOAD_SECONDS
        while True:
            try:
                answer = _HTTP.request(method, self.site + path, headers=headers, json=body)
                break
            except urllib3.exceptions.HTTPError:
                if time.monotonic() > deadline:
                    raise DemoError("the site does not answer") from None
                time.sleep(0.1)
        if answer.status >= 400:
            said = answer.data[:500].decode(errors="replace")
            raise DemoError(f"{method} {path} was answered {answer.status}: {said}")
        return answer.json()

    def upload(self, name: str, visibility: str) -> str:
        """Upload one of the pictures; its id. Raises DemoError."""
        picture = (PICTURES / f"{name}.jpg").read_bytes()
        asked = {"name": f"{name}.jpg", "content_type": "image/jpeg", "size": len(picture), "method": "put"}
        answer = self.call("POST", "/api/media/uploads/", {**asked, "visibility": visibility})
        door = answer["upload"]
        try:
            put = _HTTP.request(door["method"], door["url"], body=picture, headers=door["headers"])
        except urllib3.exceptions.HTTPError as error:
            raise DemoError(f"{name}.jpg could not be uploaded: {error}") from None
        if put.status >= 400:
            raise DemoError(f"{name}.jpg was answered {put.status}")
        return str(answer["id"])


def _make_posts(writer: Api) -> list[tuple[Api, str]]:
    """Write the posts that are not there; the uploads they show."""
    lists = ("posts/", "drafts/?status=draft", "drafts/?status=scheduled")
    there = {post["slug"] for each in lists for post in writer.call("GET", f"/api/blog/{each}")}
    uploads = []
    for file in sorted(file for file in POSTS.glob("*.md") if file.stem not in there):
        post = read_post(file.read_text(), slug=file.stem)
        if picture := post.pop("picture"):
            uploads.append((writer, writer.upload(picture, "public")))
            post["hero"] = {"upload": uploads[-1][1], "alt": post["alt"]}
        del post["alt"]
        writer.call("POST", "/api/blog/posts/", post)
    return uploads


def read_post(text: str, *, slug: str) -> dict[str, Any]:
    """A post as the API takes it, with its `picture` and `alt`, from lines of `name: value` and a body."""
    head, _, body = text.partition("\n\n")
    said = dict(line.split(": ", 1) for line in head.splitlines())
    return {
        "slug": slug,
        "title": said["title"],
        "summary": said["summary"],
        "tags": said["tags"].split(", "),
        "author_name": "Edith",
        "published_at": _from_now(int(said["days"])) if "days" in said else None,
        "body": body,
        "picture": said.get("picture", ""),
        "alt": said.get("alt", ""),
    }


def _make_todos(owner: Api) -> list[tuple[Api, str]]:
    """Make the to-dos that are not there; the uploads they show."""
    there = {todo["title"] for todo in owner.call("GET", "/api/todos/")}
    uploads = []
    for number, todo in enumerate(TODOS):
        if todo["title"] in there:
            continue
        values = {name: value for name, value in todo.items() if name not in {"due", "picture"}}
        if "due" in todo:
            values["due"] = _from_now(todo["due"])[:10]
        if "picture" in todo:
            uploads.append((owner, owner.upload(todo["picture"], "private")))
            values["attachments"] = [uploads[-1][1]]
        owner.call("POST", "/api/todos/", {**values, "order": number})
    return uploads


def _wait_for_pictures(uploads: list[tuple[Api, str]]) -> None:
    deadline = time.monotonic() + PICTURES_SECONDS
    for api, upload in uploads:
        while api.call("GET", f"/api/media/uploads/{upload}/")["status"] in {"waiting", "processing"}:
            if time.monotonic() > deadline:
                raise DemoError("the pictures are not drawn yet")
            time.sleep(0.05)


def sign_in(values: dict[str, str], person: DemoAccount) -> str:
    """The access token of a demo account."""
    answer = _cognito(values).initiate_auth(
        ClientId=values["COGNITO_CLIENT_IDS"].split(",")[1],  # the mobile app's, which may use a password
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person.email, "PASSWORD": person.password},
    )
    return answer["AuthenticationResult"]["AccessToken"]


def _cognito(values: dict[str, str]) -> "CognitoIdentityProviderClient":
    return boto3.client(
        "cognito-idp",
        endpoint_url=values["AWS_ENDPOINT_URL"],
        region_name=values["AWS_REGION"],
        aws_access_key_id=values["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=values["AWS_SECRET_ACCESS_KEY"],
    )


def _from_now(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")
