// The chat API over fetch, and its stream of server-sent events.

const BASE = "/api/chat";
// longer than the server takes to answer behind an earlier turn
const ANSWER_MS = 75000;
const READ_MS = 20000;
// three heartbeats of the stream
const SILENCE_MS = 45000;
const LONGEST_WAIT_MS = 30000;

/** ``status`` is 0 when the network, or something that is not our server, answered. */
class ApiError extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
    // trying again would give the same answer
    this.final = [400, 413, 422].includes(status);
  }
}

export async function openSession(controller) {
  const opened = await call("POST", "/sessions", { controller });
  // a captive portal answers 200 with its own page
  if (!opened.token) throw new ApiError(0, "not a session");
  return opened;
}

export async function postMessage(token, body, controller) {
  return messagesOf(await call("POST", "/messages", { token, body, controller }, ANSWER_MS));
}

export async function readMessages(token, after, controller) {
  return messagesOf(await call("GET", `/messages${query(after)}`, { token, controller }));
}

/** Hand over each message of the stream, and that somebody types, until it ends, breaks or falls silent. */
export async function listen(token, after, controller, { onOpen, onMessage, onTyping }) {
  let watchdog;
  const stillAlive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => controller.abort(), SILENCE_MS);
  };
  stillAlive();
  try {
    const response = await request("GET", `/stream${query(after)}`, { token, controller });
    onOpen();
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const read = eventReader({ message: onMessage, typing: onTyping });
    for (;;) {
      const { done, value } = await reader.read();
      if (done || controller.signal.aborted) return;
      stillAlive();
      read(decoder.decode(value, { stream: true }));
    }
  } finally {
    clearTimeout(watchdog);
  }
}

/** 1 s, 2 s, 4 s … 30 s, a little less at random so that all phones do not come back at once. */
export function backoff(failures) {
  return Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (failures - 1)) * (1 - Math.random() / 4);
}

/** A pause that something may cut short. */
export function makeNap() {
  let wake = () => {};
  const sleep = (ms) =>
    new Promise((resolve) => {
      wake = resolve;
      if (ms) setTimeout(resolve, ms);
    });
  return { sleep, wake: () => wake() };
}

/** randomUUID is missing outside https. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(36)).join("");
}

function query(after) {
  return after === null ? "" : `?after=${encodeURIComponent(after)}`;
}

async function request(method, path, { token, body, controller }) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(BASE + path, {
    method,
    headers,
    body: body && JSON.stringify(body),
    signal: controller.signal,
    // phones are shared: no copy of a conversation in the browser's cache
    cache: "no-store",
  });
  if (!response.ok) throw new ApiError(response.status, path);
  return response;
}

async function call(method, path, options, limit = READ_MS) {
  const timer = setTimeout(() => options.controller.abort(), limit);
  try {
    const response = await request(method, path, options);
    return await response.json();
  } finally {
    clearTimeout(timer);
  }
}

function messagesOf(answer) {
  if (!Array.isArray(answer.messages)) throw new ApiError(0, "not messages");
  return answer.messages;
}

function eventReader(handlers) {
  let buffer = "";
  let event = {};
  return (chunk) => {
    // a "\r" at the very end may be the first half of "\r\n"
    const lines = (buffer + chunk).split(/\r\n|\n|\r(?!$)/);
    buffer = lines.pop();
    for (const line of lines) {
      const colon = line.indexOf(":");
      if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 1).trim();
      else if (line === "") {
        // JSON stands on one line
        const handler = handlers[event.event];
        if (handler) handler(JSON.parse(event.data));
        event = {};
      }
    }
  };
}
