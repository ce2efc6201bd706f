-- Edits the buffer as a person would, waits for the diagnostic, and writes down where it is.
local work = os.getenv("WORK")

local function write(name, found)
  local file = io.open(work .. "/" .. name, "w")
  for _, it in ipairs(found) do
    if it.code == "memory-overcommit" or (it.user_data or {}).code == "memory-overcommit" then
      local level = it.severity == vim.diagnostic.severity.ERROR and "E" or "?"
      file:write(string.format("%d:%d %s memory-overcommit\n", it.lnum + 1, it.col + 1, level))
    end
  end
  file:close()
end

vim.api.nvim_buf_set_lines(0, 4, 5, false, { 'memory = "512mb"' })
vim.api.nvim_exec_autocmds("TextChanged", { buffer = 0 })
local is_there = function()
  return vim.tbl_contains(vim.tbl_map(function(it) return it.code end, vim.diagnostic.get(0)),
    "memory-overcommit")
end
vim.wait(20000, is_there, 20)
write("neovim", vim.diagnostic.get(0))

-- nvim-lint calls a linter like this: the command with the buffer on standard input, the parser
-- with what it prints. The function that the set-up names is local there, so the file is run again
-- with the second block at its end.
local lint = { linters = {} }
package.preload["lint"] = function() return lint end
local text = io.open(work .. "/init.lua"):read("*a") .. io.open(work .. "/nvim-lint.lua"):read("*a")
assert(loadstring(text))()
local linter = lint.linters.opslint
local command = { linter.cmd }
for _, it in ipairs(linter.args) do
  table.insert(command, type(it) == "function" and it() or it)
end
local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
local output = vim.fn.system(command, table.concat(lines, "\n") .. "\n")
write("nvim-lint", linter.parser(output, vim.api.nvim_get_current_buf()))
vim.cmd("qall!")
