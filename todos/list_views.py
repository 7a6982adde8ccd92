"""The API of lists."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from dynamo.errors import AlreadyExists
from rest.lazy_schema import extend_schema, location
from rest.paging import PageQuery, page_answer
from rest.problems import Invalid, NotFound, PreconditionFailed
from rest.views import READING, ApiView, versioned
from todos.examples import LIST, LIST_INPUT
from todos.fields import is_list_id
from todos.lists import ListRow, ListValues
from todos.models import INBOX
from todos.serializers import DeleteListQuery, Show, TodoListInput, TodoListSerializer, presenter_of
from todos.services import delete_list
from todos.views import CREATE_ONLY, target_of

SHOWN = OpenApiResponse(TodoListSerializer, examples=[OpenApiExample("A list", LIST)])
ID = OpenApiParameter(
    "id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="What to-dos have as `list`: any visible text of up to 100 characters, percent-encoded; "
    "`inbox`, `.` and `..` are none.",
)


class Lists(ApiView):
    """One's own lists."""

    query_methods = READING

    @extend_schema(
        operation_id="lists_list",
        summary="My lists",
        description="By id; show them by `order`. The inbox is no list of these, and a to-do may name a list that "
        "nobody made: it is shown by its id. Delta sync of to-dos tells of lists with `lists=true`.",
        parameters=[PageQuery],
        responses=OpenApiResponse(TodoListSerializer(many=True), examples=[OpenApiExample("A list", LIST)]),
    )
    def get(self, request: Request) -> HttpResponse:
        query = self.query(PageQuery)
        return page_answer(request, ListRow.for_owner(self.sub), query, _presenter(request), owner=self.sub)


class ListDetail(ApiView):
    """One list of one's own."""

    versioned = True
    query_methods = frozenset({"DELETE"})

    @extend_schema(operation_id="lists_retrieve", summary="One of my lists", parameters=[ID], responses=SHOWN)
    def get(self, request: Request, id: str) -> HttpResponse:  # noqa: A002  # the name in the URL
        return versioned(_presenter(request)(ListRow.find_raw(self.sub, _checked(id))))

    @extend_schema(
        operation_id="lists_put",
        summary="Make or replace a list",
        description="The client chooses the id; a deleted list comes back. A left out `order` stays as it is, or is "
        "the end.",
        request=TodoListInput,
        parameters=[ID, CREATE_ONLY, location("The new list.")],
        responses={200: SHOWN, 201: SHOWN},
        examples=[OpenApiExample("All of it", LIST_INPUT, request_only=True)],
    )
    def put(self, request: Request, id: str) -> HttpResponse:  # noqa: A002
        values: ListValues = self.body(TodoListInput)
        target = target_of(request, self.sub, id)
        try:
            row, is_new = ListRow.put(self.sub, _checked(id), values, expect=target.expect, exists=target.exists)
        except AlreadyExists:
            raise PreconditionFailed("There is a list of this id already.") from None
        body = _presenter(request)(row.raw)
        return versioned(body, status=201 if is_new else 200, headers={"Location": body["url"]} if is_new else None)

    @extend_schema(
        operation_id="lists_patch",
        summary="Rename, colour or move a list",
        description="What is left out stays. Its to-dos refer to its id, so none of them changes.",
        request=TodoListInput,
        parameters=[ID],
        responses=SHOWN,
        examples=[OpenApiExample("Renamed", {"name": "Errands in town"}, request_only=True)],
    )
    def patch(self, request: Request, id: str) -> HttpResponse:  # noqa: A002
        values: ListValues = self.body(TodoListInput, partial=True)
        row = ListRow.edit(self.sub, _checked(id), values, expect=target_of(request, self.sub, id).expect)
        return versioned(_presenter(request)(row.raw))

    @extend_schema(
        operation_id="lists_destroy",
        summary="Delete a list",
        description="Its to-dos move to the inbox or to the list `to`, or go to the bin with `todos=delete`; one that "
        "is brought back brings the list back. 204 means that all is done, also if nothing was there. 503 means that "
        "there are more than one request can change, some ten thousand: send it again.",
        parameters=[ID, DeleteListQuery],
        responses={204: None},
    )
    def delete(self, request: Request, id: str) -> HttpResponse:  # noqa: A002
        target, query = target_of(request, self.sub, id), self.query(DeleteListQuery)
        _checked(id)
        if query["to"] == target.id:
            raise Invalid.parameter("to", "This is the list to delete.")
        delete_list(target=target, move_to=None if query["todos"] == "delete" else query["to"])
        return Response(status=204)


def _presenter(request: Request) -> Show:
    return presenter_of(request, TodoListSerializer, ListRow)


def _checked(list_id: str) -> str:
    """The id in an address. Raises Invalid for the inbox, NotFound for what no to-do's `list` can be."""
    if list_id == INBOX:
        raise Invalid.parameter("id", "The inbox is always there as it is.")
    if not is_list_id(list_id):
        raise NotFound("This can't be a list.")
    return list_id
