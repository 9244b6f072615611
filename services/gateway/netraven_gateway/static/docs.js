// Draws the API's description. All text goes in as text, never as markup.
import { known, node, resolve } from "./dom.js";
import { tryForm } from "./try.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

function nameOf(schema) {
  return schema && schema.$ref ? schema.$ref.split("/").pop() : "";
}

function typeOf(schema) {
  if (!schema) return "";
  const name = nameOf(schema);
  if (name) return name;
  const found = resolve(schema);
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.enum) return found.enum.length > 12 ? `one of ${found.enum.length} words` : found.enum.map(String).join(" | ");
  if (found.allOf || found.anyOf) return (found.allOf || found.anyOf).map(typeOf).join(found.allOf ? " & " : " | ");
  const type = [].concat(found.type || "any").join(" or ");
  return type.includes("array") ? `${type} of ${typeOf(found.items)}` : found.format ? `${type} (${found.format})` : type;
}

function limits(schema) {
  const words = { minLength: "at least", maxLength: "at most", minimum: "from", maximum: "to", default: "default" };
  const unit = { minLength: " characters", maxLength: " characters" };
  return Object.keys(words).filter((key) => schema[key] !== undefined)
    .map((key) => `${words[key]} ${schema[key]}${unit[key] || ""}`).join(", ");
}

function row(name, schema, needed, told) {
  const text = [told || schema.description, limits(resolve(schema))].filter(Boolean).join(" — ");
  return node("tr", {}, node("td", {}, node("code", needed ? { class: "needed" } : {}, name)),
    node("td", {}, typeOf(schema)), node("td", {}, text));
}

function table(rows) {
  return node("table", {}, node("tbody", {}, ...rows));
}

function properties(schema, writable) {
  const found = resolve(schema);
  const needed = new Set(found.required || []);
  return Object.entries(found.properties || {}).filter(([, one]) => !(writable && one.readOnly))
    .map(([name, one]) => row(name, one, needed.has(name)));
}

function parametersOf(operation) {
  const wanted = (operation.parameters || []).map(resolve);
  if (!wanted.length) return [];
  return [node("h4", {}, "Parameters"),
    table(wanted.map((one) => row(`${one.name}`, one.schema, one.required, `${one.in}${one.description ? ": " + one.description : ""}`)))];
}

function bodyOf(operation) {
  if (!operation.requestBody) return [];
  const content = operation.requestBody.content;
  const schema = Object.values(content)[0].schema;
  return [node("h4", {}, `Body (${Object.keys(content).join(", ")})`), table(properties(schema, true))];
}

function answersOf(operation) {
  const rows = Object.entries(operation.responses).map(([status, answer]) => {
    const found = resolve(answer);
    const content = Object.values(found.content || {})[0];
    const data = content && content.schema && content.schema.properties && content.schema.properties.data;
    return node("tr", {}, node("td", {}, node("code", {}, status)), node("td", {}, found.description || ""),
      node("td", {}, data ? `data: ${typeOf(data)}` : ""));
  });
  return [node("h4", {}, "Answers"), table(rows)];
}

function drawOperation(path, method, operation) {
  const role = /role `(\w+)`/.exec(operation.description || "");
  const head = node("summary", {}, node("span", { class: `method ${method}` }, method), node("code", {}, path),
    node("span", { class: "what" }, operation.summary || ""), node("span", { class: "role" }, role ? role[1] : "anyone"));
  const inside = node("div");
  const whole = node("details", { id: operation.operationId }, head, inside);
  whole.addEventListener("toggle", () => {
    if (!whole.open || inside.childElementCount) return;
    inside.append(node("p", {}, operation.description || ""), ...parametersOf(operation), ...bodyOf(operation),
      ...answersOf(operation), tryForm(path, method, operation));
  });
  whole.dataset.text = [path, method, operation.summary, operation.description, operation.tags].join(" ").toLowerCase();
  return whole;
}

function draw() {
  const groups = new Map();
  for (const [path, item] of Object.entries(known.description.paths)) {
    for (const method of METHODS.filter((one) => item[one])) {
      const tag = (item[method].tags || ["other"])[0];
      groups.set(tag, [...(groups.get(tag) || []), drawOperation(path, method, item[method])]);
    }
  }
  const sections = [...groups].map(([tag, rows]) => node("section", {}, node("h2", {}, tag), ...rows));
  document.getElementById("routes").replaceChildren(...sections);
  document.getElementById("version").textContent = known.description.info.version;
  document.getElementById("about").textContent = known.description.info.description;
  const shapes = Object.entries(known.description.components.schemas).map(([name, schema]) =>
    node("details", { id: `shape-${name}` }, node("summary", {}, node("code", {}, name), node("span", { class: "what" }, schema.description || "")),
      node("div", {}, table(properties(schema, false)))));
  document.getElementById("shapes").replaceChildren(node("h2", {}, "Shapes"), ...shapes);
}

function filter() {
  const words = document.getElementById("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll("#routes section")) {
    let some = false;
    for (const one of section.querySelectorAll("details")) {
      one.hidden = !words.every((word) => one.dataset.text.includes(word));
      some ||= !one.hidden;
    }
    section.hidden = !some;
  }
}

function openNamed() {
  const found = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (found) { found.open = true; found.scrollIntoView(); }
}

document.getElementById("find").addEventListener("input", filter);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/INPUT|TEXTAREA|SELECT/.test(document.activeElement.tagName)) {
    event.preventDefault();
    document.getElementById("find").focus();
  }
});

try {
  const answer = await fetch("/api/openapi.json");
  if (!answer.ok) throw new Error(`the description answered ${answer.status}`);
  known.description = await answer.json();
  draw();
  openNamed();
} catch (error) {
  document.getElementById("routes").textContent = `The description cannot be read: ${error.message}`;
}
