" Edits the buffer, lints it with ALE, and writes down where the diagnostic is.
let g:ale_linters = {'toml': ['opslint']}
let g:ale_linters_explicit = 1
runtime plugin/ale.vim
set filetype=toml
call setline(5, 'memory = "512mb"')
call ale#Queue(0, '')
let s:found = []
for s:round in range(400)
  sleep 50m
  let s:all = ale#engine#GetLoclist(bufnr(''))
  let s:found = filter(copy(s:all), 'get(v:val, "code", "") ==# "memory-overcommit"')
  if !empty(s:found)
    break
  endif
endfor
call map(s:found, 'printf("%d:%d %s %s", v:val.lnum, v:val.col, v:val.type, v:val.code)')
call writefile(s:found, $WORK . '/ale')
qall!
