// After sending, inside LINE: LINE's own sheet to add the shop's account as a friend, or to unblock it.
// LIFF has it since 2.28, in a view of full size, for an account that is linked to the login channel.
// It does not say what the customer did; the webhook tells us. Whatever fails, the link on the page remains.
const card = document.querySelector("[data-befriend]");

async function askForFriendship({ liff } = window) {
  if (!liff) return;
  await liff.init({ liffId: card.dataset.befriend });
  const can = typeof liff.requestFriendship === "function" && liff.isInClient() && liff.getContext()?.viewType === "full";
  if (!can || !liff.isLoggedIn()) return;
  await liff.requestFriendship();
  const { friendFlag } = await liff.getFriendship();
  if (!friendFlag) return;
  card.querySelector("[data-asking]").hidden = true;
  card.querySelector("[data-befriended]").hidden = false;
  card.classList.add("ok");
}

if (card) askForFriendship().catch(() => {});
