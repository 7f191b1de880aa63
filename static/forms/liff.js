// Opens the form for who is logged in to LINE, and waits on the thank-you page for the cart's word.
// Nothing is kept here: the ID token goes to our server and nowhere else.
import "../console/js/errors.js";
import "../console/js/busy.js";

const SPARE_SECONDS = 60; // an ID token that runs out while it travels is as good as none
let root = document.querySelector("[data-liff]");
const part = (name) => root.querySelector(`[data-part="${name}"]`);

function show(name) {
  for (const each of root.querySelectorAll("[data-part]")) {
    each.hidden = each.dataset.part !== name;
    if (!each.hidden) each.classList.remove("no-js-only");
  }
}

// Where the login leads back to: this page, without what an earlier login left in the address.
function here() {
  const url = new URL(location.href);
  for (const name of [...url.searchParams.keys()]) if (/^(liff|code$|state$|friendship|error)/.test(name)) url.searchParams.delete(name);
  url.hash = "";
  return url.href;
}

// Outside the LINE app the SDK keeps an ID token beyond its end.
const stale = () => (window.liff.getDecodedIDToken()?.exp ?? 0) < Date.now() / 1000 + SPARE_SECONDS;

// Never twice in a row: a login that does not help must not turn into a loop.
function loginAgain() {
  if (window.liff.isInClient() || sessionStorage.getItem("tsunagi-login-again")) return false;
  sessionStorage.setItem("tsunagi-login-again", "1");
  window.liff.logout();
  window.liff.login({ redirectUri: here() });
  return true;
}

// The form as HTML, or null when the browser is on its way to LINE's login.
async function opened(url) {
  const { liff } = window;
  await liff.init({ liffId: root.dataset.liff });
  // In a plain browser the customer chooses: with LINE or without.
  if ("offersBrowser" in root.dataset && !liff.isInClient() && !liff.isLoggedIn()) throw new Error("not asked yet");
  if (!liff.isLoggedIn()) {
    liff.login({ redirectUri: here() });
    return null;
  }
  if (stale() && loginAgain()) return null;
  const body = new URLSearchParams({
    id_token: liff.getIDToken() ?? "",
    test: root.dataset.test ?? "",
    // What the link carried, for the questions that name it; and what is on the page already.
    query: new URL(here()).search,
    version: root.querySelector("form[data-answer]")?.dataset.version ?? "",
  });
  const answer = await fetch(url, { method: "POST", body, credentials: "same-origin" });
  if (answer.status === 401 && loginAgain()) return null;
  if (answer.ok) sessionStorage.removeItem("tsunagi-login-again");
  return { ok: answer.ok, html: await answer.text(), known: answer.headers.get("Content-Type")?.startsWith("text/html") };
}

async function enter() {
  show("wait");
  const form = await opened(root.dataset.open);
  if (!form) return;
  if (!form.known) throw new Error("no form");
  part("form").innerHTML = form.html;
  show("form");
  part("form").querySelector("[data-focus]")?.focus();
  arm();
}

// The page's ticket ran out: fetch a new one and leave alone what was typed.
async function renew() {
  const form = await opened(root.dataset.renew);
  if (!form?.ok) return;
  const fresh = new DOMParser().parseFromString(form.html, "text/html").querySelector("input[name=ticket]");
  const old = root.querySelector("input[name=ticket]");
  if (!fresh || !old) return;
  old.value = fresh.value;
  for (const each of root.querySelectorAll("[data-renewing]")) each.hidden = true;
  for (const each of root.querySelectorAll("[data-renewed]")) each.hidden = false;
  arm();
}

// A personal link knows to whom its mail went. Where LINE says that somebody else is here, the answer waits for a person.
let compared = Promise.resolve();
async function compareLogin() {
  const { liff } = window;
  await liff.init({ liffId: root.dataset.liff });
  if (!liff.isLoggedIn()) return;
  const body = new URLSearchParams({ id_token: liff.getIDToken() ?? "" });
  const answer = await fetch(root.dataset.login, { method: "POST", body, credentials: "same-origin" });
  const { ticket } = answer.ok ? await answer.json() : {};
  if (!ticket) return;
  root.querySelector("input[name=ticket]").value = ticket;
  root.querySelector("[data-other-login]").hidden = false;
}

// A question that waits for another's answer stands there only then. The server judges again.
function applyConditions() {
  for (const question of document.querySelectorAll("[data-when]")) {
    const asked = document.querySelector(`[data-question="${question.dataset.when}"]`);
    const chosen = [...(asked?.querySelectorAll("input:checked, select") ?? [])].map((each) => each.value);
    question.hidden = !question.dataset.choices.split(" ").some((choice) => chosen.includes(choice));
  }
}
document.addEventListener("change", applyConditions);

// The server takes no answer faster than a person can give one; a quick finger (or autofill) waits here.
let openedAt = 0;
function arm() {
  openedAt = performance.now();
  applyConditions();
  for (const form of document.querySelectorAll("form[data-answer]")) form.noValidate = true;
}
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target.closest("form[data-answer]");
    const left = form ? Number(form.dataset.fastest) * 1000 + 100 - (performance.now() - openedAt) : 0;
    if (!form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (left <= 0) {
      send(form, event.submitter);
      return;
    }
    if (form.dataset.waiting) return;
    form.dataset.waiting = "yes";
    const button = event.submitter;
    setTimeout(() => {
      delete form.dataset.waiting;
      form.requestSubmit(button);
    }, left);
  },
  true,
);

