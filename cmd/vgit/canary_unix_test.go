//go:build unix

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"vgit/remote/davtest"
)

// programs are all keys of git that name a program, a file to read more keys from, or a wish to run one.
const programs = `[core]
	fsmonitor = CANARY
	sshCommand = CANARY
	editor = CANARY
	pager = CANARY
	askPass = CANARY
	gitProxy = CANARY
	hooksPath = HOOKS
	alternateRefsCommand = CANARY
	attributesFile = ATTRIBUTES
[sequence]
	editor = CANARY
[include]
	path = MORE
[includeIf "gitdir:/**"]
	path = MORE
[commit]
	gpgSign = true
[tag]
	gpgSign = true
[gpg]
	program = CANARY
[gpg "ssh"]
	program = CANARY
	defaultKeyCommand = CANARY
[credential]
	helper = !CANARY
[diff]
	external = CANARY
[diff "evil"]
	textconv = CANARY
	command = CANARY
[merge]
	tool = evil
[merge "evil"]
	driver = CANARY
[mergetool "evil"]
	cmd = CANARY
[filter "evil"]
	clean = CANARY
	smudge = CANARY
	process = CANARY
	required = true
[interactive]
	diffFilter = CANARY
[pager]
	log = CANARY
[alias]
	log = !CANARY
	status = !CANARY
[trailer "evil"]
	command = CANARY
	cmd = CANARY
[uploadpack]
	packObjectsHook = CANARY
[remote "origin"]
	url = ext::CANARY
	uploadpack = CANARY
	receivepack = CANARY
	fetch = +refs/heads/*:refs/remotes/origin/*
	promisor = false
[protocol "ext"]
	allow = always
[submodule "evil"]
	url = ext::CANARY
	update = !CANARY
[web]
	browser = CANARY
[browser "evil"]
	cmd = CANARY
[gc]
	recentObjectsHook = CANARY
[maintenance]
	auto = true
`

var hooks = strings.Fields(`applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit pre-rebase
	post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update reference-transaction push-to-checkout pre-auto-gc
	post-rewrite fsmonitor-watchman sendemail-validate post-index-change`)

