// An empty application that answers every request: node.js FRAMEWORK PORT, with the packages of NODE_PATH.
const [framework, port] = process.argv.slice(2);
const page = { answer: "x".repeat(2000) };
const start = {
  http: () => require("http").createServer((_, response) => response.end(JSON.stringify(page))).listen(port),
  express: () => require("express")().get("/", (_, response) => response.json(page)).listen(port),
  koa: () => {
    const Koa = require("koa");
    const app = new (Koa.default ?? Koa)();
    app.use((context) => { context.body = page; }).listen(port);
  },
  fastify: () => {
    const app = require("fastify")();
    app.get("/", async () => page);
    app.listen({ port: Number(port) });
  },
  hapi: async () => {
    const server = require("@hapi/hapi").server({ port });
    server.route({ method: "GET", path: "/", handler: () => page });
    await server.start();
  },
  nest: async () => {
    require("reflect-metadata");
    const { Controller, Get, Module } = require("@nestjs/common");
    const { NestFactory } = require("@nestjs/core");
    class Pages { show() { return page; } }
    Get("/")(Pages.prototype, "show", Object.getOwnPropertyDescriptor(Pages.prototype, "show"));
    Controller()(Pages);
    class Application {}
    Module({ controllers: [Pages] })(Application);
    await (await NestFactory.create(Application, { logger: false })).listen(port);
  },
};
start[framework]();
