// The chat page: what a person writes leaves in order and is never lost; what is answered comes in once.

import { makeLog } from "./log.js";
import { backoff, listen, makeNap, newId, openSession, postMessage, readMessages } from "./net.js";
import * as store from "./store.js";

const $ = (id) => document.getElementById(id);
const input = $("message");
const root = document.documentElement;
// where Enter is a key of the screen, it makes a new line and the button sends
const onTouchScreen = matchMedia("(hover: none) and (pointer: coarse)").matches;

const HIDDEN_MS = 60000;
const LOST_MS = 3000;
const TYPING_MS = 200;
const DOUBLE_PRESS_MS = 1000;
const LIMIT = 4000;
const LIMIT_NEAR = 400;

const log = makeLog({ list: $("log"), scroller: $("scroller"), jump: $("jump"), onReply: press, onRetake: retake });

let session = store.session();
// the conversation was read, and up to which message; answers to POST do not count: something may precede them
let loaded = false;
let cursor = null;
const queue = store.unsent();
let sending = null; // AbortController of the request under way
let pumping = false;
let sendFailures = 0;
const sendNap = makeNap();
let listening = null;
let asleep = false;
const listenNap = makeNap();
let link = ""; // of the stream: "", "open", "lost"
let lostTimer = 0;

// -- sending

function send(content) {
  const item = { id: newId(), ...content, at: Date.now() };
  queue.push(item);
  store.keepUnsent(item);
  showUnsent(item);
  log.tidy();
  pump();
}

function showUnsent({ id, text, title, at, refused }) {
  const message = { id, author: "person", text: title || text || "", sent_at: new Date(at).toISOString() };
  log.add(message, refused ? "refused" : "queued");
}

/** Send what waits, one after the other. */
async function pump() {
  if (pumping) return;
  pumping = true;
  for (let item = nextItem(); item; item = nextItem()) {
    const failure = await deliver(item);
    if (failure && queue.includes(item)) await afterFailure(item, failure);
  }
  pumping = false;
  showTyping(false);
}

function nextItem() {
  return queue.find((item) => !item.refused);
}

/** One try. Gives back what went wrong, if anything did. */
async function deliver(item) {
  showTyping(sendFailures === 0);
  const controller = new AbortController();
  sending = controller;
  try {
    await ensureSession(controller);
    const body = item.payload ? { id: item.id, payload: item.payload } : { id: item.id, text: item.text };
    const replies = await postMessage(session.token, body, controller);
    // the conversation was left meanwhile
    if (sending !== controller) return null;
    sendFailures = 0;
    accepted(item.id, replies.length ? replies[0].sent_at : null);
    replies.forEach((reply) => log.add(reply));
    log.tidy();
    showStatus();
    return null;
  } catch (error) {
    return error;
  }
}

async function ensureSession(controller) {
  // another tab may have opened one
  session = session || store.session();
  if (session) return;
  const opened = await openSession(controller);
  if (sending !== controller) return;
  session = opened;
  store.keepSession(session);
  loaded = true;
  cursor = null;
}

async function afterFailure(item, error) {
  if (error.final) return refuse(item);
  sendFailures += 1;
  if (error.status === 401) {
    sessionLost(session.token);
    if (sendFailures === 1) return;
  }
  log.setState(item.id, "unsent");
  log.follow();
  showTyping(false);
  showStatus();
  await sendNap.sleep(backoff(sendFailures));
}

/** The server has the message: forget our copy. */
function accepted(id, sentAt) {
  dropItem(id);
  log.confirm(id, sentAt);
  if (loaded && cursor === null) {
    cursor = id;
    listenNap.wake();
  }
}

function dropItem(id) {
  const at = queue.findIndex((item) => item.id === id);
  if (at >= 0) queue.splice(at, 1);
  store.dropUnsent(id);
}

function refuse(item) {
  item.refused = true;
  store.keepUnsent(item);
  log.setState(item.id, "refused");
  log.follow();
}

/** Put a refused text back where it can be changed. */
function retake(id) {
  const item = queue.find((each) => each.id === id);
  dropItem(id);
  log.remove(id);
  log.tidy();
  input.value = [input.value, item && (item.text || item.title)].filter(Boolean).join("\n");
  edited();
  input.focus();
}

