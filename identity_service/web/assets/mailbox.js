// The mailbox page: opens mails in place, follows the list as mail arrives, finds, and copies.
// The server draws everything; this puts its answers where they belong, and keeps no text of its own.

const $ = (selector) => document.querySelector(selector);
const list = $("#mails"), pane = $("#pane"), search = $("#search"), live = $("#live"), dialog = $("#commands");
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const links = () => [...list.querySelectorAll("li:not([hidden]) > a")];
const openId = () => pane.querySelector(".mail")?.dataset.id;
const isWide = matchMedia("(min-width: 761px)");

// What this browser remembers: which mails were opened, and how mails are looked at.
const remembered = (name, otherwise) => JSON.parse(localStorage.getItem(`mailbox.${name}`)) ?? otherwise;
const remember = (name, value) => localStorage.setItem(`mailbox.${name}`, JSON.stringify(value));

function markUnread() {
  const read = new Set(remembered("read", []));
  const items = [...list.children];
  for (const item of items) item.toggleAttribute("data-unread", !read.has(item.dataset.id));
  const unread = items.filter((item) => item.hasAttribute("data-unread")).length;
  document.title = unread ? `(${unread}) Mailbox` : "Mailbox";
}

function markRead(id) {
  const present = new Set([...list.children].map((item) => item.dataset.id));
  const read = new Set(remembered("read", []).filter((known) => present.has(known)));
  remember("read", [...read.add(id)]);
  markUnread();
}

function noteOpened() {
  const id = openId();
  for (const link of list.querySelectorAll("a")) {
    if (link.parentElement.dataset.id === id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const shown = isWide.matches || document.body.dataset.view === "mail";
  if (id && shown && !document.hidden) markRead(id);
}

// One mail

async function open(link, { push = true } = {}) {
  const answer = await fetch(`${link.pathname}/pane`).catch(() => null);
  if (!answer?.ok) return location.assign(link.href);
  pane.innerHTML = await answer.text();
  document.body.dataset.view = "mail";
  if (push) history.pushState(null, "", link.pathname);
  prepareMail();
  noteOpened();
}

function prepareMail() {
  const preferred = pane.querySelector(`[data-tab="${remembered("tab", "html")}"]:enabled`);
  const tab = preferred ?? pane.querySelector('[role="tab"][aria-selected="true"]');
  if (tab) choose(tab);
  for (const name of ["width", "scheme"]) {
    const option = pane.querySelector(`input[name="${name}"][value="${remembered(name, "")}"]`);
    if (option) option.checked = true;
  }
  tellTimes();
}

function choose(tab) {
  for (const other of pane.querySelectorAll('[role="tab"]')) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", chosen);
    other.tabIndex = chosen ? 0 : -1;
    $(`#${other.getAttribute("aria-controls")}`).hidden = !chosen;
  }
  for (const options of pane.querySelectorAll(".options")) options.hidden = options.dataset.for !== tab.dataset.tab;
}

async function refreshDelivery() {
  const answer = await fetch(`/mails/${openId()}/delivery`).catch(() => null);
  const panel = $("#panel-delivery");
  if (answer?.ok && panel) panel.innerHTML = await answer.text();
  tellTimes();
}

// The list

function merge(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("#mails");
  const known = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const stateOf = (items) => [...items].find((item) => item.dataset.id === openId())?.dataset.state;
  const before = stateOf(list.children);
  list.dataset.version = fresh.dataset.version;
  // Items that are as they were stay in place, and with them the keyboard's focus.
  list.replaceChildren(...[...fresh.children].map((item) => settled(item, known.get(item.dataset.id))));
  $("#no-mail").hidden = list.children.length > 0;
  tellTimes(), find(), markUnread(), noteOpened();
  if (openId() && stateOf(list.children) !== before) refreshDelivery();
  if (!openId() && isWide.matches && links()[0]) open(links()[0], { push: false });
}

function settled(item, known) {
  const same = known && known.dataset.state === item.dataset.state && known.dataset.received === item.dataset.received;
  if (!known) item.classList.add("arrived");
  return same ? known : item;
}

function find() {
  const wanted = search.value.trim().toLowerCase();
  for (const item of list.children) {
    const text = `${item.querySelector(".subject").textContent}\n${item.querySelector(".recipient").textContent}`;
    item.hidden = !text.toLowerCase().includes(wanted);
  }
  $("#no-match").hidden = !wanted || links().length > 0;
}

async function follow() {
  for (;;) {
    // A page in the background asks now and then, so that it holds no connection: browsers have six for a server.
    const wait = document.hidden ? 0 : 25, asked = performance.now();
    const control = new AbortController();
    const wake = () => control.abort();
    document.addEventListener("visibilitychange", wake, { once: true });
    try {
      const answer = await fetch(`/mails?after=${list.dataset.version}&wait=${wait}`, { signal: control.signal });
      if (answer.status === 200) merge(await answer.text());
      else if (answer.status !== 204) throw new Error(answer.status);
      isLive(true);
      if (wait === 0) await Promise.race([sleep(5), new Promise((done) => control.signal.addEventListener("abort", done))]);
      else if (answer.status === 204 && performance.now() - asked < 1000) await sleep(1);
    } catch {
      if (!control.signal.aborted) isLive(false), await sleep(2);
    }
    document.removeEventListener("visibilitychange", wake);
  }
}

function isLive(yes) {
  live.textContent = yes ? "Live" : "Reconnecting…";
  live.toggleAttribute("data-lost", !yes);
}

// Times

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });
const units = [["day", 86400], ["hour", 3600], ["minute", 60]];

