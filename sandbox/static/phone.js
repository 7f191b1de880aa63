// Shows new bubbles without a reload: asks for the conversation each second and swaps it only when it changed.
const talk = document.querySelector("[data-talk]");
const toEnd = () => { talk.scrollTop = talk.scrollHeight; };
let shown = talk.innerHTML;
toEnd();

const refresh = async () => {
  try {
    const answer = await fetch(talk.dataset.talk, { headers: { Accept: "text/html" } });
    const text = answer.ok ? await answer.text() : shown;
    if (text.trim() !== shown.trim()) {
      talk.innerHTML = text;
      shown = text;
      toEnd();
    }
  } catch { /* the sandbox is being restarted: ask again in a second */ }
  setTimeout(refresh, 1000);
};
setTimeout(refresh, 1000);