// TestS34NothingInARepositoryRuns: every key that names a program, every hook, every filter and every program that might be looked for
// leaves a mark when it runs. After the whole command there is none, also with a terminal at hand (F107).
func TestS34NothingInARepositoryRuns(t *testing.T) {
	t.Parallel()
	h := newVillain(t)
	h.work.Put("a.ics", canaryEvent("a", "Alpha", ""))
	h.onTerminal("sync")
	mark := filepath.Join(h.home, "canary-ran")
	canary := filepath.Join(h.home, "canary")
	h.program(canary, "#!/bin/sh\necho \"$0 $*\" >> '"+mark+"'\nexit 1\n")
	git := filepath.Join(h.dir, ".git")
	names := strings.NewReplacer("CANARY", canary, "HOOKS", filepath.Join(h.home, "hooks"), "MORE", filepath.Join(h.home, "more"), "ATTRIBUTES", filepath.Join(h.home, "attributes"))
	h.write(filepath.Join(git, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"+names.Replace(programs))
	h.write(filepath.Join(h.home, "more"), names.Replace(strings.ReplaceAll(programs, "path = MORE", "path = /nowhere")))
	attributes := "* filter=evil diff=evil merge=evil text eol=lf ident working-tree-encoding=UTF-16\n"
	for _, p := range []string{filepath.Join(h.dir, ".gitattributes"), filepath.Join(h.dir, "Work", ".gitattributes"), filepath.Join(h.home, "attributes"), filepath.Join(git, "info/attributes")} {
		h.write(p, attributes)
	}
	h.write(filepath.Join(h.dir, ".gitmodules"), names.Replace("[submodule \"evil\"]\n\tpath = evil\n\turl = ext::CANARY\n\tupdate = !CANARY\n"))
	for _, dir := range []string{filepath.Join(git, "hooks"), filepath.Join(h.home, "hooks")} {
		for _, name := range hooks {
			h.copyProgram(canary, filepath.Join(dir, name))
		}
	}
	path := filepath.Join(h.home, "path")
	for _, name := range []string{"git", "sh", "bash", "less", "more", "vi", "vim", "nano", "editor", "ssh", "gpg", "gpg2", "pass", "secret-tool", "xdg-open", "diff", "merge"} {
		h.copyProgram(canary, filepath.Join(path, name))
	}
	h.env = []string{"PATH=" + path, "PAGER=/bin/cat", "GIT_PAGER=" + canary, "EDITOR=" + canary, "VISUAL=" + canary, "GIT_EDITOR=" + canary, "GIT_SSH_COMMAND=" + canary,
		"GIT_ASKPASS=" + canary, "SSH_ASKPASS=" + canary, "GIT_EXTERNAL_DIFF=" + canary, "BROWSER=" + canary, "GIT_PROXY_COMMAND=" + canary, "GIT_EXEC_PATH=" + path}
	for round := range 2 {
		h.write(filepath.Join(h.dir, "Work", "b.ics"), string(canaryEvent("b", fmt.Sprint("Here ", round), "")))
		h.work.Put("a.ics", canaryEvent("a", fmt.Sprint("There ", round), ""))
		for _, args := range append(everyCommand(), []string{"log", "a.ics"}, []string{"init", "--help"}, []string{"help", "sync"}, []string{"completion", "bash"}) {
			h.harmless(args...)
			if b, err := os.ReadFile(mark); err == nil {
				t.Fatalf("vgit %q ran\n%s", args, b)
			}
		}
	}
	if _, ok := h.work.Get("b.ics"); !ok {
		t.Error("nothing was synced, so nothing was tried")
	}
	// The marks are real: git itself, in the same place, leaves some.
	h.env = nil
	_ = exec.Command("git", "-C", h.dir, "status").Run()
	if _, err := os.Stat(mark); err != nil {
		t.Error("git runs none of it either: the test proves nothing")
	}
}

// program writes an executable file.
func (h *villain) program(name, text string) {
	h.t.Helper()
	h.write(name, text)
	if err := os.Chmod(name, 0o700); err != nil {
		h.t.Fatal(err)
	}
}

// copyProgram gives a program another name; a link will do.
func (h *villain) copyProgram(from, to string) {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Symlink(from, to); err != nil {
		h.t.Fatal(err)
	}
}

func canaryEvent(uid, summary, lines string) []byte {
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260302T100000Z\r\n" +
		"SUMMARY:" + summary + "\r\n" + lines + "END:VEVENT\r\nEND:VCALENDAR\r\n")
}

// TestS12S33NobodyElseIsAsked: items and answers are full of addresses and of files to open. The one that listens at some of them, and is the
// proxy for all the others, hears nothing, and the files stay as they are.
func TestS12S33NobodyElseIsAsked(t *testing.T) {
	t.Parallel()
	var heard atomic.Int64
	listener := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	defer listener.Close()
	h := newVillain(t)
	file := filepath.Join(h.home, "canary.txt")
	h.program(file, "#!/bin/sh\nrm -f '"+file+"'\n")
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, at := range []string{listener.URL + "/x", "http://canary.example.org/x", "https://canary.example.org/x", "file://" + file, "ftp://canary.example.org/x", `\\canary.example.org\x`} {
		fmt.Fprintf(&lines, "ATTACH:%[1]s\r\nATTACH;FMTTYPE=image/png:%[1]s\r\nURL:%[1]s\r\nIMAGE;VALUE=URI:%[1]s\r\nCONFERENCE;VALUE=URI:%[1]s\r\nDESCRIPTION;ALTREP=\"%[1]s\":x\r\n"+
			"SOURCE;VALUE=URI:%[1]s\r\nTZURL:%[1]s\r\nSTRUCTURED-DATA;VALUE=URI:%[1]s\r\nLINK;VALUE=URI:%[1]s\r\nATTENDEE;DIR=\"%[1]s\":mailto:x@canary.example.org\r\n"+
			"BEGIN:VALARM\r\nACTION:PROCEDURE\r\nTRIGGER:-PT5M\r\nATTACH:%[1]s\r\nEND:VALARM\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nATTACH:%[1]s\r\nEND:VALARM\r\n", at)
	}
	h.work.Put("a.ics", canaryEvent("a", "Alpha", lines.String()))
	h.work.SetProps(davtest.Props{DisplayName: "Work", Description: listener.URL, Color: "url(" + listener.URL + ")"})
	h.env = []string{"HTTP_PROXY=" + listener.URL, "HTTPS_PROXY=" + listener.URL, "ALL_PROXY=" + listener.URL}
	for _, args := range append(everyCommand(), []string{"version"}, []string{"help"}) {
		h.onTerminal(args...)
	}
	h.write(filepath.Join(h.dir, "Work", "b.ics"), string(canaryEvent("b", "Beta", lines.String())))
	h.onTerminal("sync")
	if _, ok := h.work.Get("b.ics"); !ok {
		t.Error("nothing was synced, so nothing was tried")
	}
	if n := heard.Load(); n != 0 {
		t.Errorf("%d requests to somebody else", n)
	}
	after, err := os.Stat(file)
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the file: %v", err)
	}
}
