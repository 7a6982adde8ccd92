// Hono with AWS SDK v3's document client and aws-jwt-verify: what the Python peers do (benchmarks/stacks/peer.py).
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { inflateSync } from "node:zlib";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { CognitoJwtVerifier } from "aws-jwt-verify";
import { Hono } from "hono";
import { handle } from "hono/aws-lambda";
import { HTTPException } from "hono/http-exception";

// What every stack gets alike: keys, and DynamoDB's answers by operation and table.
const given = JSON.parse(process.env.BENCH_GIVEN);
const answers = Object.fromEntries(
  Object.entries(given.answers).map(([name, { body, headers }]) => [name, { body: Buffer.from(body), headers }]),
);

// In place of the network: the SDK has serialised and signed, and sends nothing.
const network = {
  async handle(request) {
    const operation = request.headers["x-amz-target"].split(".").at(-1);
    const table = new TextDecoder().decode(request.body).includes('-todos"') ? "todos" : "posts";
    const { body, headers } = answers[`${operation} ${table}`];
    return { response: { statusCode: 200, headers, body: Readable.from([body]) } };
  },
};
const table = (name) => `${given.prefix}${name}`;
const database = DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler: network }));
const verifier = CognitoJwtVerifier.create({ userPoolId: given.pool, tokenUse: "access", clientId: given.client });
verifier.cacheJwks(given.jwks);

async function subject(context) {
  try {
    const token = context.req.header("authorization").replace(/^Bearer /, "");
    return (await verifier.verify(token)).sub;
  } catch {
    throw new HTTPException(401);
  }
}

function check(body) {
  const { title, priority = 0, tags = [] } = body;
  const isText = typeof title === "string" && title.length > 0 && title.length <= 500;
  const isPriority = Number.isInteger(priority) && priority >= 0 && priority <= 3;
  const areTags = Array.isArray(tags) && tags.every((tag) => typeof tag === "string" && tag.length <= 50);
  if (!isText || !isPriority || !areTags) throw new HTTPException(400);
  const due = body.due ? new Date(body.due).toISOString() : "~";
  return { title, notes: String(body.notes ?? ""), completed: Boolean(body.completed), priority, tags, list: body.list ?? "inbox", due_order: due };
}

const todo = ({ due_order, owner, write_id, ...row }) => ({
  ...row, url: `${given.todos}${row.id}/`, completed_at: row.completed_at ?? null, due: due_order === "~" ? null : due_order,
});

const listed = (row) => ({
  slug: row.slug, url: `${given.posts}${row.slug}/`, title: row.title, summary: row.summary, status: "published",
  author: { id: row.author, name: row.author_name }, tags: row.tags, hero: row.hero ?? null, words: row.words,
  reading_minutes: Math.max(1, Math.floor(row.words / 200)), published_at: row.published_at,
  created_at: row.created_at, updated_at: row.updated_at, version: row.version,
});

const post = (row) => ({
  ...listed(row), body: row.body, html: inflateSync(row.html).toString(), next: null,
  previous: { slug: row.older.slug, title: row.older.title, url: `${given.posts}${row.older.slug}/` },
});

async function items(query) {
  return (await database.send(new QueryCommand({ Limit: 25, ...query }))).Items;
}

async function item(query) {
  const found = (await database.send(new GetCommand(query))).Item;
  if (!found) throw new HTTPException(404);
  return found;
}

const app = new Hono({ strict: false });

app.get("/api/todos", async (context) => {
  const owner = await subject(context);
  const rows = await items({
    TableName: table("todos"), IndexName: "by_order",
    KeyConditionExpression: "#owner = :owner", ExpressionAttributeNames: { "#owner": "owner" },
    ExpressionAttributeValues: { ":owner": owner },
  });
  return context.json(rows.map(todo));
});

app.post("/api/todos", async (context) => {
  const owner = await subject(context);
  const now = new Date().toISOString();
  const row = {
    ...check(await context.req.json()), owner, id: randomUUID(), attachments: [], order: Date.now(),
    version: 1, write_id: randomUUID(), created_at: now, updated_at: now,
  };
  await database.send(
    new PutCommand({ TableName: table("todos"), Item: row, ConditionExpression: "attribute_not_exists(id)" }),
  );
  return context.json(todo(row), 201);
});

app.get("/api/todos/:id", async (context) => {
  const owner = await subject(context);
  const key = { owner, id: context.req.param("id") };
  return context.json(todo(await item({ TableName: table("todos"), Key: key, ConsistentRead: true })));
});

app.get("/api/blog/posts", async (context) => {
  const rows = await items({
    TableName: table("posts"), IndexName: "by_published", ScanIndexForward: false,
    KeyConditionExpression: "feed = :feed AND #position < :now", ExpressionAttributeNames: { "#position": "position" },
    ExpressionAttributeValues: { ":feed": "posts", ":now": new Date().toISOString() },
  });
  return context.json(rows.map(listed));
});

app.get("/api/blog/posts/:slug", async (context) =>
  context.json(post(await item({ TableName: table("posts"), Key: { slug: context.req.param("slug") } }))),
);

export const handler = handle(app);
