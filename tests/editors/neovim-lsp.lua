-- Neovim's own client: edits the buffer as a person would, waits for the diagnostic of the server,
-- asks what is known of a value, completes a key, and applies a fix. What was seen is written down.
local work = os.getenv("WORK")

local function write(name, text)
  local file = assert(io.open(work .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

local function diagnostic(code)
  return vim.tbl_filter(function(it) return it.code == code end, vim.diagnostic.get(0))[1]
end

local function ask(method, line, column, more)
  vim.api.nvim_win_set_cursor(0, { line, column })
  local params = vim.tbl_extend("force", vim.lsp.util.make_position_params(), more or {})
  for _, it in pairs(assert(vim.lsp.buf_request_sync(0, method, params, 20000))) do
    return assert(it.result, vim.inspect(it))
  end
end

vim.api.nvim_buf_set_lines(0, 4, 5, false, { 'memory = "512mb"' })
assert(vim.wait(20000, function() return diagnostic("memory-overcommit") ~= nil end, 20))
local it = diagnostic("memory-overcommit")
local level = it.severity == vim.diagnostic.severity.ERROR and "E" or "?"
write("neovim-lsp", string.format("%d:%d %s memory-overcommit\n", it.lnum + 1, it.col + 1, level))

local hover = ask("textDocument/hover", 5, 12)
write("neovim-hover", hover.contents.value:match("^[^(]+") .. "\n")

local actions = ask("textDocument/codeAction", 9, 2, {
  range = { start = { line = 8, character = 2 }, ["end"] = { line = 8, character = 2 } },
  context = { diagnostics = {} },
})
for _, action in ipairs(actions) do
  if action.title:match("auto_stop_machines") then
    vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
    break
  end
end
assert(vim.wait(20000, function() return diagnostic("unknown-key") == nil end, 20))
write("neovim-fixed", table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") .. "\n")

vim.api.nvim_buf_set_lines(0, 9, 9, false, { "force_h" })
local found = ask("textDocument/completion", 10, 7)
for _, item in ipairs(found.items) do
  if item.label == "force_https" then write("neovim-completed", item.textEdit.newText .. "\n") end
end
vim.cmd("qall!")
