// The chat page: what a person writes leaves in order and is never lost; what is answered comes in once.

import { makeLog } from "./log.js";
import { backoff, listen, makeNap, newId, openSession, postMessage, readMessages } from "./net.js";
import * as store from "./store.js";

const $ = (id) => document.getElementById(id);
const input = $("message");
const menu = $("menu");
const dialog = $("confirm");
// where Enter is a key of the screen, it makes a new line and the button sends
const onTouchScreen = matchMedia("(hover: none) and (pointer: coarse)").matches;

const STALE_MS = 20000;
const LOST_MS = 3000;
const TYPING_MS = 200;
// somebody who types is announced at least this often
const STAFF_TYPING_MS = 6000;
const DOUBLE_PRESS_MS = 1000;
const LIMIT = 4000;
const LIMIT_NEAR = 400;
const DOOR_CODE = /^ici-[a-z0-9]{4,8}$/i;

const log = makeLog({ list: $("log").firstChild, scroller: $("scroller"), jump: $("jump"), onReply: press });

let session = store.session();
// the conversation was read, up to this message; answers to a POST do not count: something may precede them
let loaded = false;
let cursor = null;
let newest = null; // of our messages that the server has
let listening = null; // AbortController, as `sending`
const listenNap = makeNap();
let link = ""; // of the stream: "", "open", "lost"

const queue = store.unsent();
let pumping = false;
let sending = null;
let sendFailures = 0;
const sendNap = makeNap();

// -- sending

function send(content) {
  const item = { id: newId(), ...content, at: Date.now() };
  queue.push(item);
  store.keepUnsent(item);
  showUnsent(item);
  log.tidy();
  pump();
}

function showUnsent({ id, text, title, at }) {
  log.add({ id, author: "person", text: title || text, sent_at: new Date(at).toISOString() }, "queued");
}

async function pump() {
  if (pumping) return;
  pumping = true;
  while (queue.length) {
    const item = queue[0];
    try {
      await deliver(item);
    } catch (error) {
      // it may have gone meanwhile: the stream showed it, or the person left the conversation
      if (queue.includes(item)) await afterFailure(item, error);
    }
  }
  pumping = false;
  showTyping(false);
}

async function deliver({ id, text, payload }) {
  showTyping(sendFailures === 0);
  const controller = new AbortController();
  sending = controller;
  await ensureSession(controller);
  const replies = await postMessage(session.token, payload ? { id, payload } : { id, text }, controller);
  if (controller.signal.aborted) return;
  sendFailures = 0;
  accepted(id, replies.length ? replies[0].sent_at : "");
  for (const reply of replies) log.add(reply);
  log.tidy();
  showStatus();
}

async function ensureSession(controller) {
  // another tab may have opened one
  session = session || store.session();
  if (!session) {
    const opened = await openSession(controller);
    if (controller.signal.aborted) return;
    session = opened;
    store.keepSession(session);
    loaded = true;
  }
  listenNap.wake();
}

function afterFailure(item, error) {
  if (error.final) return refuse(item);
  if (error.status === 401 && session) sessionLost(session.token);
  sendFailures += 1;
  if (error.status === 401 && sendFailures === 1) return undefined;
  log.setState(item.id, "unsent");
  showTyping(false);
  showStatus();
  return sendNap.sleep(backoff(sendFailures));
}

/** The server has the message: forget our copy. */
function accepted(id, sentAt) {
  drop(id);
  log.confirm(id, sentAt);
  newest = id;
  if (!loaded || cursor !== null) return;
  cursor = id;
  listenNap.wake();
}

function drop(id) {
  const at = queue.findIndex((item) => item.id === id);
  if (at < 0) return;
  queue.splice(at, 1);
  store.dropUnsent(id);
}

/** Sending it again would not help: the text goes back to where it can be changed. */
function refuse({ id, text, title }) {
  drop(id);
  log.setState(id, "refused");
  input.value = [input.value, text || title].filter(Boolean).join("\n");
  edited();
}

// -- hearing

/** Read what is new, then listen, and begin again when that breaks. */
async function keepListening() {
  for (let failures = 0; ; ) {
    if (!mayListen()) {
      await listenNap.sleep();
      continue;
    }
    const { token } = session;
    listening = new AbortController();
    const onOpen = () => {
      failures = 0;
      linkChanged("open");
    };
    try {
      await readNews(token);
      const onMessage = (message) => heard([message]);
      if (cursor !== null) await listen(token, cursor, listening, { onOpen, onMessage, onTyping: staffTypes });
    } catch (error) {
      if (error.status === 401) sessionLost(token);
      // what we heard last is not in this conversation: read it from the start
      if (error.status === 404) forgetPlace();
    }
    if (!mayListen()) continue;
    linkChanged("lost");
    failures += 1;
    await listenNap.sleep(backoff(failures));
  }
}

/** A conversation without any message yet has nothing to listen after. */
function mayListen() {
  return session !== null && !(loaded && cursor === null);
}

async function readNews(token) {
  const controller = listening;
  const since = cursor;
  const messages = await readMessages(token, since, controller);
  if (controller.signal.aborted) return;
  loaded = true;
  if (since === null) log.quietly(() => heard(messages));
  else heard(messages);
  cursor = cursor || newest;
}

function heard(messages) {
  for (const message of messages) {
    cursor = message.id;
    if (message.author === "staff") staffTyped();
    if (message.author === "person") accepted(message.id, message.sent_at);
    log.add(message);
  }
  log.tidy();
}

function forgetPlace() {
  loaded = false;
  cursor = newest = null;
}

