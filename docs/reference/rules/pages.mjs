// A page for each rule, made of its file.

import { WATCHED, fence, plain, prose, sentence, tables } from "../../.vitepress/data.mjs";

const list = (items) => items.map((it) => `- ${it}`).join("\n");

/** An example: its files, one after the other. */
function example(it) {
  const files = Object.entries(it).filter(([name, text]) => typeof text === "string" && name !== "fixed");
  const shown = files.map(([name, text]) => `\`${name}\`\n\n${fence(text)}`);
  const fixed = Object.entries(it.fixed ?? {}).map(
    ([name, text]) => `after the fix, \`${name}\`\n\n${fence(text)}`,
  );
  return [...shown, ...fixed].join("\n\n");
}

function page({ id, data }) {
  const check = data.check ?? {};
  const parts = [
    `# ${id}`,
    sentence(data.summary),
    `Level **${data.level}** · group ${data.group} · since ${data.since}${data.locked ? " · locked" : ""}`,
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
    if (examples?.length) parts.push(`## ${title}`, examples.map(example).join("\n\n---\n\n"));
  }
  if (data.sources?.length) parts.push("## Sources", list(data.sources.map((it) => `<${it}>`)));
  return parts.join("\n\n");
}

export default {
  watch: WATCHED,
  paths: () => tables("rules").map((it) => ({ params: { rule: it.id }, content: plain(page(it)) })),
};
