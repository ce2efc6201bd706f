// A page for each rule, made of its file.

import { WATCHED, fence, plain, prose, sentence, tables } from "../../.vitepress/data.mjs";

/** Characters of examples of each kind that a page shows: some rules have dozens. */
const SHOWN = 4000;

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

function page({ id, data }) {
  const check = data.check ?? {};
  const parts = [
    `# ${id}`,
    sentence(data.summary),
    `Level **${data.level}** · group [${data.group}](./#${data.group}) · since ${data.since}${data.locked ? " · locked" : ""}`,
    "## Why",
    prose(data.why),
    "## What to do",
    sentence(data.help),
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
