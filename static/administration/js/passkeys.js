// Passkeys: the browser is asked, and what it answers is sent in the form's hidden field.
const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const decoded = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

async function create({ publicKey }) {
  const user = { ...publicKey.user, id: toBytes(publicKey.user.id) };
  const selection = { ...publicKey.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
  const made = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      user,
      challenge: toBytes(publicKey.challenge),
      excludeCredentials: decoded(publicKey.excludeCredentials),
      authenticatorSelection: selection,
    },
  });
  return describe(made, {
    attestationObject: toText(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  });
}

async function get({ publicKey }) {
  const found = await navigator.credentials.get({
    publicKey: { ...publicKey, challenge: toBytes(publicKey.challenge), allowCredentials: decoded(publicKey.allowCredentials) },
  });
  const { authenticatorData, signature, userHandle } = found.response;
  return describe(found, {
    authenticatorData: toText(authenticatorData),
    signature: toText(signature),
    userHandle: userHandle ? toText(userHandle) : null,
  });
}

const describe = (credential, response) => ({
  type: credential.type,
  id: credential.id,
  rawId: toText(credential.rawId),
  clientExtensionResults: credential.getClientExtensionResults(),
  response: { clientDataJSON: toText(credential.response.clientDataJSON), ...response },
});

async function fetchOptions(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()).request_options;
}

function say(form, text) {
  const line = form.querySelector("[data-passkey-said]");
  line.textContent = text;
  line.hidden = !text;
}

// A passkey belongs to a domain; an address of digits is none.
const isNumeric = () => /^[\d.]+$|^\[/.test(location.hostname);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey]");
  if (!button) return;
  const { form } = button;
  say(form, "");
  if (isNumeric() && button.dataset.numeric) {
    say(form, button.dataset.numeric);
    return;
  }
  button.disabled = true;
  try {
    const options = button.dataset.passkey === "login" ? await fetchOptions(form) : JSON.parse(button.dataset.options);
    const answer = button.dataset.passkey === "create" ? await create(options) : await get(options);
    form.querySelector("[name=credential], [name=confirm-credential]").value = JSON.stringify(answer);
    form.requestSubmit();
  } catch {
    say(form, button.dataset.failed);
    button.disabled = false;
  }
});
