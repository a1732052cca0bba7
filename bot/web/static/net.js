// The chat API over fetch, and its stream of server-sent events.

const BASE = "/api/chat";
// longer than the server takes to answer behind an earlier turn
const ANSWER_MS = 75000;
const READ_MS = 20000;
// three of the stream's heartbeats
const SILENCE_MS = 45000;
const LONGEST_WAIT_MS = 30000;
const REFUSALS = [400, 413, 422];

/** ``status`` is 0 when the network, or something that is not our server, answered. */
export class ApiError extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }

  /** Trying again would give the same answer. */
  get final() {
    return REFUSALS.includes(this.status);
  }
}

export async function openSession(controller) {
  const opened = await call("POST", "/sessions", { controller, limit: READ_MS });
  // a captive portal answers 200 with its own page
  if (!opened || typeof opened.token !== "string") throw new ApiError(0, "not a session");
  return { token: opened.token, conversation_id: opened.conversation_id };
}

export async function postMessage(token, body, controller) {
  return messagesOf(await call("POST", "/messages", { token, body, controller, limit: ANSWER_MS }));
}

export async function readMessages(token, after, controller) {
  return messagesOf(await call("GET", `/messages${query(after)}`, { token, controller, limit: READ_MS }));
}

/** Hand over each message of the stream; ends when the server ends it, throws when it breaks or falls silent. */
export async function listen(token, after, controller, { onOpen, onMessage }) {
  let watchdog;
  const stillAlive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => controller.abort(), SILENCE_MS);
  };
  stillAlive();
  try {
    const response = await request("GET", `/stream${query(after)}`, { token, controller });
    if (!response.ok) throw new ApiError(response.status, "stream refused");
    const type = response.headers.get("content-type") || "";
    if (!type.startsWith("text/event-stream")) throw new ApiError(0, "not a stream");
    onOpen();
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const read = eventReader(onMessage);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      stillAlive();
      read(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    throw asApiError(error);
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
  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        const timer = ms === undefined ? 0 : setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    wake: () => wake(),
  };
}

/** randomUUID is missing outside https. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function query(after) {
  return after === null ? "" : `?after=${encodeURIComponent(after)}`;
}

function request(method, path, { token, body, controller }) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  return fetch(BASE + path, {
    method,
    headers,
    body: body && JSON.stringify(body),
    signal: controller.signal,
    // phones are shared: no copy of a conversation in the browser's cache
    cache: "no-store",
    credentials: "omit",
  });
}

async function call(method, path, { limit, ...options }) {
  const timer = setTimeout(() => options.controller.abort(), limit);
  try {
    const response = await request(method, path, options);
    if (!response.ok) throw new ApiError(response.status, await response.text());
    return await response.json();
  } catch (error) {
    throw asApiError(error);
  } finally {
    clearTimeout(timer);
  }
}

function asApiError(error) {
  return error instanceof ApiError ? error : new ApiError(0, String(error));
}

function messagesOf(answer) {
  if (!answer || !Array.isArray(answer.messages)) throw new ApiError(0, "not messages");
  return answer.messages;
}

function eventReader(onMessage) {
  let buffer = "";
  let name = "";
  let data = [];
  return (chunk) => {
    // a "\r" at the very end may be the first half of "\r\n"
    const lines = (buffer + chunk).split(/\r\n|\n|\r(?!$)/);
    buffer = lines.pop();
    for (const line of lines) {
      const [, field, value] = /^([^:]*):? ?([^]*)$/.exec(line) || [];
      if (field === "event") name = value;
      else if (field === "data") data.push(value);
      else if (line === "") {
        if (data.length && (name === "message" || name === "")) onMessage(JSON.parse(data.join("\n")));
        name = "";
        data = [];
      }
    }
  };
}
