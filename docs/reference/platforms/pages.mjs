// A page for each platform: what `opslint platforms NAME` prints.

import { WATCHED, fence, opslint, plain, tables } from "../../.vitepress/data.mjs";

const page = ({ id, data }) =>
  [
    `# ${data.name}`,
    `Its id in \`opslint.toml\` and in rules is \`${id}\`. Each number has its source and the day on which somebody read it there.`,
    fence(opslint("platforms", id)),
  ].join("\n\n");

const all = () => {
  const platforms = tables("platforms");
  const row = ({ id, data }) => `| [${data.name}](./${id}) | \`${id}\` |`;
  const index = `# Platforms\n\n| platform | id |\n| --- | --- |\n${platforms.map(row).join("\n")}\n`;
  return [
    { params: { platform: "index" }, content: plain(index) },
    ...platforms.map((it) => ({ params: { platform: it.id }, content: plain(page(it)) })),
  ];
};

export default { watch: WATCHED, paths: all };