function ago(date) {
  const seconds = (Date.now() - date) / 1000;
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? ["second", 1];
  return unit === "second" ? "now" : relative.format(-Math.floor(seconds / size), unit);
}

function tellTimes() {
  for (const time of document.querySelectorAll("time")) {
    const date = new Date(time.dateTime);
    time.title = date.toLocaleString();
    if ("relative" in time.dataset) time.textContent = ago(date);
  }
}

// Copying

async function copy(button) {
  const text = button.dataset.copy ?? $(button.dataset.copyFrom).textContent;
  // Pages that are not at loopback have no clipboard.
  if (navigator.clipboard) await navigator.clipboard.writeText(text).catch(() => copyBySelection(text));
  else copyBySelection(text);
  button.dataset.copied = "";
  $("#said").textContent = "Copied.";
  await sleep(1.5);
  delete button.dataset.copied;
  $("#said").textContent = "";
}

function copyBySelection(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text, className: "hidden" });
  (dialog.open ? dialog : document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

// What people do

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const target = event.target.closest("a, button");
  if (!target) return;
  if (target.matches("#mails a")) event.preventDefault(), open(target);
  else if (target.matches(".back")) event.preventDefault(), backToList();
  else if (target.matches('[role="tab"]')) choose(target), remember("tab", target.dataset.tab);
  else if (target.matches("[data-copy], [data-copy-from]")) copy(target);
  else if (target.id === "try") dialog.showModal();
});

document.addEventListener("change", ({ target }) => {
  if (target.name === "width" || target.name === "scheme") remember(target.name, target.value);
});

function backToList() {
  document.body.dataset.view = "list";
  history.pushState(null, "", "/");
  list.querySelector("[aria-current]")?.focus();
}

function step(by) {
  const all = links(), current = all.findIndex((link) => link.hasAttribute("aria-current"));
  const next = all[Math.min(Math.max(current + by, 0), all.length - 1)];
  if (!next) return;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  if (!next.hasAttribute("aria-current")) open(next);
}

const keys = {
  j: () => step(1), k: () => step(-1),
  "/": () => search.focus(),
  c: () => pane.querySelector(".quick button")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  const { target, key } = event;
  if (target === search) {
    if (key === "Escape") search.value = "", find(), search.blur();
    if (key === "ArrowDown" || key === "Enter") event.preventDefault(), links()[0]?.focus();
  } else if (target.matches('[role="tab"]') && /^Arrow(Left|Right)$/.test(key)) {
    const tabs = [...pane.querySelectorAll('[role="tab"]:enabled')];
    const tab = tabs.at((tabs.indexOf(target) + (key === "ArrowRight" ? 1 : -1)) % tabs.length);
    tab.focus(), tab.click();
  } else if (target.closest("#mails") && /^Arrow(Up|Down)$/.test(key)) {
    event.preventDefault(), step(key === "ArrowDown" ? 1 : -1);
  } else if (key in keys && !target.matches("input:not([type=radio])")) {
    event.preventDefault(), keys[key]();
  }
});

search.addEventListener("input", find);
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
document.addEventListener("visibilitychange", noteOpened);
isWide.addEventListener("change", noteOpened);
addEventListener("storage", markUnread);
addEventListener("popstate", () => {
  const link = list.querySelector(`a[href="${location.pathname}"]`);
  if (link) open(link, { push: false });
  else location.reload();
});

markUnread();
prepareMail();
noteOpened();
setInterval(tellTimes, 20_000);
follow();