// The answer travels by fetch, so that a lost network loses nothing that was typed: it stays in the page, nowhere else.
// The ticket makes sending twice the same as once.
const TRIES = 3;
const LONGEST_WAIT = 120; // seconds that the page waits by itself when it is told to come again,
const LONGEST_LINE = 900; // or where it stands in a line
const LONGEST_LOOK = 3; // seconds for which LINE may say who is here
const pause = (seconds) => new Promise((next) => setTimeout(next, seconds * 1000));

function say(form, word) {
  const place = form.querySelector("[data-network]");
  if (!place) return;
  place.textContent = word ? place.dataset[word] : "";
  place.hidden = !word;
}

async function post(form, body) {
  const began = performance.now();
  for (let tries = 1; ; ) {
    try {
      const headers = { "X-Waits": "next" };
      const answer = await fetch(form.action, { method: "POST", body, headers, credentials: "same-origin" });
      const wait = answer.status === 429 ? Number(answer.headers.get("Retry-After")) : 0;
      const most = answer.headers.has("X-Turn") ? LONGEST_LINE : LONGEST_WAIT;
      if (!wait || performance.now() - began > (most - wait) * 1000) return answer;
      say(form, "busy");
      await pause(wait);
    } catch {
      if (tries === TRIES) return null;
      say(form, "again");
      await pause(tries * 2);
      tries += 1;
    }
  }
}

async function send(form, button) {
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  button?.setAttribute("aria-busy", "true");
  await Promise.race([compared, pause(LONGEST_LOOK)]);
  const body = new URLSearchParams(new FormData(form));
  if (button?.name) body.append(button.name, button.value);
  const answer = await post(form, body);
  const next = answer?.headers.get("X-Next");
  if (next) {
    location.assign(next);
    return;
  }
  const html = answer ? await answer.text().catch(() => "") : "";
  delete form.dataset.sending;
  button?.removeAttribute("aria-busy");
  if (!answer || answer.status >= 500 || !html.includes("<main")) {
    say(form, "lost");
    return;
  }
  showAgain(html);
}

// The page that came back, with everything that was typed, takes the place of this one.
function showAgain(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.title = page.title;
  document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
  root = document.querySelector("[data-liff]");
  start();
  document.querySelector("[data-errors]")?.focus();
}

// Seven digits of a postal code fill the address, unless somebody wrote one.
let filled = "";
let asked = "";
document.addEventListener("input", async (event) => {
  const input = event.target.closest?.("[data-postal]");
  const code = input?.value.normalize("NFKC").replace(/\D/g, "");
  if (!input || code.length !== 7 || code === asked) return;
  asked = code;
  const form = input.form;
  const body = new URLSearchParams({ code, ticket: form.elements.ticket.value });
  const answer = await fetch(form.dataset.postalUrl, { method: "POST", body, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) {
    asked = "";
    return;
  }
  const { address } = await answer.json();
  const said = form.querySelector("[data-postal-said]");
  const street = form.elements.address;
  if (!street) return;
  if (!address) said.textContent = said.dataset.none;
  if (!address || (street.value && street.value !== filled)) return;
  street.value = filled = address;
  said.textContent = said.dataset.found;
});

// One width as soon as a field is left, so that the customer sees what is sent.
const DASHES = /[‐‑‒–—―−ー─━－]/g;
document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("input[type=tel]")) event.target.value = event.target.value.replace(DASHES, "-").normalize("NFKC");
});

// Unfolding a known value puts the cursor where the new one is typed.
document.addEventListener("click", (event) => {
  const folded = event.target.closest?.("details.kept > summary")?.parentElement;
  if (folded && !folded.open) setTimeout(() => folded.querySelector("input")?.focus());
});

async function awaitResult(place) {
  const end = performance.now() + Number(place.dataset.patience) * 1000;
  for (let wait = 0.3; performance.now() < end && place.querySelector("[data-waits]"); wait *= 1.5) {
    await pause(wait);
    const answer = await fetch(place.dataset.result, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) continue;
    const html = await answer.text();
    if (!html.includes("data-waits")) place.innerHTML = html;
  }
}

const failed = () => show("outside");
function start() {
  if (root?.dataset.open) enter().catch(failed);
  else if (root?.dataset.renew) renew().catch(() => {});
  else if (root?.dataset.login) compared = compareLogin().catch(() => {});
  arm();
}

// A page that answers a POST cannot be gone back to; as the address alone it can.
if (root && document.querySelector("[data-errors], [data-renewing]")) history.replaceState(null, "", location.href);
if (root && !root.dataset.open && !root.dataset.renew && part("wait") && !part("wait").hidden) {
  window.liff ? window.liff.init({ liffId: root.dataset.liff }).catch(failed) : failed();
}
start();
for (const place of document.querySelectorAll("[data-result]")) awaitResult(place);
