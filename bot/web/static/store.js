// What this device keeps: the key to the conversation, what was not sent yet, and the draft of this tab.

export const SESSION_KEY = "declic.session";
const OUTBOX_KEY = "declic.outbox";
const DRAFT_KEY = "declic.draft";

// a browser may refuse storage (private window, full disk): the page then works until it is closed
const memory = new Map();

function read(area, key) {
  if (memory.has(key)) return memory.get(key);
  try {
    return JSON.parse(window[area].getItem(key));
  } catch {
    return null;
  }
}

function write(area, key, value) {
  try {
    if (value === null) window[area].removeItem(key);
    else window[area].setItem(key, JSON.stringify(value));
    memory.delete(key);
  } catch {
    memory.set(key, value);
  }
}

export function session() {
  const kept = read("localStorage", SESSION_KEY);
  return kept && typeof kept.token === "string" ? kept : null;
}

export function keepSession(opened) {
  write("localStorage", SESSION_KEY, opened);
}

export function unsent() {
  const kept = read("localStorage", OUTBOX_KEY);
  return Array.isArray(kept) ? kept.filter((item) => item && typeof item.id === "string") : [];
}

// read again before each change: another tab may have added its own
export function keepUnsent(item) {
  write("localStorage", OUTBOX_KEY, [...unsent().filter((each) => each.id !== item.id), item]);
}

export function dropUnsent(id) {
  const rest = unsent().filter((item) => item.id !== id);
  write("localStorage", OUTBOX_KEY, rest.length ? rest : null);
}

export function draft() {
  return String(read("sessionStorage", DRAFT_KEY) || "");
}

export function keepDraft(text) {
  write("sessionStorage", DRAFT_KEY, text || null);
}

export function forgetAll() {
  write("localStorage", SESSION_KEY, null);
  write("localStorage", OUTBOX_KEY, null);
  keepDraft("");
}
