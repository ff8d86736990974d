// What each page asks of the API, and what it shows meanwhile and afterwards.

const TEXTS = {{ texts | tojson }};
const FALLBACK = "This did not work. Try again later.";
const store = sessionStorage;
const find = (selector, within = document) => within.querySelector(selector);

class Problem extends Error {
  constructor(status, body) {
    super(TEXTS[body?.code] ?? body?.detail ?? FALLBACK);
    this.status = status;
  }
}

async function send(method, path, body) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (store.access) headers.Authorization = `Bearer ${store.access}`;
  const content = body === undefined ? undefined : JSON.stringify(body);
  const answer = await fetch(`/api/v1${path}`, { method, headers, body: content }).catch(() => null);
  if (!answer) throw new Problem(0, { detail: "The service cannot be reached. Check your connection and try again." });
  const text = await answer.text();
  let value;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    value = null;
  }
  if (!answer.ok) throw new Problem(answer.status, value);
  return value;
}

async function ask(method, path, body) {
  try {
    return await send(method, path, body);
  } catch (problem) {
    if (problem.status !== 401 || !store.refresh) throw problem;
  }
  const refresh = store.refresh;
  forget();
  keep(await send("POST", "/auth/refresh", { refresh_token: refresh }));
  return send(method, path, body);
}

function keep(tokens) {
  store.access = tokens.access_token;
  store.refresh = tokens.refresh_token;
}

function forget() {
  store.removeItem("access");
  store.removeItem("refresh");
}

function tell(text) {
  find("[role=status]").textContent = text;
}

function make(name, values = {}, ...children) {
  const element = Object.assign(document.createElement(name), values);
  element.append(...children);
  return element;
}

// --- one request at a time, and a sign of it ----------------------------------------------------------------------

const waiting = new WeakSet();

async function during(region, work) {
{%- if behaviour.web_submits_once %}
  if (waiting.has(region)) return;
  waiting.add(region);
{%- endif %}
  const problem = find("[role=alert]");
  problem.textContent = "";
  tell("");
{%- if behaviour.web_shows_busy %}
  region.setAttribute("aria-busy", "true");
{%- if behaviour.web_submits_once %}
  const locked = [...region.querySelectorAll("button:not([disabled])")];
  for (const button of locked) button.disabled = true;
{%- endif %}
{%- endif %}
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.textContent = error.message;
    problem.focus();
  } finally {
    region.removeAttribute("aria-busy");
    for (const bone of region.querySelectorAll(".skeleton")) bone.remove();
{%- if behaviour.web_shows_busy and behaviour.web_submits_once %}
    for (const button of locked) button.disabled = false;
{%- endif %}
    waiting.delete(region);
  }
}

// --- forms --------------------------------------------------------------------------------------------------------

const token = () => new URLSearchParams(location.search).get("token") ?? "";

const forms = {
  "sign-up": async (form, given) => {
    const answer = await ask("POST", "/auth/signup", { email: given.email, password: given.password });
{%- if behaviour.web_sign_up_reads_answer %}
    if (answer) form.replaceWith(make("p", { textContent: `Check your mail: we sent a link to ${given.email}.` }));
{%- else %}
    form.replaceWith(make("p", { textContent: `Check your mail: we sent a link to ${answer.account.email}.` }));
{%- endif %}
  },
  "sign-in": async (form, given) => {
    const remember = given.remember === "on" ? { remember: true } : {};
    const answer = await ask("POST", "/auth/signin", { email: given.email, password: given.password, ...remember });
    if (!answer.access_token) return tell("This account has a second factor, which this page does not ask for yet.");
    keep(answer);
    location.assign("/dashboard/profile");
  },
  forgot: async (form, given) => {
    await ask("POST", "/auth/forgot", given);
    tell("If there is an account with this address, a link is on its way.");
  },
  reset: async (form, given) => {
    await ask("POST", "/auth/reset", { token: token(), password: given.password });
    forget();
    form.replaceWith(make("p", {}, "Your password is set. ", make("a", { href: "/sign-in", textContent: "Sign in" })));
  },
};

for (const form of document.querySelectorAll("form[data-form]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    during(form, () => forms[form.dataset.form](form, Object.fromEntries(new FormData(form))));
  });
}

// --- what a page shows when it is opened --------------------------------------------------------------------------

const day = (text) => text ? new Date(text).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" }) : "never";

function list(items, empty, row) {
  return items.length ? make("ul", { className: "list" }, ...items.map(row)) : make("p", { textContent: empty });
}

function action(text, region, work, className = "quiet") {
  const button = make("button", { type: "button", textContent: text, className });
  button.addEventListener("click", () => during(region, work));
  return button;
}

function field(label, values) {
  const name = make("label", { textContent: label, htmlFor: values.id });
  return [name, make("input", values)];
}

