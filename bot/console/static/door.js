// The sheet at the door: a tap is sent in the background, and the page takes in what the server then shows.
// Without this, or when it fails, the same forms and buttons do the same.

async function tap(form, button) {
  const failed = document.querySelector("#failed");
  const body = new FormData(form, button);
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const line = page.getElementById(form.parentElement.id);
    if (!line) return location.reload(); // logged out meanwhile, or the line is gone
    form.parentElement.replaceChildren(...line.children);
    document.querySelector("#count").textContent = page.querySelector("#count").textContent;
    document.getElementById(line.id).querySelector(`button[value="${button.value}"]`)?.focus();
    failed.hidden = true;
  } catch {
    failed.hidden = false;
    delete form.dataset.sent;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.closest(".door") || !event.submitter) return;
  event.preventDefault();
  tap(form, event.submitter);
}, { capture: true });
