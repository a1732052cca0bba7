// What this device keeps: the key to the conversation, what was not sent yet, and this tab's draft.

export const SESSION = "declic.session";
const OUTBOX = "declic.outbox";
const DRAFT = "declic.draft";

// a browser may refuse storage (private window, full disk): the page then works until it is closed
const memory = new Map();

function read(key, area = "localStorage") {
  if (memory.has(key)) return memory.get(key);
  try {
    return JSON.parse(window[area].getItem(key));
  } catch {
    return null;
  }
}

function write(key, value, area = "localStorage") {
  try {
    if (value === null) window[area].removeItem(key);
    else window[area].setItem(key, JSON.stringify(value));
    memory.delete(key);
  } catch {
    memory.set(key, value);
  }
}

export const session = () => read(SESSION);
export const keepSession = (opened) => write(SESSION, opened);

export const unsent = () => read(OUTBOX) || [];
// read again before each change: another tab may have added its own
export const keepUnsent = (item) => write(OUTBOX, [...unsent(), item]);
export const dropUnsent = (id) => write(OUTBOX, unsent().filter((item) => item.id !== id));

export const draft = () => read(DRAFT, "sessionStorage") || "";
export const keepDraft = (text) => write(DRAFT, text || null, "sessionStorage");

export function forgetAll() {
  write(SESSION, null);
  write(OUTBOX, null);
  keepDraft("");
}
