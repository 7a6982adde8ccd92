"""The API of MyTodoList."""

from typing import NamedTuple

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from dynamo.errors import AlreadyExists, BadCursor, DoesNotExist, RawItem
from dynamo.queries import Query
from rest import client
from rest.etags import precondition
from rest.idempotency import IDEMPOTENCY_KEY, IdempotencyKey, idempotency_key
from rest.lazy_schema import extend_schema, location
from rest.paging import PageQuery, fitting, link_to, page_answer
from rest.problems import Gone, KeyReused, NotFound, PreconditionFailed
from rest.views import READING, ApiView, JsonResponse, versioned
from todos.attachments import Attachment
from todos.examples import BINNED, DELETED, FULL_INPUT, LIST, NEW_TODO, TODO
from todos.models import Todo, Values
from todos.serializers import (
    TODOS,
    BinnedTodoSerializer,
    ClearQuery,
    TodoInput,
    TodoQuery,
    TodoQuestion,
    TodoSerializer,
    presenter,
    presenter_of,
)
from todos.services import (
    Target,
    UploadNotFound,
    clear_todos,
    create_todo,
    edit_todo,
    empty_bin,
    put_todo,
    read_attachment,
    restore_todo,
)
from todos.sync import Since, changes

SHOWN = OpenApiResponse(TodoSerializer, examples=[OpenApiExample("A to-do", TODO)])
ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="In either case.")
CREATE_ONLY = OpenApiParameter(
    "If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, enum=["*"], description="Only if it does not exist."
)
LINKS = OpenApiParameter(
    "Link",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    response=[200],
    description="RFC 8288: `first` and `next` page; with `since`, `next` if there is more now, and `sync`, "
    "which goes on from here: keep it and ask there later.",
)
ETAG = OpenApiParameter(
    "ETag", OpenApiTypes.STR, OpenApiParameter.HEADER, response=[200], description="Send it back as `If-Match`."
)


