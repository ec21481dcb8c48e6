package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// answers are the commands that answer in JSON, with arguments of each kind: good ones, ones that nothing fits, ones that cannot be meant.
var answers = []string{
	"status", "status cal", "status nowhere", "sync -n", "sync", "sync cal/work", "sync cal/wrok", "sync --only both", "sync -i", "resolve", "resolve a.ics",
	"resolve --local nowhere", "log", "log -n 1", "log a.ics", "log nowhere", "log a b", "diff", "diff a.ics", "diff main", "diff main HEAD", "diff yesterday", "diff --sides remote", "diff -p", "diff --stat", "diff nowhere", "diff a b c -- d", "collections", "collections nowhere", "check", "check --offline", "check nowhere",
	"held", "held nowhere", "held 0123456789ab", "accept", "accept 0123456789ab", "accept -n nowhere", "refuse", "refuse 0123456789ab",
	"config", "config x", "git-setup", "git-setup nowhere", "init", "version", "version x", "help", "completion bash", "demo x", "textconv x", "merge-file a",
	"merge-file a b c", "nonsense", "sync --nonsense", "",
}

// TestEveryAnswerIsOneObject: whatever the command and whatever the state, an answer is one object of the promised form, with the exit status in
// it, and nothing is on standard output besides.
func TestEveryAnswerIsOneObject(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*talk){
		"new": func(*talk) {},
		"conflict": func(k *talk) {
			k.conflict("a.ics", []string{"SUMMARY:Old"}, []string{"SUMMARY:Mine"}, []string{"SUMMARY:Theirs"})
		},
		"held": func(k *talk) {
			k.work.Fill(1, 20)
			k.run(k.t.Context(), exitSync, "sync")
			k.work.Wipe()
		},
		"broken item": func(k *talk) { k.work.Put("a.ics", []byte("BEGIN:VCALENDAR\r\nnonsense\x1b\xff")) },
		"another branch": func(k *talk) {
			k.run(k.t.Context(), exitSync, "sync")
			k.write("cal/.git/HEAD", "ref: refs/heads/other\n")
		},
		"login refused":    func(k *talk) { k.server.AddUser("ada", "another") },
		"no configuration": func(k *talk) { k.world.Env = func(string) string { return "" } },
		"bad configuration": func(k *talk) {
			k.write("vgit.toml", "[vdir.cal]\nkind = \"calendar\"\nremotes = [\"x\"]\nnonsense = \"\x1b\"\n")
		},
		"hooks that fail": func(k *talk) {
			k.work.Put("a.ics", []byte(event("a", "New", "20300506T120000Z", "20300506T130000Z")))
			k.hooks(`after_sync = ["false"]`)
		},
		"a hook that ends the run": func(k *talk) { k.hooks(`before_sync = ["false"]`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &talk{machine: newMachine(t)}
			k.world.Self = func() (string, error) { return "/usr/bin/vgit", nil }
			prepare(k)
			for _, line := range answers {
				k.answer(strings.Fields(line))
			}
		})
	}
}

// reasons are why something is not as it should be, inside of an answer.
var reasons = regexp.MustCompile(`"error": "|"severity": "(lasting|temporary)"|"state": "refused"|"outcome": "conflict"`)

// hooks adds lines to the [sync] of the configuration. The programs are found in the real $PATH.
func (k *talk) hooks(line string) {
	env := k.world.Env
	k.world.Env = func(name string) string {
		if name == "PATH" {
			return "/bin:/usr/bin"
		}
		return env(name)
	}
	text, err := os.ReadFile(filepath.Join(k.dir, "vgit.toml"))
	if err != nil {
		k.t.Fatal(err)
	}
	k.write("vgit.toml", string(text)+"[sync]\n"+line+"\n")
}

// answer runs a command and looks at what it prints.
func (k *talk) answer(args []string) {
	k.t.Helper()
	k.stdout.Reset()
	k.stderr.Reset()
	code := run(context.Background(), k.world, append([]string{"--json"}, args...))
	dec := json.NewDecoder(bytes.NewReader(k.stdout.Bytes()))
	dec.UseNumber()
	var got map[string]any
	if err := dec.Decode(&got); err != nil {
		k.t.Errorf("vgit --json %q: %v:\n%s", args, err, &k.stdout)
		return
	}
	if _, err := dec.Token(); err != io.EOF {
		k.t.Errorf("vgit --json %q: there is more behind the answer:\n%s", args, &k.stdout)
	}
	if fmt.Sprint(got["format"]) != "1" || fmt.Sprint(got["exit"]) != fmt.Sprint(code) {
		k.t.Errorf("vgit --json %q: exit %d, and the answer says format %v, exit %v", args, code, got["format"], got["exit"])
	}
	errs, isList := got["errors"].([]any)
	if !isList {
		k.t.Errorf("vgit --json %q: no list of errors", args)
	}
	if bad := code != exitSync && code != exitWaits && code != exitHeld; bad && len(errs) == 0 && len(args) > 0 && !reasons.MatchString(k.stdout.String()) {
		k.t.Errorf("vgit --json %q: exit %d without a reason:\n%s", args, code, &k.stdout)
	}
	for _, r := range k.stdout.String() {
		if r < ' ' && r != '\n' || r == 0x7f {
			k.t.Errorf("vgit --json %q: a character %#x in the answer", args, r)
			break
		}
	}
}