const loads = {
  verify: async (region) => {
    await ask("POST", "/auth/verify", { token: token() });
    region.replaceChildren(make("p", {}, "Your address is confirmed. ", make("a", { href: "/sign-in", textContent: "Sign in" })));
  },
  "confirm-email": async (region) => {
    await ask("POST", "/auth/me/email/confirm", { token: token() });
    region.replaceChildren(make("p", { textContent: "Your new address is confirmed." }));
  },
  profile: async (region) => {
    const me = await ask("GET", "/auth/me");
    const name = { id: "name", name: "name", value: me.name ?? "", maxLength: 100, autocomplete: "name" };
    const form = make(
      "form", {},
      ...field("E-mail", { id: "email", type: "email", value: me.email, readOnly: true }),
{%- if behaviour.web_name_labelled %}
      ...field("Name", name),
{%- else %}
      make("p", { textContent: "Name" }), make("input", name),
{%- endif %}
      make("button", { textContent: "Save" }),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      during(form, async () => {
        await ask("PATCH", "/auth/me", { name: form.elements.name.value });
        tell("Saved.");
      });
    });
    region.replaceChildren(form);
  },
  sessions: async (region) => {
    const { items } = await ask("GET", "/sessions");
    region.replaceChildren(list(items, "You are signed in nowhere.", (item) => make(
      "li", {},
      make("div", {}, make("strong", { textContent: item.device || "Unknown device" }),
        make("span", { className: "hint", textContent: `${item.address} · last used ${day(item.last_used_at)}` })),
      item.current ? make("span", { className: "hint", textContent: "this device" })
        : action("Sign out", region, async () => {
          await ask("DELETE", `/sessions/${item.id}`);
          await loads.sessions(region);
        }),
    )));
  },
  keys: async (region) => {
    const { items } = await ask("GET", "/keys");
    region.replaceChildren(list(items, "You have no API keys.", (item) => make(
      "li", {},
      make("div", {}, make("strong", { textContent: item.name || "API key" }),
        make("span", { className: "hint", textContent: `last used ${day(item.last_used_at)}` })),
      action("Revoke", region, async () => {
        await ask("DELETE", `/keys/${item.id}`);
        await loads.keys(region);
      }, "danger"),
    )));
  },
  notices: async (region) => {
    const { items } = await ask("GET", "/notices");
    const words = { password_changed: "Your password was changed", new_device: "A new device signed in" };
{%- if behaviour.web_section_throws == "notices" %}
    console.debug(items[0].latest.kind);
{%- endif %}
    region.replaceChildren(list(items, "There is nothing new.", (item) => make(
      "li", {},
      make("div", {}, make("strong", { textContent: words[item.kind] ?? item.kind.replaceAll("_", " ") }),
        make("span", { className: "hint", textContent: day(item.created_at) })),
    )));
  },
  privacy: async (region) => {
    const me = await ask("GET", "/auth/me");
    const form = make(
      "form", {},
      ...field("Password", { id: "password", name: "password", type: "password", required: true, maxLength: 128, autocomplete: "current-password" }),
      make("button", { textContent: "Delete my account", className: "danger" }),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      during(form, async () => {
        await ask("POST", "/auth/me/delete", { password: form.elements.password.value });
        forget();
        location.assign("/");
      });
    });
    region.replaceChildren(
      make("p", { textContent: `We keep data on ${me.email}, since ${day(me.created_at)}.` }),
      make("h2", { textContent: "Delete your account" }),
      make("p", { textContent: "Everything that belongs to it is erased at once, and cannot be brought back." }),
      form,
    );
  },
};

const region = find("[data-load]");
if (region) {
  const name = region.dataset.load;
  if (location.pathname.startsWith("/dashboard/") && !store.access) location.replace("/sign-in");
  else during(region, () => loads[name](region));
}

// --- what every page has ------------------------------------------------------------------------------------------

for (const element of document.querySelectorAll("[data-when]")) {
  element.hidden = (element.dataset.when === "signed-in") !== Boolean(store.access);
}

find("#sign-out").addEventListener("click", async () => {
  const refresh = store.refresh;
  forget();
  await send("POST", "/auth/signout", { refresh_token: refresh }).catch(() => {});
  location.assign("/sign-in");
});

const consent = find("#consent");
consent.hidden = /(^|; )consent=/.test(document.cookie);
for (const button of consent.querySelectorAll("button")) {
  button.addEventListener("click", () => {
    const agreed = button.dataset.consent === "yes";
    document.cookie = `consent=${agreed ? "yes" : "no"}; max-age=15552000; path=/; secure; samesite=lax`;
    if (agreed) document.cookie = `visits=1; max-age=15552000; path=/; secure; samesite=lax`;
    consent.hidden = true;
  });
}