class TodoList(ApiView):
    """One's own to-dos."""

    query_methods = READING | {"DELETE"}

    @extend_schema(
        operation_id="todos_list",
        summary="My to-dos, or what changed",
        description="A plain array, a page at a time: follow the `next` link. With `since` it is delta sync instead: "
        "every to-do changed since the cursor, oldest change first, a deleted one as `{id, deleted, version, "
        "updated_at}`; with an empty cursor, all of them. The same change may come twice; the greater `version` is "
        "right. With `lists=true` lists come among them, known by `kind`. 410 means that the cursor is "
        "older than 30 days, or opens nothing here: sync anew, with an empty `since`.",
        parameters=[TodoQuery, LINKS],
        responses={
            200: OpenApiResponse(
                TODOS,
                examples=[
                    OpenApiExample("A to-do", TODO),
                    OpenApiExample("A deleted one, with `since`", DELETED),
                    OpenApiExample("A list, with `since` and `lists`", LIST),
                ],
            )
        },
        extensions={"x-gone": True},
    )
    def get(self, request: Request) -> HttpResponse:
        query: TodoQuestion = self.query(TodoQuery)
        if "since" in query:
            return self._changes(request, query)
        return page_answer(request, _listing(self.sub, query), query, presenter(request), owner=self.sub)

    def _changes(self, request: Request, query: TodoQuestion) -> HttpResponse:
        show = presenter(request)

        def answer(limit: int) -> JsonResponse:
            found = changes(owner=self.sub, since=since, limit=limit, lists=query.get("lists", False))
            cursor = found.following.dump(self.sub)
            links = [link_to(request, rel, since=cursor) for rel in (["next", "sync"] if found.more else ["sync"])]
            return JsonResponse([show(todo) for todo in found.todos], headers={"Link": ", ".join(links)})

        try:
            since = Since.load(query["since"], self.sub)
            return fitting(answer, query["limit"])
        except BadCursor as error:  # an app that could only report it would never sync again
            raise Gone(f"{error} Sync anew, with an empty `since`.") from error

    @extend_schema(
        operation_id="todos_create",
        summary="Make a to-do",
        description="To be able to repeat it safely, send an `Idempotency-Key`, or choose the id yourself: see PUT.",
        request=TodoInput,
        parameters=[location("The to-do.", 200, 201), IDEMPOTENCY_KEY],
        responses={201: SHOWN, 200: SHOWN},
        examples=[
            OpenApiExample("A title will do", NEW_TODO, request_only=True),
            OpenApiExample("All of it", FULL_INPUT, request_only=True),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        values: Values = self.body(TodoInput)
        key = idempotency_key(request, owner=self.sub)
        if key is None:
            return self._answer(create_todo(owner=self.sub, values=values, uploads=_uploads(request)).raw, 201)
        values["request_digest"] = key.digest
        try:
            todo = create_todo(owner=self.sub, values=values, uploads=_uploads(request), todo_id=key.id)
        except AlreadyExists:
            return self._replay(key)
        return self._answer(todo.raw, 201)

    def _replay(self, key: IdempotencyKey) -> HttpResponse:
        try:
            todo = Todo.find(self.sub, key.id)
        except DoesNotExist as error:
            raise Gone("What this request made was deleted.") from error
        if todo.request_digest != key.digest:
            raise KeyReused
        return self._answer(todo.raw, 200)

    def _answer(self, raw: RawItem, status: int) -> HttpResponse:
        body = presenter(self.request)(raw)
        return versioned(body, status=status, headers={"Location": body["url"]})

    @extend_schema(
        operation_id="todos_clear",
        summary="Delete all my to-dos, or the completed ones",
        description="204 means that all are gone. With more than one request can delete, some ten thousand, the "
        "answer is 503: send it again.",
        parameters=[ClearQuery],
        responses={204: None},
    )
    def delete(self, request: Request) -> HttpResponse:
        clear_todos(owner=self.sub, completed_only="completed" in self.query(ClearQuery))
        return Response(status=204)


class TodoDetail(ApiView):
    """One to-do of one's own."""

    versioned = True

    @extend_schema(operation_id="todos_retrieve", summary="One of my to-dos", parameters=[ID], responses=SHOWN)
    def get(self, request: Request, id: str) -> HttpResponse:  # noqa: A002  # the name in the URL
        return versioned(presenter(request)(Todo.fetch_live(self.sub, id)))

    @extend_schema(
        operation_id="todos_put",
        summary="Make or replace a to-do",
        description="The client chooses the id, so a repeated request does no harm; a deleted to-do comes back. "
        "Fields left out get their defaults, save `order`, which stays as it is.",
        request=TodoInput,
        parameters=[ID, CREATE_ONLY, location("The new to-do.")],
        responses={200: SHOWN, 201: SHOWN},
        examples=[OpenApiExample("All of it", FULL_INPUT, request_only=True)],
    )
    def put(self, request: Request, id: str) -> HttpResponse:  # noqa: A002
        values: Values = self.body(TodoInput)
        target = target_of(request, self.sub, id)
        try:
            todo, is_new = put_todo(target=target, values=values, uploads=_uploads(request))
        except AlreadyExists:
            raise PreconditionFailed("There is a to-do of this id already.") from None
        body = presenter(request)(todo.raw)
        place = {"Location": body["url"]} if is_new else None
        return versioned(body, status=201 if is_new else 200, headers=place)

    @extend_schema(
        operation_id="todos_patch",
        summary="Change a to-do",
        description="What is left out stays. `attachments` and `tags` are replaced as a whole.",
        request=TodoInput,
        parameters=[ID],
        responses=SHOWN,
        examples=[OpenApiExample("Done", {"completed": True}, request_only=True)],
    )
    def patch(self, request: Request, id: str) -> HttpResponse:  # noqa: A002
        values: Values = self.body(TodoInput, partial=True)
        todo = edit_todo(target=target_of(request, self.sub, id), values=values, uploads=_uploads(request))
        return versioned(presenter(request)(todo.raw))

    @extend_schema(
        operation_id="todos_destroy",
        summary="Delete a to-do",
        description="It is in the bin for 30 days, and delta sync tells of it as long.",
        parameters=[ID],
        responses={204: None},
    )
    def delete(self, request: Request, id: str) -> HttpResponse:  # noqa: A002
        Todo.soft_delete(self.sub, id, expect=target_of(request, self.sub, id).expect)
        return Response(status=204)


class Bin(ApiView):
    """What was deleted within 30 days."""

    query_methods = READING

    @extend_schema(
        operation_id="todos_bin",
        summary="My to-dos in the bin",
        description="What was deleted within 30 days, the last first.",
        parameters=[PageQuery],
        responses=OpenApiResponse(
            BinnedTodoSerializer(many=True), examples=[OpenApiExample("A deleted to-do", BINNED)]
        ),
    )
    def get(self, request: Request) -> HttpResponse:
        show = presenter_of(request, BinnedTodoSerializer, Todo)
        return page_answer(request, Todo.in_bin(self.sub), self.query(PageQuery), show, owner=self.sub)

    @extend_schema(
        operation_id="todos_bin_empty",
        summary="Empty the bin",
        description="Nothing is left but the ids, for delta sync. A 503 means that there is more: send it again.",
        responses={204: None},
    )
    def delete(self, request: Request) -> HttpResponse:
        empty_bin(owner=self.sub)
        return Response(status=204)


class Restore(ApiView):
    """Out of the bin."""

    @extend_schema(
        operation_id="todos_restore",
        summary="Bring a to-do back from the bin",
        description="As it was, at its next version, without attachments that are deleted by now. A to-do that is not "
        "deleted stays as it is.",
        request=None,
        parameters=[ID, ETAG],
        responses=SHOWN,
    )
    def post(self, request: Request, id: str) -> HttpResponse:  # noqa: A002
        todo = restore_todo(owner=self.sub, todo_id=id, uploads=_uploads(request))
        return versioned(presenter(request)(todo.raw))


def _listing(owner: str, query: TodoQuestion) -> Query[Todo]:
    by_due = "due_after" in query or "due_before" in query
    sort = query.get("sort", "due" if by_due else "order")
    return Todo.for_owner(
        owner,
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        completed=query.get("completed"),
        list_name=query.get("list"),
        tag=query.get("tag"),
        due_after=query.get("due_after"),
        due_before=query.get("due_before"),
        consistent=query.get("consistent", False),
    )


def target_of(request: Request, owner: str, row_id: str) -> Target:
    """What a request is about, and what its ETags ask. Raises Invalid, or PreconditionFailed for what never holds."""
    wanted = precondition(request, makes=request.method == "PUT")
    return Target(owner=owner, id=row_id, expect=wanted.version, exists=wanted.exists)


class MediaUploads(NamedTuple):
    """Uploads as media knows them: one request to it for each, in the name of the user of this header."""

    authorization: str

    def find(self, upload_id: str) -> Attachment:
        """What media says of it now. Raises UploadNotFound, and problems if media refuses or does not answer."""
        try:
            found = client.get("media", f"/api/media/uploads/{upload_id}/", self.authorization)
        except NotFound:
            raise UploadNotFound(upload_id) from None
        return read_attachment(found, status=found["status"], as_of=found["updated_at"])


def _uploads(request: Request) -> MediaUploads:
    return MediaUploads(str(request.META.get("HTTP_AUTHORIZATION", "")))
