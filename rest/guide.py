"""What stands at the top of the API's description: all that is the same for every operation."""

GUIDE = """\
To-dos for a mobile app and a web page, a blog, and uploads for both.

## Sign in
`GET /api/auth/config/` says where to sign in (OpenID Connect, authorization code with PKCE) and with which client id.
Send the access token with each request: `Authorization: Bearer <token>`. It lasts an hour; trade the refresh token for
the next. The blog can be read without one.

## Requests
JSON in UTF-8. Every address ends with a slash. Unknown fields and parameters are refused, save by health checks and
this description, and all that is wrong with a request is said at once. Times in answers are in UTC with milliseconds,
`2030-01-31T09:00:00.000Z`; times that are sent may have any offset and fraction, and what is finer than a millisecond
is cut off. PATCH changes the fields that are sent and no other; PUT replaces all.

## Lists
Plain arrays, a page at a time. The `Link` header (RFC 8288) has the `next` page; without it there is none. A cursor is
opaque, and good for the list that gave it.

## Changes by several clients
A resource's `version` is its `ETag`. Send it as `If-Match` with PUT, PATCH or DELETE: if somebody else was faster,
nothing happens and the answer is 412. A time, as `If-Unmodified-Since`, is not exact enough, and refused.
`If-None-Match` with GET or HEAD answers 304 while your copy is good.

## Sync
`GET /api/todos/?since=` answers all, and the `Link` header's `sync` address what has changed since: ask it again later.
A deleted to-do comes as `{id, deleted, version, updated_at}`. 410 means that the cursor is older than 30 days, or opens
nothing here: begin anew.

## Create once
A client that lost the answer of a `POST /api/todos/` repeats it safely with the same `Idempotency-Key`, such as a UUID.
The answer is the to-do as it is now, which differs from the IETF's (expired) draft: there it would be the first answer.
The same key with other content is refused with 422. Or the client chooses the id itself: PUT `/api/todos/{id}/`;
`If-None-Match: *` makes it create, and never replace. Lists of to-dos are made by PUT alone. No other POST takes the
key: a post is repeated safely with a `slug` of your choice, as the second answer is 409; an upload that is asked for
twice is another one, and what is never sent is forgotten; an address subscribes once.

## Errors
Problem details (RFC 9457), `application/problem+json`: `detail` is a sentence for the developer, `type` an address that
says what the kind means, and `errors` points at each field by JSON pointer, parameter or header. 429 and 503 say in
`Retry-After` when to try again; after a 503 nothing is known to have changed. `request_id` finds a request in our logs.

## Limits
A body holds 1 MB, an item 400 KB, a page 100 items. Files go straight to S3: see the uploads.
"""
