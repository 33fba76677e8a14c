// What the pages share: their settings, the server's address, the log, the state of the connection.

// In a notebook a page's settings stand on its frame; opened by itself, in its address.
// `port`, `path` and `via` say where the server is, everything else is for the server or the page.
const settings = new URLSearchParams(window.frameElement?.dataset.query ?? location.search);

// The path under which Jupyter lives ("/", "/user/ada/"), or null for a page without Jupyter.
function jupyterBase() {
  try {
    return JSON.parse(parent.document.getElementById("jupyter-config-data").textContent).baseUrl;
  } catch {
    return null;
  }
}

// On your own machine the server is next to the page; elsewhere it is behind Jupyter's proxy.
function serverAddress(query = {}) {
  const here = new URL(document.baseURI);
  const host = here.protocol.startsWith("http") ? here.hostname : "localhost";
  const own = ["localhost", "127.0.0.1", "[::1]"].includes(host);
  const base = jupyterBase();
  const proxied = base && (base !== "/" || !own || settings.get("via") === "proxy");
  const port = settings.get("port") ?? "8000";
  const path = settings.get("path") ?? "/ws";
  const address = proxied
    ? new URL(`${base}proxy/${port}${path}`, here)
    : new URL(`http://${host}:${port}${path}`);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  for (const [name, value] of [...settings, ...Object.entries(query)]) {
    if (!["port", "path", "via"].includes(name)) address.searchParams.set(name, value);
  }
  return address.href;
}

// One more line in the log. `kind` is "sent", "received" or "note"; the text is only ever text.
function addLine(kind, message, label = { sent: "sent ▶", received: "◀ received", note: "" }[kind]) {
  const log = document.getElementById("log");
  const line = document.createElement("li");
  const name = document.createElement("span");
  const text = document.createElement("span");
  line.className = kind;
  name.className = "label";
  name.textContent = label;
  text.className = "text";
  text.textContent = typeof message === "string" ? message : `${message.size} bytes`;
  line.append(name, " ", text);
  log.append(line);
  if (log.children.length > 500) log.firstElementChild.remove();
  log.parentElement.scrollTop = log.parentElement.scrollHeight;
}

// The connection's state: "connecting", "open" or "closed", and what there is to say about it.
function showState(state, about) {
  const words = { connecting: "Connecting to", open: "Connected to", closed: "Closed:" }[state];
  document.getElementById("state").textContent = `${words} ${about}`;
  document.body.dataset.state = state;
  document.getElementById("switch").textContent = state === "closed" ? "Connect again" : "Close";
  for (const field of document.querySelectorAll("#compose button")) {
    field.disabled = state !== "open";
  }
  if (state === "closed") addLine("note", `Closed: ${about}`);
}

// The button beside the state closes an open connection and opens a closed one.
function onSwitch(connect, close) {
  document.getElementById("switch").addEventListener("click", () => {
    if (document.body.dataset.state === "closed") connect();
    else close();
  });
}

// A close event in words: code, reason, and what the code stands for (RFC 6455, section 7.4.1).
function closing(event) {
  const meaning = {
    1000: "done",
    1001: "going away",
    1003: "this kind of data is not accepted",
    1005: "no code; Jupyter's proxy passes none on",
    1006: "no closing frame came: refused, lost, or nobody is there",
    1007: "the text is not UTF-8",
    1008: "against the server's rules",
    1009: "the message is too big",
    1011: "the server failed",
    1012: "the server stops",
    1013: "try again later",
  }[event.code];
  return [event.code, event.reason && `“${event.reason}”`, meaning && `(${meaning})`]
    .filter(Boolean)
    .join(" ");
}
