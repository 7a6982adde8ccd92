// As benchmarks/worker.py, for a bundle of JavaScript: `node worker.js BUNDLE [OPERATION]`.
const fs = require("node:fs");
const readline = require("node:readline");

const [bundle, operation] = process.argv.slice(2);
const events = JSON.parse(process.env.BENCH_EVENTS);
const context = { functionName: "bench", getRemainingTimeInMillis: () => 30_000 };
const say = (content) => process.stdout.write(`${JSON.stringify(content)}\n`);

function peak() {
  return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
}

function cpu(before) {
  const { user, system } = process.cpuUsage(before);
  return user + system; // microseconds, of all threads
}

function check(operation, answer) {
  if (answer.statusCode !== (operation === "create" ? 201 : 200))
    throw new Error(`${operation}: ${JSON.stringify(answer)}`);
  const content = JSON.parse(answer.body);
  const { title } = Array.isArray(content) ? content[3] : content;
  const expected = { list: "To-do number 3", get: "To-do number 3", create: "Write the report" };
  if (title !== (expected[operation] ?? "Post number 3")) throw new Error(`${operation}: ${answer.body}`);
}

async function started() {
  const before = process.cpuUsage();
  const { handler } = require(bundle);
  const answer = await handler(structuredClone(events[operation]), context);
  say({ first: cpu(before) / 1000, memory: peak() });
  check(operation, answer);
}

async function measured(handler, { operation, times }) {
  const asked = Array.from({ length: times }, () => structuredClone(events[operation]));
  const taken = [];
  for (const event of asked) {
    const before = process.cpuUsage();
    const answer = await handler(event, context);
    taken.push(cpu(before));
    if (taken.length === times) check(operation, answer);
  }
  return taken;
}

async function main() {
  const { handler } = require(bundle);
  say({});
  for await (const line of readline.createInterface({ input: process.stdin })) {
    say(await measured(handler, JSON.parse(line)));
  }
}

operation ? started() : main();
