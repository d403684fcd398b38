// Asks the API. Answers are kept with their ETag, so that an unchanged one costs a 304.

const BASE = "../api/";

/** No answer worth the name. `status` is 0 when nothing came; `body` is what came instead of an answer. */
export class NoAnswer extends Error {
  constructor(message, status = 0, body = {}) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/** Remembers the last answer of one path, for things that are asked again and again. */
export class Watched {
  constructor(path) {
    this.path = path;
    this.etag = "";
    this.value = null;
  }

  /** The value; the very same object as last time when nothing changed. */
  async read() {
    const response = await send(this.path, this.etag ? { "If-None-Match": this.etag } : {});
    if (response.status === 304) return this.value;
    this.value = await json(response);
    this.etag = response.headers.get("ETag") ?? "";
    return this.value;
  }
}

/** One path with parameters: as they are, or as a table of which empty ones are left out. `signal` stops it. */
export async function get(path, parameters = {}, signal = undefined) {
  const query = parameters instanceof URLSearchParams ? parameters.toString() : given(parameters).toString();
  return json(await send(query ? `${path}?${query}` : path, {}, signal));
}

function given(table) {
  return new URLSearchParams(Object.entries(table).filter(([, value]) => value !== "" && value !== null));
}

async function send(path, headers, signal) {
  try {
    return await fetch(BASE + path, { headers, signal, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new NoAnswer("this page's server does not answer");
  }
}

async function json(response) {
  const body = await response.json().catch((error) => unread(error, response));
  if (!response.ok) throw new NoAnswer(body.error ?? `status ${response.status}`, response.status, body);
  return body;
}

// An answer that was stopped or broke off on its way is none; a failure needs no body.
function unread(error, response) {
  if (error.name === "AbortError") throw error;
  if (response.ok) throw new NoAnswer("the answer broke off");
  return {};
}
