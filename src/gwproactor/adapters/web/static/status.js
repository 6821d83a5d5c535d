// Keeps the status page up to date by the node's server-sent events, and says so when it cannot.
"use strict";

const AGAIN_MS = 2000;
// The node sends once a second: after so much silence it hangs, or the way to it is cut.
const SILENCE_MS = 5000;

const live = document.getElementById("live");
const main = document.getElementById("status");

let source = null;
let again = 0;
let heardAt = Date.now();
let ending = "";

function connect() {
  clearTimeout(again);
  source?.close();
  source = new EventSource("events");
  source.addEventListener("status", (event) => show(JSON.parse(event.data)));
  source.addEventListener("end", () => lose("the node has stopped"));
  source.addEventListener("error", () => lose(""));
}

function show(frame) {
  if (frame.version !== (main.dataset.version ??= frame.version)) {
    location.reload(); // the node runs other code now
    return;
  }
  heardAt = Date.now();
  ending = "";
  const fresh = new DOMParser().parseFromString(frame.html, "text/html").body;
  bring(main, fresh);
  document.title = frame.title;
  main.classList.remove("stale");
  live.className = "live";
  say("● Live");
}

function lose(why) {
  source?.close();
  source = null;
  ending = why || ending;
  clearTimeout(again);
  if (!document.hidden) {
    again = setTimeout(connect, AGAIN_MS);
  }
  tellSilence();
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
  if (source === null) {
    tellSilence();
  } else if (Date.now() - heardAt > SILENCE_MS) {
    lose("");
  }
}, 1000);

// Nobody looks at a hidden page: leave the node in peace.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    clearTimeout(again);
    source?.close();
    source = null;
  } else {
    connect();
  }
});

connect();
