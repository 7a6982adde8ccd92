"""Examples for the API's description."""

SLUG = "why-dynamodb"

NEW_POST = {
    "title": "Why DynamoDB?",
    "body": "A table that is *never* full, and an index for each question.\n\n```python\nPost.published()\n```\n",
    "summary": "What a blog gains without SQL.",
    "author_name": "Edith",
    "tags": ["dynamodb", "python"],
    "hero": {"upload": "0197b1de-4c2a-7f3e-9b1a-2f6d5c8e7a10", "alt": "A table in a garden"},
    "published_at": "2026-03-01T09:00:00Z",
}

LISTED_POST = {
    "slug": SLUG,
    "url": f"https://example.com/api/blog/posts/{SLUG}/",
    "title": NEW_POST["title"],
    "summary": NEW_POST["summary"],
    "status": "published",
    "author": {"id": "5478e4c8-70a1-7037-4a0d-2d9b8d5d5a11", "name": "Edith"},
    "tags": NEW_POST["tags"],
    "hero": {
        "upload": "0197b1de-4c2a-7f3e-9b1a-2f6d5c8e7a10",
        "alt": "A table in a garden",
        "status": "ready",
        "width": 4032,
        "height": 3024,
        "renditions": [
            {
                "size": 320,
                "width": 320,
                "height": 240,
                "webp": "https://img.example.com/blog/0197b1de-4c2a-7f3e-9b1a-2f6d5c8e7a10/320.webp",
                "jpeg": "https://img.example.com/blog/0197b1de-4c2a-7f3e-9b1a-2f6d5c8e7a10/320.jpg",
            }
        ],
    },
    "words": 13,
    "reading_minutes": 1,
    "published_at": "2026-03-01T09:00:00.000Z",
    "created_at": "2026-02-27T16:20:11.480Z",
    "updated_at": "2026-03-01T08:55:02.118Z",
    "version": 3,
}

POST = {
    **LISTED_POST,
    "body": NEW_POST["body"],
    "html": "<p>A table that is <em>never</em> full, and an index for each question.</p>\n",
    "previous": {"slug": "hello", "title": "Hello", "url": "https://example.com/api/blog/posts/hello/"},
    "next": None,
}

TAG = {"tag": "dynamodb", "count": 4, "url": "https://example.com/api/blog/posts/?tag=dynamodb"}
