// Says things in sentences and short texts. Knows no elements.

const number = new Intl.NumberFormat("en");

export function count(amount, one, many = `${one}s`) {
  return `${number.format(amount)} ${amount === 1 ? one : many}`;
}

// Envoy takes a microsecond for some thirty routes: below that, nobody notices a list.
const LONG_LIST = 500;

/** How far Envoy has to look for a request's route, where there are many. */
export function layoutNote({ buckets, longest } = { buckets: 0, longest: 0 }) {
  if (longest > LONG_LIST) {
    return `a request may be compared with ${count(longest, "route")}, one by one`;
  }
  return buckets ? `in ${count(buckets, "bucket")}: at most ${number.format(longest)} compared with a request` : "";
}

export function duration(seconds) {
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return "0 s";
  const [name, size] = units[first];
  const next = units[first + 1];
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0;
  return `${Math.floor(seconds / size)} ${name}${rest ? ` ${rest} ${next[0]}` : ""}`;
}

/** `{tone: ok|busy|warn|bad, sentence, explanation}` for the top of the page. */
export function headline(overview) {
  const { revision, counts, envoy } = overview;
  if (!revision) return tell("busy", "Reading the manifests…", "Nothing is published yet.");
  if (!envoy.connected) return notConnected(revision, envoy);
  if (envoy.nacks.length) {
    return tell("bad", `Envoy refused part of revision ${revision}.`, "It keeps serving what it accepted last. What it said is listed below.");
  }
  if (!envoy.acknowledged) {
    const live = envoy.acknowledged_revision;
    return tell("busy", `Revision ${revision} is on its way to Envoy.`, live === null ? "Nothing is live yet." : `Revision ${live} is live until then.`);
  }
  if (counts.errors) {
    return tell("bad", `Revision ${revision} is live, with ${count(counts.errors, "error")}.`, "What is wrong is left out, or closed where it protects; everything else is served.");
  }
  if (!counts.routes) return tell("ok", "Live, with nothing to route yet.", `Revision ${revision} has no routes.`);
  const warnings = counts.warnings ? ` ${count(counts.warnings, "warning")} below.` : "";
  return tell(counts.warnings ? "warn" : "ok", `Revision ${revision} is live.`, `Envoy acknowledged it${after(overview.timings)}.${warnings}`);
}

/** The overview as it is `seconds` later, when nothing but time has changed. */
export function aged(overview, seconds) {
  const { uptime_seconds: uptime, envoy } = overview;
  const process = envoy.process?.answers ? { ...envoy.process, uptime_seconds: envoy.process.uptime_seconds + seconds } : envoy.process;
  return { ...overview, uptime_seconds: uptime + seconds, envoy: { ...envoy, process } };
}

/** The headline when no overview came: `{message, status, body}` of the failure, and whether an older one is shown. */
export function silence({ message, status, body }, hasShown) {
  const keeps = `This page keeps asking; ${hasShown ? "what it shows may be old" : "it has nothing to show until then"}.`;
  if (status === 0) return tell("bad", "This page lost its server.", keeps);
  if (status === 403) return tell("bad", "This page is no longer shown from here.", message);
  if (!message.startsWith("the watcher")) return tell("warn", "The server is busy.", keeps);
  const serving = { true: "Envoy still answers and keeps serving what it had last. ", false: "Envoy does not answer either. " };
  return tell("bad", "The watcher does not answer.", `${serving[String(body.envoy?.process?.answers)] ?? ""}${keeps}`);
}

/** A condition on a header or query parameter, whichever way it is written. */
export function condition(given) {
  if (typeof given !== "object" || given === null) return String(given);
  const { name, kind = "exact", type = kind, value, invert } = given;
  if (name === undefined) return plain(given);
  if (type === "insecure" || type === "secure") return `${name} ${type === "secure" ? "is" : "is not"} ${value}`;
  const not = invert ? "not " : "";
  if (value === undefined || value === null || value === "" || type === "present") return `${not}${name}`;
  const sign = { exact: "=", regex: "~", prefix: "^=", suffix: "$=", contains: "*=" }[type] ?? "=";
  return `${not}${name} ${sign} ${value}`;
}

/** Conditions as a list of texts, from a list or from a table. */
export function conditions(given) {
  if (!given) return [];
  if (Array.isArray(given)) return given.map(condition);
  return Object.entries(given).map(([name, value]) => (value === true ? name : `${name} = ${value}`));
}

/** Any small value in a line: `prefix /`, `scheme https, status 301`. */
export function plain(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (typeof value !== "object") return String(value);
  const parts = Object.entries(value).filter(([, inner]) => inner !== null && inner !== "" && inner !== undefined);
  return parts.map(([name, inner]) => `${name.replaceAll("_", " ")} ${plain(inner)}`).join(", ");
}

export function objectName(source) {
  if (!source) return "its host";
  return `${source.kind} ${source.namespace ? `${source.namespace}/` : ""}${source.name}`;
}

/** `FILE:LINE` with the line of the field when it is known. A route without a source belongs to its host. */
export function place(source, line = null) {
  if (!source?.origin || source.origin === "cluster") return source?.origin ?? "";
  return line ? `${source.origin.replace(/:\d+$/, "")}:${line}` : source.origin;
}

/** How many endpoints, or null when the report does not say. */
export function endpointCount(backend) {
  if (Array.isArray(backend.endpoints)) return backend.endpoints.length;
  return typeof backend.endpoints === "number" ? backend.endpoints : null;
}

/** A sentence whose percentages stay in one line. */
export function unbroken(text) {
  return text.replaceAll(" %", "\u00a0%");
}

/** A share in percent, without needless decimals. */
export function percent(value) {
  return `${Number(value.toFixed(1))} %`;
}

/** A host's pattern as people say it. */
export function hostText(hostname) {
  return hostname === "*" ? "any host" : hostname ?? "no host";
}

/** A backend's part of its route, in percent. */
export function shareOf(backend, all) {
  const sum = all.reduce((total, { weight }) => total + (weight ?? 0), 0);
  return sum ? (100 * (backend.weight ?? 0)) / sum : 0;
}

/** Which revision an answer is of, and whether Envoy has that one. */
export function revisionText(revision, hasChanged, envoy) {
  const isLive = !envoy || envoy.acknowledged || envoy.acknowledged_revision >= revision;
  return `${hasChanged ? "Changed with" : "As of"} revision ${revision}${isLive ? "" : ", which Envoy has not acknowledged yet"}`;
}

/** A question that does not fit into an address. */
export function tooLong(length, longest) {
  return `This question takes ${number.format(length)} characters of an address, and ${number.format(longest)} fit. Leave out what decides nothing, such as cookies and data.`;
}

/** Why there is no answer to a question. What the server says of a wrong question says it best. */
export function refusal({ message, status, body }) {
  if (status === 400 && body.error) return message;
  if (status === 404) return "This server can’t explain requests: it is older than this page.";
  return `No answer: ${message}. The question is asked again when there is one.`;
}

function notConnected(revision, envoy) {
  if (envoy.process && !envoy.process.answers) {
    return tell("bad", "Envoy does not answer.", `Revision ${revision} is ready for it. If it does not start, its log says why.`);
  }
  return tell("busy", `Revision ${revision} waits for Envoy to connect.`, "This takes a few seconds after a start.");
}

function after(timings) {
  const time = timings?.acknowledged_ms;
  return typeof time === "number" ? ` after ${Math.round(time)} ms` : "";
}

function tell(tone, sentence, explanation) {
  return { tone, sentence, explanation };
}
