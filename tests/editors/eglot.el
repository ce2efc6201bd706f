;;; eglot.el --- eglot on opslint -*- lexical-binding: t -*-
;; Edits a buffer as a person would, waits for the diagnostic of the server, asks what is known of a
;; value, and applies a fix. What was seen is written down.

(require 'eglot)
(require 'cl-lib)

(defvar work (getenv "WORK"))

(defun write-down (name format &rest values)
  (with-temp-file (expand-file-name name work)
    (insert (apply #'format format values))))

(defun wait-for (what)
  (let ((until (+ (float-time) 30)) found)
    (while (and (not (setq found (funcall what))) (< (float-time) until))
      (accept-process-output nil 0.05))
    (or found (error "eglot: waited in vain"))))

(defun diagnostic-with (text)
  (cl-find-if (lambda (it) (string-match-p (regexp-quote text) (flymake-diagnostic-text it)))
              (flymake-diagnostics)))

(setq eglot-sync-connect 30
      eglot-autoshutdown t
      eglot-send-changes-idle-time 0)
(find-file "fly.toml")
(apply #'eglot--connect (eglot--guess-contact))
(wait-for (lambda () (eglot-managed-p)))

;; Half a gigabyte, which is in the buffer only.
(goto-char (point-min))
(re-search-forward "4gb")
(replace-match "512mb")
(eglot--signal-textDocument/didChange)
(let ((it (wait-for (lambda () (flymake-start) (diagnostic-with "workers need")))))
  (goto-char (flymake-diagnostic-beg it))
  (write-down "eglot" "%d:%d %s memory-overcommit\n" (line-number-at-pos) (1+ (current-column))
              (if (memq (flymake-diagnostic-type it) '(eglot-error :error)) "E" "?")))

;; Hover.
(goto-char (point-min))
(re-search-forward "512m")
(let* ((answer (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover
                                (eglot--TextDocumentPositionParams)))
       (text (plist-get (plist-get answer :contents) :value)))
  (write-down "eglot-hover" "%s\n" (car (split-string text " ("))))

;; The fix, as a person picks it from the list.
(goto-char (point-min))
(re-search-forward "^autosto")
;; Without a mouse, choices are read from the keyboard.
(setq last-nonmenu-event ?\r)
(cl-letf (((symbol-function 'completing-read)
           (lambda (_prompt choices &rest _)
             (let ((titles (mapcar (lambda (it) (if (consp it) (car it) it)) choices)))
               (cl-find-if (lambda (it) (string-match-p "auto_stop_machines" it)) titles)))))
  (eglot-code-actions (point) (point) nil t))
(write-down "eglot-fixed" "%s" (buffer-string))
(set-buffer-modified-p nil)
(ignore-errors (eglot-shutdown (eglot--current-server-or-lose)))
