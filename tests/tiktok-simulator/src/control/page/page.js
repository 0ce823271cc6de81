// The page of the simulator: one person plays the customer. It reads /control/state and acts
// through the same control calls that scripts use. Everything is put in as text, never as HTML.

const PAUSE_MS = 1000;
const byId = (id) => document.getElementById(id);
const chosen = { business: null, customer: null };
let shown = "";

async function post(path, body) {
  const response = await fetch(`/control/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  byId("problem").textContent = response.ok ? "" : (answer.error ?? `HTTP ${response.status}`);
  await refresh();
}

const asCustomer = (rest) => ({ customer: chosen.customer, business: chosen.business, ...rest });

function act(path, rest) {
  if (!chosen.customer) {
    byId("problem").textContent = "Open a conversation first.";
    return;
  }
  return post(`customer/${path}`, asCustomer(rest));
}

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function button(text, action) {
  const made = element("button", text);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

function say(content) {
  switch (content.type) {
    case "text": return [element("span", content.body)];
    case "template": return [element("strong", content.template.title)];
    case "share_post": return [element("span", `Post ${content.video_id ?? ""} ${content.embed_url ?? "(private)"}`)];
    case "sticker":
    case "emoji": return [picture(content.url, content.type)];
    case "image": return [picture(`${location.origin}/control/media?media_id=${encodeURIComponent(content.media_id)}`, "image")];
    case "video": return [element("span", `${content.type} ${content.media_id}`)];
    default: return [element("span", `unsupported message ${content.webhook_type ?? ""}`)];
  }
}

function picture(url, name) {
  if (!url) return element("span", `${name} without address`);
  const image = element("img");
  image.alt = name;
  image.src = new URL(url).pathname + new URL(url).search;
  return image;
}

function taps(message) {
  if (message.content.type !== "template") return [];
  return message.content.template.buttons.map((known) =>
    button(known.title, () => act("taps", { message_id: message.message_id, button: known.id ?? known.title })));
}

function reactions(message) {
  const faces = message.reactions.map((known) => known.emoji ?? "AI emoji").join(" ");
  const react = button("♥", () => act("reacts", {
    reactions: [{ message_id: message.message_id, operation: "ADD", face: { type: "EMOJI", emoji: "♥" } }],
  }));
  return [element("span", faces), react];
}

function line(message) {
  const origin = [message.source, message.auto_message_type, message.status, new Date(message.timestamp_ms).toLocaleTimeString()];
  const item = element("li", "", ...say(message.content), ...taps(message),
    element("small", origin.filter(Boolean).join(" · ")), ...reactions(message));
  item.className = message.direction;
  return item;
}

function showAccounts(state) {
  const select = byId("account");
  const options = state.accounts.map((account) => {
    const option = element("option", `${account.display_name} (${account.country})`);
    option.value = account.business_id;
    return option;
  });
  chosen.business ??= state.accounts[0].business_id;
  select.replaceChildren(...options);
  select.value = chosen.business;
}

function showConversations(state) {
  const talks = state.conversations.filter((talk) => talk.business_id === chosen.business);
  chosen.customer ??= talks[0]?.customer ?? null;
  byId("conversations").replaceChildren(...talks.map((talk) => {
    const label = `${talk.customer} · ${talk.accepted ? talk.conversation_type : "REQUEST"} · ${talk.messages.length}`;
    const open = button(label, () => choose(talk.customer));
    open.setAttribute("aria-current", String(talk.customer === chosen.customer));
    return element("li", "", open);
  }));
  const talk = talks.find((known) => known.customer === chosen.customer);
  byId("title").textContent = chosen.customer ? `You are ${chosen.customer}` : "Choose or open a conversation";
  const messages = byId("messages");
  messages.replaceChildren(...(talk?.messages ?? []).map(line));
  messages.scrollTop = messages.scrollHeight;
}

function showJudge(state) {
  const broken = state.violations.map((known) => element("li", `${known.kind}: ${known.method} ${known.path} – ${known.detail}`));
  byId("violations").className = broken.length ? "broken" : "";
  byId("violations").replaceChildren(...(broken.length ? broken : [element("li", "Nothing is held against the client.")]));
  const events = state.deliveries.slice(-30).reverse();
  byId("deliveries").replaceChildren(...events.map((event) =>
    element("li", `${event.event}: ${event.outcome}, ${event.attempts.length} attempts`)));
}

async function refresh() {
  const response = await fetch("/control/state");
  const text = await response.text();
  const state = JSON.parse(text);
  const { now_ms: _, ...lasting } = state;
  const seen = JSON.stringify([lasting, chosen]);
  if (seen === shown) return;
  shown = seen;
  showAccounts(state);
  showConversations(state);
  showJudge(state);
}

function choose(customer) {
  chosen.customer = customer;
  return refresh();
}

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

byId("account").addEventListener("change", (event) => {
  chosen.business = event.target.value;
  chosen.customer = null;
  refresh();
});
byId("begin").addEventListener("submit", (event) => {
  event.preventDefault();
  choose(byId("name").value.trim());
});
byId("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("text").value;
  if (text) act("says", { text });
  byId("text").value = "";
});
for (const known of document.querySelectorAll("[data-content]")) {
  known.addEventListener("click", () => act("sends", { content: JSON.parse(known.dataset.content) }));
}
byId("file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (file) await act("sends", { content: { type: "image", base64: await base64(file) } });
  event.target.value = "";
});
byId("reads").addEventListener("click", () => act("reads", {}));

async function watch() {
  await refresh().catch(() => { byId("problem").textContent = "The simulator does not answer."; });
  setTimeout(watch, PAUSE_MS);
}
watch();
