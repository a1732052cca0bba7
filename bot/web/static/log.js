// The bubbles of the conversation: where each goes, how it looks, what is scrolled into view.

import { withLinks } from "./links.js";

const AUTHORS = { person: "Toi", assistant: "Déclic", counsellor: "Équipe de ta Mission locale" };
const NOTES = { unsent: "Pas envoyé. On réessaie…", refused: "Ce message ne peut pas partir tel quel." };
const CLOCK = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("fr-FR", { weekday: "long", day: "numeric", month: "long" });
// as many messages as the server gives of the past
const HISTORY = 100;
// messages closer than this come from one turn, and are read from its first one
const SAME_ARRIVAL_MS = 3000;
const NEAR_PX = 80;

/** ``onReply`` is told which button was pressed, ``onRetake`` the id of a refused message to write again. */
export function makeLog({ list, scroller, jump, onReply, onRetake }) {
  const bubbles = new Map(); // by message id
  const times = new WeakMap(); // of bubbles, in ms
  let following = true; // the reader has not scrolled away
  let target = 0; // where we scrolled last
  let first = null; // first bubble of the latest arrival
  let arrived = 0;

  scroller.addEventListener("scroll", scrolled, { passive: true });
  jump.addEventListener("click", toEnd);
  // the keyboard of a phone, or a growing text field, takes room from the bubbles
  if (window.ResizeObserver) new ResizeObserver(follow).observe(scroller);

  /** ``state``: "sent", or for what the server does not have yet "queued", "unsent" or "refused". */
  function add(message, state = "sent") {
    if (bubbles.has(message.id)) return;
    const time = Date.parse(message.sent_at) || Date.now();
    const li = bubble(message, time);
    bubbles.set(message.id, li);
    times.set(li, time);
    list.insertBefore(li, state === "sent" ? placeAt(time) : null);
    setState(message.id, state);
    separateDays(li);
    if (neighbour(li, "next")) separateDays(neighbour(li, "next"));
    noteArrival(li, message.author === "person");
  }

  function noteArrival(li, own) {
    if (own) {
      following = true;
      first = null;
      arrived = 0;
      return;
    }
    if (Date.now() - arrived > SAME_ARRIVAL_MS) first = li;
    arrived = Date.now();
  }

  /** The latest messages of a conversation taken up again: shown, but not read aloud one after the other. */
  function addHistory(messages) {
    list.setAttribute("aria-live", "off");
    if (messages.length >= HISTORY) notice("Les messages plus anciens ne sont pas affichés ici.");
    for (const message of messages) add(message);
    arrived = 0;
    tidy();
    toEnd();
    setTimeout(() => list.setAttribute("aria-live", "polite"), 1000);
  }

  /** The server has this message of the person's; ``sentAt`` is when it got it, if known. */
  function confirm(id, sentAt) {
    const li = bubbles.get(id);
    if (!li) return;
    setState(id, "sent");
    const time = Date.parse(sentAt);
    if (!time) return;
    times.set(li, time);
    // changed in place: a new node would be read aloud
    li.querySelector("time").firstChild.data = CLOCK.format(time);
  }

  function setState(id, state) {
    const li = bubbles.get(id);
    if (!li || li.dataset.state === state) return;
    li.dataset.state = state;
    const meta = li.querySelector(".meta");
    meta.querySelectorAll(".note").forEach((note) => note.remove());
    if (NOTES[state]) meta.append(element("span", "note", NOTES[state]));
    if (state === "refused") meta.append(button("note retake", "Reprendre le texte", () => onRetake(id)));
  }

  function remove(id) {
    if (bubbles.has(id)) bubbles.get(id).remove();
    bubbles.delete(id);
  }

  /** Something the page itself has to say. */
  function notice(text) {
    list.insertBefore(element("li", "notice", text), firstWaiting());
    follow();
  }

  function clear() {
    list.textContent = "";
    bubbles.clear();
    first = null;
    scroller.scrollTop = 0;
  }

  /** After one or more messages: mark the current turn, leave one time per group, scroll. */
  function tidy() {
    let current = true;
    let below = null;
    for (let li = lastBubble(); li; li = neighbour(li, "previous")) {
      if (li.dataset.author === "person") current = false;
      li.dataset.turn = current ? "current" : "past";
      const grouped = below && below.dataset.author === li.dataset.author && clockOf(below) === clockOf(li);
      li.classList.toggle("grouped", Boolean(grouped));
      below = li;
    }
    follow();
  }

  /** Show what is new from its beginning, unless the reader is elsewhere. Never scrolls back up. */
  function follow() {
    const end = scroller.scrollHeight - scroller.clientHeight;
    if (following) {
      const start = first && first.isConnected ? first.offsetTop - NEAR_PX : end;
      target = Math.max(scroller.scrollTop, Math.min(end, start));
      scroller.scrollTop = target;
    }
    jump.hidden = end - scroller.scrollTop < NEAR_PX;
  }

  function toEnd() {
    following = true;
    first = null;
    follow();
  }

  function scrolled() {
    const left = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
    following = left < NEAR_PX || scroller.scrollTop >= target - 8;
    jump.hidden = left < NEAR_PX;
  }

  function bubble(message, time) {
    const author = element("span", message.author === "counsellor" ? "author" : "visually-hidden");
    author.textContent = `${AUTHORS[message.author] || AUTHORS.assistant} : `;
    const text = element("p", "text");
    text.dir = "auto";
    text.append(...withLinks(message.text));
    const body = element("div", "bubble");
    body.append(author, text);
    const clock = element("time", "", CLOCK.format(time));
    clock.dateTime = new Date(time).toISOString();
    const meta = element("p", "meta");
    meta.append(clock);
    const li = element("li");
    li.dataset.author = message.author;
    li.dataset.id = message.id;
    li.append(body);
    if (message.buttons && message.buttons.length) li.append(choices(message.buttons));
    li.append(meta);
    return li;
  }

  function choices(buttons) {
    const group = element("div", "choices");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Réponses proposées");
    group.append(...buttons.map((choice) => button("reply", choice.title, () => onReply(choice))));
    return group;
  }

  // what the server does not have yet stays last: it will be answered after everything else
  function firstWaiting() {
    return Array.from(list.children).find((li) => isBubble(li) && li.dataset.state !== "sent") || null;
  }

  /** The node before which a message of this time goes: an answer and the stream may overtake one another. */
  function placeAt(time) {
    let below = firstWaiting();
    let above = below ? neighbour(below, "previous") : lastBubble();
    while (above && times.get(above) > time) {
      below = above;
      above = neighbour(above, "previous");
    }
    const line = below && below.previousElementSibling;
    return isDay(line) && line.dataset.day !== dayOf(time) ? line : below;
  }

  /** A line with the date above a bubble of another day than the one before it. */
  function separateDays(li) {
    const day = dayOf(times.get(li));
    const above = neighbour(li, "previous");
    if (day === dayOf(above ? times.get(above) : Date.now()) || isDay(li.previousElementSibling)) return;
    const line = element("li", "day", DAY.format(times.get(li)));
    line.dataset.day = day;
    list.insertBefore(line, li);
  }

  function lastBubble() {
    const li = list.lastElementChild;
    return isBubble(li) ? li : neighbour(li, "previous");
  }

  return { has: (id) => bubbles.has(id), add, addHistory, confirm, setState, remove, notice, clear, tidy, follow };
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function button(className, title, onPress) {
  const made = element("button", className, title);
  made.type = "button";
  made.addEventListener("click", onPress);
  return made;
}

function dayOf(time) {
  return new Date(time).toDateString();
}

function clockOf(li) {
  return li.querySelector("time").textContent;
}

/** The nearest bubble on one side, past dates and notices. */
function neighbour(li, side) {
  do li = li && li[`${side}ElementSibling`];
  while (li && !isBubble(li));
  return li || null;
}

function isBubble(li) {
  return Boolean(li && li.dataset.author);
}

function isDay(li) {
  return Boolean(li && li.className === "day");
}
