// The bubbles of the conversation: where each goes, how it looks, what is scrolled into view.

import { withLinks } from "./links.js";

const AUTHORS = { person: "Toi", assistant: "Déclic", staff: "Équipe de ta Mission locale" };
const NOTES = { unsent: "Pas envoyé. On réessaie…", refused: "Refusé : ton texte est revenu dans le champ." };
const CLOCK = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("fr-FR", { weekday: "long", day: "numeric", month: "long" });
// messages closer than this come from one turn, and are read from its first one
const SAME_ARRIVAL_MS = 3000;
const QUIET_MS = 1000;
const NEAR_PX = 80;

export function makeLog({ list, scroller, jump, onReply }) {
  const bubbles = new Map(); // by message id
  const times = new WeakMap(); // of bubbles, in ms
  let following = true; // the reader has not scrolled away
  let atEnd = true;
  let target = 0; // where we scrolled last
  let first = null; // first bubble of the latest arrival
  let arrived = 0;

  scroller.addEventListener("scroll", scrolled, { passive: true });
  jump.addEventListener("click", toEnd);
  // a phone's keyboard, or a growing text field, takes room from the bubbles
  if (window.ResizeObserver) new ResizeObserver(() => (atEnd ? toEnd() : follow())).observe(scroller);

  /** ``state`` is "sent", or for what the server does not have yet "queued" or "unsent". */
  function add(message, state = "sent") {
    if (bubbles.has(message.id)) return;
    const time = Date.parse(message.sent_at) || Date.now();
    const li = makeBubble(message, time);
    bubbles.set(message.id, li);
    times.set(li, time);
    list.insertBefore(li, state === "sent" ? placeAt(time) : null);
    li.dataset.state = state;
    separateDays(li);
    separateDays(neighbour(li, "next"));
    if (message.author === "person") {
      following = true;
      first = null;
      arrived = 0;
      return;
    }
    if (Date.now() - arrived > SAME_ARRIVAL_MS) first = li;
    arrived = Date.now();
  }

  /** Past messages are shown, but not read aloud one after the other. */
  function quietly(work) {
    list.parentNode.setAttribute("aria-live", "off");
    work();
    toEnd();
    setTimeout(() => list.parentNode.setAttribute("aria-live", "polite"), QUIET_MS);
  }

  /** The server has this message of the person's, since ``sentAt`` if that is known. */
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
    const note = li.querySelector(".note");
    if (note) note.remove();
    if (NOTES[state]) li.querySelector(".meta").append(element("span", "note", NOTES[state]));
    follow();
  }

  function notice(text) {
    list.insertBefore(element("li", "notice", text), firstWaiting());
    follow();
  }

  function clear() {
    list.textContent = "";
    bubbles.clear();
    scroller.scrollTop = 0;
    tidy();
    toEnd();
  }

  /** After one or more messages: mark the current turn, leave one time per group, scroll. */
  function tidy() {
    let turn = "current";
    let below = null;
    for (let li = lastBubble(); li; li = neighbour(li, "previous")) {
      if (li.dataset.author === "person") turn = "past";
      li.dataset.turn = turn;
      const same = below && below.dataset.author === li.dataset.author && clockOf(below) === clockOf(li);
      li.classList.toggle("grouped", Boolean(same));
      below = li;
    }
    scroller.classList.toggle("begun", bubbles.size > 0);
    follow();
  }

  /** Show what is new from its beginning; never scrolls back up. */
  function follow() {
    const end = scroller.scrollHeight - scroller.clientHeight;
    if (following) {
      const start = first ? first.offsetTop - NEAR_PX : end;
      target = Math.max(scroller.scrollTop, Math.min(end, start));
      scroller.scrollTop = target;
    }
    scrolled();
  }

  function toEnd() {
    following = true;
    first = null;
    follow();
  }

  function scrolled() {
    const left = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
    atEnd = left < NEAR_PX;
    following = atEnd || scroller.scrollTop >= target - 8;
    jump.hidden = atEnd;
  }

  function makeBubble({ id, author, text, buttons = [], chart = [], path = [], speaker = null }, time) {
    const name = element("span", author === "staff" || speaker ? "author" : "visually-hidden");
    name.textContent = `${speaker || AUTHORS[author] || AUTHORS.assistant} : `;
    const words = element("p", "text");
    words.dir = "auto";
    const bubble = element("div", "bubble");
    bubble.append(name, words);
    if (path.length) {
      // the lines below the first say what is drawn: they are for who listens
      const [head, ...lines] = text.split("\n");
      words.append(head);
      bubble.append(element("p", "visually-hidden", lines.join("\n")), walked(path));
    } else words.append(...withLinks(text));
    if (chart.length) bubble.append(drawn(chart));
    const clock = element("time", "", CLOCK.format(time));
    clock.dateTime = new Date(time).toISOString();
    const meta = element("p", "meta");
    meta.append(clock);
    const li = element("li");
    Object.assign(li.dataset, { author, id, ...(speaker && { speaker }) });
    li.append(bubble, ...(buttons.length ? [choices(buttons)] : []), meta);
    return li;
  }

  function choices(buttons) {
    const group = element("div", "choices");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Réponses proposées");
    for (const choice of buttons) {
      const button = element("button", "reply", choice.title);
      button.type = "button";
      button.addEventListener("click", () => onReply(choice));
      group.append(button);
    }
    return group;
  }

  // what the server does not have yet stays last, as it will there
  function firstWaiting() {
    return list.querySelector('[data-state="queued"], [data-state="unsent"]');
  }

  /** Before which node: an answer and the stream may overtake one another. */
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

  /** A line with the date, where the day changes. */
  function separateDays(li) {
    if (!li || isDay(li.previousElementSibling)) return;
    const above = neighbour(li, "previous");
    const time = times.get(li);
    if (dayOf(time) === dayOf(above ? times.get(above) : Date.now())) return;
    const line = element("li", "day", DAY.format(time));
    line.dataset.day = dayOf(time);
    list.insertBefore(line, li);
  }

  function lastBubble() {
    const li = list.lastElementChild;
    return isBubble(li) ? li : neighbour(li, "previous");
  }

  return { add, quietly, confirm, setState, notice, clear, tidy, follow };
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Bars beside the text that says the same: a screen reader has no need of them. */
function drawn(chart) {
  const list = element("ul", "chart");
  list.setAttribute("aria-hidden", "true");
  for (const { label, text, share } of chart) {
    const line = element("li");
    const track = element("span", "track");
    const bar = element("span", "bar");
    bar.style.width = `${share}%`;
    track.append(bar);
    line.append(element("span", "label", label), track, element("span", "amount", text));
    list.append(line);
  }
  return list;
}

/** A practice from its first line to its last; again, the text says the same. */
function walked(path) {
  const list = element("ol", "path");
  list.setAttribute("aria-hidden", "true");
  for (const { label, mark } of path) {
    const line = element("li", "", label);
    line.dataset.mark = mark;
    list.append(line);
  }
  return list;
}

const dayOf = (time) => new Date(time).toDateString();
const clockOf = (li) => li.querySelector("time").textContent;
const isBubble = (li) => Boolean(li && li.dataset.author);
const isDay = (li) => Boolean(li && li.className === "day");

/** The nearest bubble on one side, past dates and notices. */
function neighbour(li, side) {
  do li = li && li[`${side}ElementSibling`];
  while (li && !isBubble(li));
  return li;
}
