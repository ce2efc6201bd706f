import { defineConfig } from "vitepress";
import { tables } from "./data.mjs";
import links from "./links.mjs";

const groups = [...new Set(tables("rules").map((it) => it.data.group))].sort();

// The sidebar is part of every page: with a line for each rule it would be the largest part.
const ofGroup = (group) => ({ text: group, link: `/reference/rules/#${group}` });

export default defineConfig({
  title: "opslint",
  description: "Lint the files that put a web app into production, together.",
  cleanUrls: true,
  lastUpdated: false,
  // The names of all pages are a file of their own instead of a part of every page.
  metaChunk: true,
  // `{expressions}` of rules are no attributes of what stands in front of them.
  markdown: { config: links, attrs: { disable: true } },
  // The long pages of all rules and programs are for the repository; here each has a page.
  srcExclude: ["rules.md", "programs.md", "node_modules/**"],
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "Rules", link: "/reference/rules/" },
      { text: "Repository", link: "https://github.com/opslint/opslint" },
    ],
    sidebar: [
      {
        text: "Start",
        items: [
          { text: "What it is", link: "/" },
          { text: "Ten minutes with a project", link: "/tutorial" },
        ],
      },
      {
        text: "How to",
        items: [
          { text: "Run it in hooks and CI", link: "/continuous-integration" },
          { text: "Use it in an editor", link: "/editors" },
          { text: "Check Kubernetes, ECS, Kamal and others", link: "/containers" },
          { text: "Plan a service", link: "/plan" },
          { text: "Measure a service", link: "/measure" },
          { text: "Introduce it in an old repository", link: "/baseline" },
          { text: "Write and share rules", link: "/policies" },
          { text: "A cookbook of policies", link: "/cookbook" },
          { text: "Look after many repositories", link: "/fleet" },
        ],
      },
      {
        text: "Understand",
        items: [
          { text: "Facts, and where they come from", link: "/facts" },
          { text: "What is assumed, and why it is silent", link: "/assumptions" },
          { text: "How it is built", link: "/architecture" },
          { text: "Words", link: "/glossary" },
        ],
      },
      {
        text: "Reference",
        items: [
          { text: "opslint.toml", link: "/reference/configuration" },
          {
            text: "Command line",
            collapsed: true,
            items: [{ text: "all commands", link: "/reference/commands/" }],
          },
          { text: "Formats", link: "/reference/formats/" },
          { text: "Facts", link: "/reference/facts" },
          { text: "Programs", link: "/reference/programs/" },
          { text: "Platforms", link: "/reference/platforms/" },
          { text: "Rules", link: "/reference/rules/", collapsed: true, items: groups.map(ofGroup) },
        ],
      },
    ],
  },
});