// -- hearing

/** For as long as the page lives: read what is new, then listen, and begin again when that breaks. */
async function keepListening() {
  for (let failures = 0; ; ) {
    if (!mayListen()) {
      await listenNap.sleep();
      continue;
    }
    const { token } = session;
    listening = new AbortController();
    try {
      await readNews(token, listening);
      if (cursor !== null) {
        await listen(token, cursor, listening, {
          onOpen: () => {
            failures = 0;
            linkChanged(true);
          },
          onMessage: (message) => {
            heard([message]);
            log.tidy();
          },
        });
      }
    } catch (error) {
      if (error.status === 401) sessionLost(token);
      // our last message is not in this conversation: read it from the start
      if (error.status === 404) cursor = null;
    }
    if (!mayListen()) continue;
    linkChanged(false);
    failures += 1;
    await listenNap.sleep(backoff(failures));
  }
}

/** A conversation without any message yet has nothing to listen after. */
function mayListen() {
  return session !== null && !asleep && !(loaded && cursor === null);
}

async function readNews(token, controller) {
  const since = cursor;
  const messages = await readMessages(token, since, controller);
  if (!session || session.token !== token) return;
  loaded = true;
  heard(messages, since === null);
  if (since !== null) log.tidy();
}

function heard(messages, history = false) {
  if (history) log.addHistory(messages);
  for (const message of messages) {
    cursor = message.id;
    if (message.author === "person") accepted(message.id, message.sent_at);
    log.add(message);
  }
}

function reconnect() {
  sendFailures = 0;
  sendNap.wake();
  if (listening) listening.abort();
  listenNap.wake();
}

/** A hidden page costs data and battery for nothing; it catches up when it is seen again. */
let hiddenTimer = 0;
function visibilityChanged() {
  clearTimeout(hiddenTimer);
  if (document.hidden) {
    hiddenTimer = setTimeout(() => {
      asleep = true;
      if (listening) listening.abort();
    }, HIDDEN_MS);
    return;
  }
  asleep = false;
  sendNap.wake();
  listenNap.wake();
}

// -- the session

function sessionLost(token) {
  if (!session || session.token !== token) return;
  leaveSession();
  store.keepSession(null);
  log.notice("Ta conversation précédente n'est plus disponible. On en commence une nouvelle.");
}

function leaveSession() {
  session = null;
  loaded = false;
  cursor = null;
  if (listening) listening.abort();
  clearTimeout(lostTimer);
  link = "";
  showStatus();
}

/** Phones are shared: nothing of the conversation stays on this one. */
function startAgain() {
  if (sending) sending.abort();
  sending = null;
  queue.length = 0;
  sendFailures = 0;
  leaveSession();
  store.forgetAll();
  log.clear();
  input.value = "";
  edited();
  sendNap.wake();
  focusInput();
}

/** Another tab left or opened a conversation: show the same one. */
function storageChanged({ key }) {
  if (key !== null && key !== store.SESSION_KEY) return;
  const kept = store.session();
  const same = (kept && kept.token) === (session && session.token);
  if (!same && !(kept && queue.length)) location.reload();
}

// -- what the page says about itself

function linkChanged(open) {
  clearTimeout(lostTimer);
  const change = () => {
    link = open ? "open" : "lost";
    showStatus();
  };
  // a short cut, as when the server restarts, is nobody's concern
  if (open) change();
  else lostTimer = setTimeout(change, LOST_MS);
}

function showStatus() {
  const [kind, text] = currentStatus();
  const status = $("status");
  status.dataset.kind = kind;
  // the same text again would be read aloud again
  if (status.textContent !== text) status.textContent = text;
}

function currentStatus() {
  if (navigator.onLine === false) return ["off", "Hors ligne. Tes messages partiront au retour du réseau."];
  if (sendFailures > 0 || link === "lost") return ["off", "Connexion perdue, nouvel essai bientôt."];
  return link === "open" ? ["on", "Connecté"] : ["", ""];
}

