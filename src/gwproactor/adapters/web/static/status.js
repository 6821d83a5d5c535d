// Keeps the status page up to date by the node's server-sent events, or at least by asking for the
// page again, and says so when it cannot.
"use strict";

const AGAIN_MS = 2000;
// The node sends once a second: after so much silence it hangs, or the way to it is cut.
const SILENCE_MS = 5000;
// How often the page asks for itself where it gets no events.
const RENEW_MS = 10000;

const live = document.getElementById("live");
const main = document.getElementById("status");

let source = null;
let again = 0;
let attempt = 0;
let askedAt = 0;
let heardAt = Date.now();
let isLost = false;
let ending = "";

function connect() {
  drop();
  askedAt = Date.now();
  source = new EventSource("events");
  source.addEventListener("status", (event) => hear(JSON.parse(event.data)));
  source.addEventListener("full", (event) => renew(JSON.parse(event.data).reason));
  source.addEventListener("end", () => lose("the node has stopped"));
  source.addEventListener("error", () => {
    lose("");
    renew("");
  });
}

function drop() {
  attempt += 1;
  clearTimeout(again);
  source?.close();
  source = null;
}

function connectIn(milliseconds) {
  if (!document.hidden) {
    again = setTimeout(connect, milliseconds);
  }
}

function hear(frame) {
  ending = "";
  const fresh = new DOMParser().parseFromString(frame.html, "text/html").body;
  show(frame.version, frame.title, fresh, "live", "● Live");
}

// Without news the page asks for itself, as it would be if it was opened now.
async function renew(why) {
  drop();
  const mine = attempt;
  ending = why || ending;
  try {
    const response = await fetch("./", { cache: "no-store", signal: AbortSignal.timeout(SILENCE_MS) });
    const text = await response.text();
    if (mine !== attempt) {
      return;
    }
    if (response.ok) {
      const page = new DOMParser().parseFromString(text, "text/html");
      const fresh = page.getElementById("status");
      const time = new Date().toLocaleTimeString();
      const words = `◐ Renewed at ${time}, every ${RENEW_MS / 1000} s: `;
      const reason = ending || "live news do not come through";
      show(fresh.dataset.version, page.title, fresh, "renewed", `${words}${reason}.`);
      connectIn(RENEW_MS);
      return;
    }
    ending ||= JSON.parse(text).reason;
  } catch {
    // It is not reached, or what answers is no such node.
  }
  if (mine === attempt) {
    lose("");
  }
}

function show(version, title, fresh, look, words) {
  if (version !== (main.dataset.version ??= version)) {
    location.reload(); // the node runs other code now
    return;
  }
  heardAt = Date.now();
  isLost = false;
  bring(main, fresh);
  document.title = title;
  main.classList.remove("stale");
  live.className = look;
  say(words);
}

function lose(why) {
  drop();
  ending = why || ending;
  isLost = true;
  tellSilence();
  connectIn(AGAIN_MS);
}

function tellSilence() {
  const seconds = Math.round((Date.now() - heardAt) / 1000);
  const since = new Date(heardAt).toLocaleTimeString();
  const why = ending || "no news from the node";
  main.classList.add("stale");
  live.className = "lost";
  say(`✕ Not live since ${since} (${seconds} s): ${why}. Below is what was known then.`);
}

function say(words) {
  if (live.textContent !== words) {
    live.textContent = words;
  }
}

// Make `have` like `want`, touching only what differs: what is selected, focused or unfolded stays.
function bring(have, want) {
  const wanted = [...want.childNodes];
  wanted.forEach((child, index) => {
    const present = have.childNodes[index] ?? null;
    if (!present || !isLike(present, child)) {
      have.insertBefore(child, present);
    } else if (child.nodeType === Node.TEXT_NODE) {
      if (present.nodeValue !== child.nodeValue) {
        present.nodeValue = child.nodeValue;
      }
    } else {
      bringAttributes(present, child);
      bring(present, child);
    }
  });
  while (have.childNodes.length > wanted.length) {
    have.lastChild.remove();
  }
}

function isLike(one, other) {
  return one.nodeName === other.nodeName && (one.id ?? "") === (other.id ?? "");
}

function bringAttributes(have, want) {
  for (const { name, value } of want.attributes) {
    if (have.getAttribute(name) !== value) {
      have.setAttribute(name, value);
    }
  }
  for (const { name } of [...have.attributes]) {
    if (!want.hasAttribute(name) && name !== "open") {
      have.removeAttribute(name);
    }
  }
}

setInterval(() => {
  if (document.hidden) {
    return;
  }
  if (source !== null && Date.now() - Math.max(heardAt, askedAt) > SILENCE_MS) {
    lose("");
  } else if (isLost) {
    tellSilence();
  }
}, 1000);

// Nobody looks at a hidden page: leave the node in peace.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    drop();
  } else {
    connect();
  }
});

connect();
