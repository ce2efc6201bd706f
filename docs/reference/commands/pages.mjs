// A page for each command: what `opslint help NAME` prints.

import { fence, opslint, plain } from "../../.vitepress/data.mjs";

/** The names below `Commands:` of the program's own help. */
function names() {
  const [, commands] = opslint("--help").split("\nCommands:\n");
  const lines = commands.split("\n\n")[0].split("\n");
  return lines.map((it) => /^ {2}(\S+)/.exec(it)?.[1]).filter((it) => it && it !== "help");
}

const page = (name) => [`# opslint ${name}`, fence(opslint("help", name))].join("\n\n");

export default {
  paths() {
    const commands = names();
    const items = commands.map((it) => `- [\`opslint ${it}\`](./${it})`).join("\n");
    const index = `# Command line\n\n${items}\n\n${fence(opslint("--help"))}\n`;
    return [
      { params: { command: "index" }, content: plain(index) },
      ...commands.map((it) => ({ params: { command: it }, content: plain(page(it)) })),
    ];
  },
};