let typingTimer = 0;
function showTyping(on) {
  clearTimeout(typingTimer);
  if (on !== $("typing").hidden) return;
  const change = () => {
    $("typing").hidden = !on;
    $("typing-text").textContent = on ? "Déclic écrit…" : "";
    log.follow();
  };
  if (on) typingTimer = setTimeout(change, TYPING_MS);
  else change();
}

// -- writing

function submit(event) {
  event.preventDefault();
  const text = input.value.trim();
  if (text) {
    send({ text });
    input.value = "";
    edited();
  }
  focusInput();
}

function focusInput() {
  // on a phone this would bring up the keyboard over the answer
  if (!onTouchScreen) input.focus();
}

function keyPressed(event) {
  const composing = event.isComposing || event.keyCode === 229;
  if (event.key === "Enter" && !event.shiftKey && !composing && !onTouchScreen) submit(event);
}

function edited() {
  store.keepDraft(input.value);
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + input.offsetHeight - input.clientHeight}px`;
  showLimit(LIMIT - input.value.length);
}

/** In steps of a hundred, so that a screen reader does not count each key. */
function showLimit(left) {
  let text = "";
  if (left <= 0) text = "4 000 caractères : c'est le maximum. Envoie la suite à part.";
  else if (left <= LIMIT_NEAR) text = `Il te reste moins de ${Math.ceil((left + 1) / 100) * 100} caractères.`;
  if ($("limit").textContent !== text) $("limit").textContent = text;
}

let lastPress = { key: "", at: 0 };
/** A nervous double press counts once. */
function press({ title, payload }) {
  const key = payload || title;
  if (lastPress.key === key && Date.now() - lastPress.at < DOUBLE_PRESS_MS) return;
  lastPress = { key, at: Date.now() };
  send(payload ? { title, payload } : { text: title });
}

// -- menu and viewport

function closeMenu() {
  $("menu").open = false;
}

function askToStartAgain() {
  closeMenu();
  const dialog = $("confirm");
  // older browsers have no dialog
  if (dialog.showModal) dialog.showModal();
  else if (window.confirm(`${$("confirm-title").textContent}\n${$("confirm-text").textContent}`)) startAgain();
}

function dialogClosed() {
  const dialog = $("confirm");
  if (dialog.returnValue === "yes") startAgain();
  dialog.returnValue = "";
}

/** Safari lays its keyboard over the page; what is left is the visual viewport, unless the person zoomed in. */
function fitViewport() {
  const view = window.visualViewport;
  const zoomed = view.scale > 1.01;
  root.style.setProperty("--height", zoomed ? "" : `${view.height}px`);
  root.style.setProperty("--top", zoomed ? "" : `${view.offsetTop}px`);
}

function wire() {
  $("composer").addEventListener("submit", submit);
  input.addEventListener("keydown", keyPressed);
  input.addEventListener("input", edited);
  // pressing the button does not close the keyboard
  $("send").addEventListener("mousedown", (event) => event.preventDefault());
  document.querySelectorAll(".starter").forEach((starter) => {
    starter.addEventListener("click", () => press({ title: starter.textContent }));
  });
  $("new-conversation").addEventListener("click", askToStartAgain);
  $("confirm").addEventListener("close", dialogClosed);
  document.addEventListener("click", (event) => $("menu").contains(event.target) || closeMenu());
  $("menu").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    closeMenu();
    $("menu").querySelector("summary").focus();
  });
  document.addEventListener("visibilitychange", visibilityChanged);
  window.addEventListener("online", reconnect);
  window.addEventListener("online", showStatus);
  window.addEventListener("offline", showStatus);
  window.addEventListener("storage", storageChanged);
  if (window.visualViewport) {
    window.visualViewport.addEventListener("resize", fitViewport);
    window.visualViewport.addEventListener("scroll", fitViewport);
    fitViewport();
  }
}

function start() {
  wire();
  if (onTouchScreen) input.enterKeyHint = "enter";
  // what was typed before this script came counts too
  input.value = input.value || store.draft();
  edited();
  $("send").disabled = false;
  queue.forEach(showUnsent);
  log.tidy();
  showStatus();
  focusInput();
  pump();
  keepListening();
}

start();
