// A question: `{text, method, headers, client}`, where the text is a URL or a whole curl line. It stands in the page's
// address, so that it can be pasted into a chat.

/** Characters of a question in an address: the server takes request lines of 8,190 bytes. */
export const LONGEST = 8000;

const CURL = /^\s*(?:[$#>]\s+)?curl(?:\.exe)?(?=\s|$)/i;
const METHOD_FIRST = /^\s*(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s+(?=\S)/;

/** Whether a text is a curl line, which says method and headers itself. */
export function isCurl(text) {
  return CURL.test(text);
}

/** The question that was typed. `GET /x` is understood as people write it in tickets. */
export function typed(text, method = "", headers = "", client = "") {
  if (isCurl(text)) return { text: text.trim(), method: "", headers: [], client: "" };
  const named = METHOD_FIRST.exec(text)?.[0] ?? "";
  const lines = headers.split("\n").map((line) => line.trim()).filter(Boolean);
  return { text: text.slice(named.length).trim(), method: named.trim() || method, headers: lines, client: client.trim() };
}

/** The question in an address, or null. */
export function fromAddress(search) {
  const given = new URLSearchParams(search);
  const curl = given.get("curl");
  if (curl) return { text: curl, method: "", headers: [], client: "" };
  const url = given.get("url");
  if (!url) return null;
  return { text: url, method: given.get("method") ?? "", headers: given.getAll("header"), client: given.get("client_ip") ?? "" };
}

/** What the API is asked, and what stands in the address. */
export function parameters({ text, method, headers, client }) {
  if (isCurl(text)) return new URLSearchParams({ curl: text });
  const made = new URLSearchParams({ url: text });
  if (method && method !== "GET") made.append("method", method);
  for (const header of headers) made.append("header", header);
  if (client) made.append("client_ip", client);
  return made;
}

/** The page's address with a question, relative to the page. */
export function address(question) {
  return `?${parameters(question)}`;
}

// What curl sends of itself, whoever asks.
const SENT_ANYWAY = new Set(["user-agent", "accept"]);

/** The question that asks for an example request. A curl line says what a URL can't: another Host, for one. */
export function exampleQuestion({ url, curl, request }) {
  const headers = (request?.headers ?? []).filter(([name]) => !SENT_ANYWAY.has(name)).map(([name, value]) => `${name}: ${value}`);
  const method = request?.method ?? "GET";
  const isPlain = !request?.authority || url.includes(`//${request.authority}`);
  if (!isPlain && curl) return { text: curl, method: "", headers: [], client: "" };
  return { text: url, method, headers, client: "" };
}