function reconnect() {
  sendFailures = 0;
  sendNap.wake();
  if (listening) listening.abort();
  listenNap.wake();
  showStatus();
}

let hiddenAt = 0;
/** A phone that slept does not know yet that its connections are gone. */
function visibilityChanged() {
  if (document.hidden) hiddenAt = Date.now();
  else if (Date.now() - hiddenAt > STALE_MS || link === "lost" || sendFailures) reconnect();
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
  forgetPlace();
  if (listening) listening.abort();
  linkChanged("");
}

/** Phones are shared: nothing of the conversation stays on this one. */
function startAgain() {
  if (sending) sending.abort();
  queue.length = 0;
  sendFailures = 0;
  sendNap.wake();
  leaveSession();
  store.forgetAll();
  log.clear();
  input.value = "";
  edited();
  focusInput();
}

/** Another tab left or opened a conversation: show the same one. */
function storageChanged({ key }) {
  if (key !== null && key !== store.SESSION) return;
  const kept = store.session();
  if (kept && (queue.length || (session && session.token === kept.token))) return;
  if (kept || session) location.reload();
}

// -- what the page says about itself

let lostTimer = 0;
function linkChanged(state) {
  clearTimeout(lostTimer);
  const change = () => {
    link = state;
    showStatus();
  };
  // a short cut, as when the server restarts, is nobody's concern
  if (state === "lost") lostTimer = setTimeout(change, LOST_MS);
  else change();
}

function showStatus() {
  const [kind, text] = currentStatus();
  $("status").dataset.kind = kind;
  say("status", text);
}

function say(id, text) {
  // the same text again would be read aloud again
  if ($(id).textContent !== text) $(id).textContent = text;
}

function currentStatus() {
  if (navigator.onLine === false) return ["off", "Hors ligne : ça partira au retour du réseau."];
  if (sendFailures > 0 || link === "lost") return ["off", "Connexion perdue, nouvel essai bientôt."];
  return link === "open" ? ["on", "Connecté"] : ["", ""];
}

let typingTimer = 0;
function showTyping(on, words = "Déclic écrit…") {
  clearTimeout(typingTimer);
  if (on === !$("typing").hidden) return;
  typingTimer = setTimeout(() => {
    $("typing").hidden = !on;
    say("typing-text", on ? words : "");
    log.follow();
  }, on ? TYPING_MS : 0);
}

let staffTimer = 0;
/** Somebody of the team types: said again every few seconds, for as long as they do. */
function staffTypes() {
  clearTimeout(staffTimer);
  staffTimer = setTimeout(staffTyped, STAFF_TYPING_MS);
  showTyping(true, "Quelqu'un de l'équipe écrit…");
}

function staffTyped() {
  clearTimeout(staffTimer);
  showTyping(false);
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

/** The code of a door's poster, for the person to send. A link puts nothing else into the box, and only once. */
function scannedCode() {
  const code = new URLSearchParams(location.search).get("code") || "";
  if (code) history.replaceState(null, "", location.pathname);
  return DOOR_CODE.test(code) ? code.toUpperCase() : "";
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
  if (left > LIMIT_NEAR) say("limit", "");
  else if (left > 0) say("limit", `Il te reste au plus ${Math.ceil(left / 100) * 100} caractères.`);
  else say("limit", "4 000 caractères, c'est le maximum : envoie la suite à part.");
}

let lastPress = {};
/** A nervous double press counts once. */
function press({ title, payload }) {
  if (lastPress.title === title && Date.now() - lastPress.at < DOUBLE_PRESS_MS) return;
  lastPress = { title, at: Date.now() };
  send(payload ? { title, payload } : { text: title });
}

// -- menu and viewport

function closeMenu() {
  menu.open = false;
  menu.firstElementChild.focus();
}

function askToStartAgain() {
  closeMenu();
  // older browsers have no dialog
  if (dialog.showModal) dialog.showModal();
  else if (window.confirm($("confirm-text").textContent)) startAgain();
}

function dialogClosed() {
  if (dialog.returnValue === "yes") startAgain();
  dialog.returnValue = "";
}

/** Safari lays its keyboard over the page: fit into what is left, unless the person zoomed in. */
function fitViewport() {
  const { scale, height, offsetTop } = window.visualViewport;
  const { style } = document.documentElement;
  style.setProperty("--height", scale > 1.01 ? "" : `${height}px`);
  style.setProperty("--top", scale > 1.01 ? "" : `${offsetTop}px`);
}

function wire() {
  const on = (target, name, handler) => target.addEventListener(name, handler);
  on($("composer"), "submit", submit);
  on(input, "keydown", keyPressed);
  on(input, "input", edited);
  // pressing the button does not close the keyboard
  on($("send"), "mousedown", (event) => event.preventDefault());
  for (const starter of document.querySelectorAll(".starter")) {
    on(starter, "click", () => press({ title: starter.textContent }));
  }
  on($("new-conversation"), "click", askToStartAgain);
  on(dialog, "close", dialogClosed);
  on(menu, "keydown", ({ key }) => key === "Escape" && closeMenu());
  on(document, "click", ({ target }) => (menu.open = menu.open && menu.contains(target)));
  on(document, "visibilitychange", visibilityChanged);
  on(window, "online", reconnect);
  on(window, "offline", showStatus);
  on(window, "storage", storageChanged);
  const view = window.visualViewport;
  if (!view) return;
  on(view, "resize", fitViewport);
  on(view, "scroll", fitViewport);
  fitViewport();
}

function start() {
  wire();
  // what was typed before this script came counts too
  input.value = scannedCode() || input.value || store.draft();
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
