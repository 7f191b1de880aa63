// Stands in for https://static.line-scdn.net/liff/edge/2/sdk.js. The part of the LIFF SDK that a form page uses.
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector('script[src$="/liff/sdk.js"]');
  const base = new URL(script.src).origin;
  let held = null; // {liffId, id_token, access_token, client, back}
  let settle;
  const ready = new Promise((resolve) => { settle = resolve; });

  const failed = (code, message) => Object.assign(new Error(message), { name: "LiffError", code });
  const store = (liffId) => `sandbox-liff:${liffId}`;

  const decode = (token) => {
    const part = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  };

  // Tokens come once, in the fragment. They leave the address before anything else can read it.
  const takeFragment = (liffId) => {
    const given = new URLSearchParams(location.hash.slice(1));
    if (!given.has("id_token")) return;
    held = { liffId, ...Object.fromEntries(given) };
    sessionStorage.setItem(store(liffId), JSON.stringify(held));
    history.replaceState(history.state, "", location.pathname + location.search);
  };

  const inside = () => {
    if (!held) throw failed("UNAUTHORIZED", "liff.init() または liff.login() がまだです。");
    return held;
  };

  const ask = async (path, method = "GET") => {
    const answer = await fetch(base + path, { method, headers: { Authorization: `Bearer ${inside().access_token}` } });
    if (!answer.ok) throw failed(String(answer.status), (await answer.json()).message);
    return answer.json();
  };

  const liff = {
    id: null,
    ready,

    async init({ liffId, withLoginOnExternalBrowser = false } = {}, done, fail) {
      try {
        if (!liffId) throw failed("INVALID_CONFIG", "liffId is necessary for liff.init()");
        liff.id = liffId;
        takeFragment(liffId);
        held = held || JSON.parse(sessionStorage.getItem(store(liffId)) || "null");
        const state = new URLSearchParams(location.search).get("liff.state");
        if (state) {
          // The second step: endpoint + path. Nothing runs on this page any more.
          location.replace(location.origin + location.pathname.replace(/\/$/, "") + state);
          return new Promise(() => {});
        }
        if (!held && withLoginOnExternalBrowser) {
          liff.login();
          return new Promise(() => {});
        }
      } catch (error) {
        if (fail) fail(error);
        throw error;
      }
      settle();
      if (done) done();
    },

    isLoggedIn: () => held !== null,

    login({ redirectUri = location.href } = {}) {
      if (!liff.id) throw failed("INVALID_CONFIG", "liff.init() を先に呼んでください。");
      location.assign(`${base}/liff/login?${new URLSearchParams({ liff_id: liff.id, redirect_uri: redirectUri })}`);
    },

    logout() {
      if (liff.id) sessionStorage.removeItem(store(liff.id));
      held = null;
    },

    isInClient: () => held?.client === "line",
    getIDToken: () => held?.id_token ?? null,
    getDecodedIDToken: () => (held ? decode(held.id_token) : null),
    getAccessToken: () => held?.access_token ?? null,
    getProfile: () => ask("/v2/profile"),
    getFriendship: () => ask("/friendship/v1/status"),

    // As since 2.28: LINE's own sheet, in a view of full size, for the account that is linked to the login channel.
    async requestFriendship() {
      if (!liff.isInClient() || liff.getContext().viewType !== "full") throw failed("FORBIDDEN", "requestFriendship is not allowed");
      const { friendFlag } = await liff.getFriendship();
      if (friendFlag) return;
      const sheet = document.body.appendChild(document.createElement("dialog"));
      sheet.dataset.sandboxFriendship = "";
      sheet.setAttribute("aria-label", "LINE");
      const add = sheet.appendChild(document.createElement("button"));
      const leave = sheet.appendChild(document.createElement("button"));
      add.textContent = "公式アカウントを友だち追加";
      leave.textContent = "閉じる";
      sheet.showModal();
      const added = await new Promise((resolve) => {
        add.addEventListener("click", () => resolve(true));
        leave.addEventListener("click", () => resolve(false));
        sheet.addEventListener("cancel", () => resolve(false));
      });
      sheet.remove();
      if (added) await ask("/liff/friendship", "POST");
    },

    closeWindow() {
      // There is no LINE app to go back to: the phone page takes its place.
      if (held?.back) location.assign(held.back);
      else window.close();
    },

    openWindow({ url }) { window.open(url, "_blank", "noopener"); },
    getOS: () => "web",
    getLanguage: () => navigator.language,
    getAppLanguage: () => "ja",
    getVersion: () => "2.30.0",
    getLineVersion: () => (liff.isInClient() ? "15.0.0" : null),
    getContext: () => (held ? { type: liff.isInClient() ? "utou" : "external", viewType: "full", userId: decode(held.id_token).sub } : null),
    isApiAvailable: () => false,
  };

  window.liff = liff;
})();
