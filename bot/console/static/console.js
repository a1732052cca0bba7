// What the pages of the console do beyond plain links and forms; every page works without it.

/** Sends a form in the background. */
export function post(path, fields = {}) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return fetch(path, { method: "POST", body, headers: { "X-Form-Token": document.body.dataset.formToken || "" } });
}

// a form is sent once, however often its button is pressed; the page that comes back is a new one
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
