// Sends a request by hand. The token lives in this page alone: no storage, no cookie.
import { node, resolve } from "./dom.js";

const who = () => document.getElementById("who");
const token = () => document.getElementById("token").value.trim();

document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const password = document.getElementById("password");
  const body = JSON.stringify({ username: document.getElementById("user").value, password: password.value });
  try {
    const answer = await fetch("/api/auth/token", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.message);
    document.getElementById("token").value = told.access_token;
    password.value = "";
    who().textContent = `logged in for ${Math.round(told.expires_in / 60)} minutes`;
  } catch (error) {
    who().textContent = error.message;
  }
});

function example(schema) {
  const found = resolve(schema);
  const needed = new Set(found.required || []);
  const shown = Object.entries(found.properties || {}).filter(([name, one]) => !one.readOnly && (needed.has(name) || !needed.size));
  return JSON.stringify(Object.fromEntries(shown.map(([name, one]) => [name, one.example ?? null])), null, 2);
}

function address(path, fields) {
  const query = new URLSearchParams();
  for (const { one, input } of fields) {
    if (one.in === "path") path = path.replace(`{${one.name}}`, encodeURIComponent(input.value.trim()));
    if (one.in === "query" && input.value) for (const part of split(one, input.value)) query.append(one.name, part);
  }
  return query.size ? `${path}?${query}` : path;
}

function split(one, value) {
  return resolve(one.schema).type === "array" ? value.split(",").map((part) => part.trim()) : [value];
}

function request(method, fields, body) {
  const headers = {};
  for (const { one, input } of fields) if (one.in === "header" && input.value) headers[one.name] = input.value;
  if (token()) headers.Authorization = `Bearer ${token()}`;
  if (body) headers["Content-Type"] = "application/json";
  return { method: method.toUpperCase(), headers, body: body ? body.value : undefined };
}

async function send(path, method, fields, body, shown) {
  shown.replaceChildren("…");
  const started = performance.now();
  try {
    const answer = await fetch(address(path, fields), request(method, fields, body));
    const text = await answer.text();
    const took = Math.round(performance.now() - started);
    const kept = ["etag", "location", "link", "retry-after", "x-request-id"].filter((name) => answer.headers.get(name));
    const head = kept.map((name) => `${name}: ${answer.headers.get(name)}`).join("\n");
    shown.replaceChildren(node("pre", {}, `${answer.status} ${answer.statusText}  (${took} ms)\n${head}\n\n${pretty(text)}`));
  } catch (error) {
    shown.replaceChildren(node("pre", {}, `The request could not be sent: ${error.message}`));
  }
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

export function tryForm(path, method, operation) {
  const fields = (operation.parameters || []).map(resolve).map((one) => ({ one, input: node("input", { name: one.name }) }));
  const content = operation.requestBody && operation.requestBody.content["application/json"];
  const body = content ? node("textarea", { spellcheck: "false", "aria-label": "Body" }) : null;
  if (body) body.value = example(content.schema);
  const shown = node("div", { "aria-live": "polite" });
  const form = node("form", {}, ...fields.map(({ one, input }) => node("label", {}, `${one.name} `, input)), body,
    node("button", {}, "Send"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(path, method, fields, body, shown);
  });
  return node("section", {}, node("h4", {}, "Try it"), form, shown);
}
