/**
 * Two devices of one user against a server that keeps the API's promises, with a network that loses requests and
 * answers, in an order made of `seed`; with an odd seed one of them stays out of it, and all must end as it was left.
 * Runs the page's own modules. Answers what went wrong, or null.
 */
async (seed) => {
  const base = document.querySelector('script[type="module"]').src.replace(/app[^/]*$/, "");
  const [
    { created, edited, removed, resolved, restored, shown, isStuck },
    { reconcile },
    { sendAll },
    { Offline, Problem },
  ] = await Promise.all(
    ["store/entry.js", "store/reconcile.js", "sync/outbox.js", "sync/api.js"].map((name) => import(base + name)),
  );

  let state = seed;
  const random = (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
  const ID = "01900000-0000-7000-8000-000000000000";

  const server = { todo: null, version: 0, history: new Set() };
  const write = (fields) => {
    server.version += 1;
    const kept = server.todo?.deleted ? {} : server.todo;
    const attachments = (fields.attachments ?? []).map((id) => ({ id }));
    server.todo = { ...kept, ...fields, id: ID, version: server.version, attachments };
    server.history.add(server.todo.notes);
    return server.todo;
  };
  const answer = (method, { body, headers = {} } = {}) => {
    const live = server.todo && !server.todo.deleted;
    const match = headers["If-Match"];
    if (method === "PUT") return live ? new Problem(412) : { body: write(body) };
    if (!live) return new Problem(404);
    if (match && match !== `"v${server.version}"`) return new Problem(412);
    if (method === "GET") return { body: server.todo };
    if (method === "PATCH") return { body: write(body) };
    server.version += 1;
    server.todo = { id: ID, deleted: true, version: server.version };
    return { body: null };
  };

  let isFlaky = true;
  const api = {
    async request(method, url, options) {
      if (isFlaky && random(5) === 0) throw new Offline("lost on the way there");
      const found = answer(method, options);
      if (isFlaky && random(5) === 0) throw new Offline("lost on the way back");
      if (found instanceof Problem) throw found;
      return { body: structuredClone(found.body) };
    },
  };

  const makeDevice = (name) => ({
    name,
    state: { base: null, pending: null },
    typed: null,
    deleted: null,
    entry() {
      return this.state;
    },
    waiting() {
      return this.state.pending && !isStuck(this.state.pending) ? [ID] : [];
    },
    async update(ids, step) {
      this.state = structuredClone(step(this.state, ID));
    },
  });
  const devices = [makeDevice("phone"), makeDevice("laptop")];
  let number = 0;

  const act = async (device) => {
    const todo = shown(ID, device.state);
    number += 1;
    const notes = `${device.name} ${number}`;
    switch (random(8)) {
      case 0:
      case 1:
      case 2:
        if (todo) {
          device.typed = notes;
          await device.update([ID], (entry) => edited(entry, { notes }));
        } else if (device === devices[0] && !server.todo) {
          device.typed = notes;
          await device.update([ID], (entry) => created(entry, { title: "one", notes }));
        }
        break;
      case 3:
        if (todo)
          await device.update([ID], (entry) =>
            edited(entry, { completed: !todo.completed, tags: [...todo.tags, notes].slice(-3) }),
          );
        if (todo && random(2)) await device.update([ID], (entry) => edited(entry, { completed: todo.completed }));
        break;
      case 4:
        if (todo) [device.deleted, device.typed] = [{ ...todo, pending: device.state.pending }, null];
        if (todo) await device.update([ID], removed);
        break;
      case 5:
        if (!todo && device.deleted) device.typed = device.deleted.notes;
        if (!todo && device.deleted) await device.update([ID], (entry) => restored(entry, device.deleted));
        break;
      case 6:
        await sendAll(device, api).catch((error) => {
          if (!(error instanceof Offline)) throw error;
        });
        break;
      default:
        await poll(device);
        return;
    }
    device.seen = sight(shown(ID, device.state));
  };
  // Not the tags: of two sets in doubt both are kept.
  const sight = (todo) => JSON.stringify(todo && [todo.title, todo.notes, todo.completed]);
  const poll = (device) =>
    server.todo ? device.update([ID], (entry) => reconcile(entry, structuredClone(server.todo))) : null;
  const decide = async (device) => {
    const { pending } = device.state;
    if (!pending) return;
    if (pending.refused !== null) throw new Error(`refused: ${pending.refused}`);
    for (const field of Object.keys(pending.conflicts))
      await device.update([ID], (entry) => resolved(entry, field, "mine"));
  };

  const trace = [];
  for (let step = 0; step < 60; step += 1) {
    const device = devices[seed % 2 ? 0 : random(2)];
    await act(device);
    trace.push(`${device.name} ${JSON.stringify(device.state)}`);
  }
  isFlaky = false;
  for (let round = 0; round < 12; round += 1) {
    for (const device of devices) {
      await poll(device);
      await decide(device);
      await sendAll(device, api);
    }
  }
  for (const device of devices) {
    await poll(device);
    const wrong = (what) => ({
      seed,
      what,
      device: device.name,
      state: device.state,
      server: server.todo,
      typed: device.typed,
      trace: trace.slice(-20),
    });
    if (device.state.pending) return wrong("something is still pending");
    const [here, there] = [shown(ID, device.state), server.todo?.deleted ? null : server.todo];
    if (JSON.stringify(here?.notes) !== JSON.stringify(there?.notes) || here?.completed !== there?.completed)
      return wrong("it differs from the server");
    if (seed % 2 && device.seen && sight(here) !== device.seen)
      return wrong(`it is not as it was left: ${device.seen}`);
    if (device.typed !== null && !server.history.has(device.typed)) return wrong("typing was lost");
  }
  return null;
};
