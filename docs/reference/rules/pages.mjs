// A page for each rule, made of its file.

import { WATCHED, fence, plain, prose, sentence, tables } from "../../.vitepress/data.mjs";

/** Characters of examples of each kind that a page shows: some rules have dozens. */
const SHOWN = 4000;

const capital = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const list = (items) => items.map((it) => `- ${it}`).join("\n");

/** An example: its files, one after the other. */
function example(it) {
  const files = Object.entries(it).filter(([name, text]) => typeof text === "string" && name !== "fixed");
  const shown = files.map(([name, text]) => `\`${name}\`\n\n${fence(text)}`);
  // Of one file, `fixed` is its text; of several, a table of them.
  const only = files.find(([, text]) => /^ *\^/m.test(text)) ?? files[0];
  const after = typeof it.fixed === "string" ? [[only[0], it.fixed]] : Object.entries(it.fixed ?? {});
  const fixed = after.map(([name, text]) => `after the fix, \`${name}\`\n\n${fence(text)}`);
  return [...shown, ...fixed].join("\n\n");
}

/** The first examples, and where the others are. */
function shown(id, examples) {
  const texts = examples.map(example);
  let length = 0;
  const first = texts.filter((it, at) => at === 0 || (length += it.length) <= SHOWN);
  const parts = [first.join("\n\n---\n\n")];
  const more = examples.length - first.length;
  if (more > 0) {
    const file = `https://github.com/opslint/opslint/blob/main/rules/${id}.toml`;
    parts.push(`${more} more ${more === 1 ? "is" : "are"} in [the rule's file](${file}), and run as tests.`);
  }
  return parts;
}

/** The other rules about the same thing. */
function beside({ id, data }) {
  const others = tables("rules").filter((it) => it.data.group === data.group && it.id !== id);
  return others.map((it) => `[${it.id}](./${it.id})`).join(" · ");
}

/** The place behind the bracket that ends what `{` at `from` begins; brackets in texts do not count. */
function end(text, from) {
  let depth = 0;
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const sign = text[at];
    if (quote) quote = sign === quote ? "" : quote;
    else if (sign === "'" || sign === '"') quote = sign;
    else if (sign === "{") depth++;
    else if (sign === "}" && --depth === 0) return at + 1;
  }
  return text.length;
}

/** A code span that holds whatever the text holds. */
function span(text) {
  const ticks = "`".repeat(1 + Math.max(0, ...(text.match(/`+/g) ?? []).map((it) => it.length)));
  return `${ticks} ${text} ${ticks}`;
}

/** What a rule says, with what it works out as code: such a part may look like Markdown. */
function template(text) {
  const from = text.indexOf("{");
  if (from < 0) return spaced(text);
  // Of code in a text that a part stands in, the backticks are its own.
  const inside = (text.slice(0, from).match(/`/g) ?? []).length % 2 === 1;
  if (inside) return spaced(text);
  const to = end(text, from);
  const rest = text.slice(to);
  // Two spans side by side would be one with a fence in it.
  const gap = rest.startsWith("{") ? " " : "";
  return `${spaced(text.slice(0, from))}${span(text.slice(from + 1, to - 1))}${gap}${template(rest)}`;
}

/** Prose inside of a sentence: it keeps the spaces at its ends. */
function spaced(text) {
  const [, before, , after] = /^(\s*)(.*?)(\s*)$/s.exec(text);
  return `${before}${prose(text)}${after}`;
}

function page({ id, data }) {
  const check = data.check ?? {};
  const parts = [
    `# ${id}`,
    sentence(data.summary),
    `Level **${data.level}** · group [${data.group}](./#${data.group}) · since ${data.since}${data.locked ? " · locked" : ""}`,
    "## Why",
    prose(data.why),
    "## What to do",
    `${capital(template(data.help))}.`,
  ];
  if (check.when || check.require) {
    parts.push("## What it checks");
    if (check.when) parts.push(`For each ${check.on} where`, fence(check.when.trim()));
    if (check.require) parts.push("this must hold:", fence(check.require.trim()));
    if (check.message) parts.push("Otherwise opslint says:", fence(check.message.trim()));
  }
  for (const [title, examples] of [["Fails", data.fail], ["Passes", data.pass]]) {
    if (examples?.length) parts.push(`## ${title}`, ...shown(id, examples));
  }
  if (data.sources?.length) parts.push("## Sources", list(data.sources.map((it) => `<${it}>`)));
  const others = beside({ id, data });
  if (others) parts.push("## Other rules of the group", others);
  return parts.join("\n\n");
}

export default {
  watch: WATCHED,
  paths: () => tables("rules").map((it) => ({ params: { rule: it.id }, content: plain(page(it)) })),
};
