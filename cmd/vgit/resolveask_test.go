package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// talk is a person who answers in this order, and then ends the input. An answer may begin with the slot that it is about, as in
// "summary: here"; then it waits until that is asked.
type talk struct {
	*machine
	answers []string
}

var slotLine = regexp.MustCompile(`(?m)^  ([a-z][a-z0-9 -]*?)(?: \(.*\))?$`)

func (k *talk) ask(_ context.Context, prompt string, _ bool) (string, error) {
	slots := slotLine.FindAllStringSubmatch(k.stderr.String(), -1)
	fmt.Fprint(&k.stderr, prompt)
	for i, answer := range k.answers {
		slot, word, about := strings.Cut(answer, ": ")
		if about && (len(slots) == 0 || slots[len(slots)-1][1] != slot) {
			continue
		}
		if !about {
			word = answer
		}
		k.answers = slices.Delete(slices.Clone(k.answers), i, i+1)
		fmt.Fprintln(&k.stderr, word)
		return word, nil
	}
	return "", errors.New("there was no answer")
}

// resolve runs the command with a person at the terminal.
func (k *talk) resolve(want int, args []string, answers ...string) string {
	k.t.Helper()
	k.answers = answers
	k.world.Ask = k.ask
	k.run(k.t.Context(), want, append([]string{"resolve"}, args...)...)
	if len(k.answers) > 0 {
		k.t.Errorf("vgit resolve %q: %q was not asked for:\n%s", args, k.answers, &k.stderr)
	}
	k.world.Ask = func(context.Context, string, bool) (string, error) { return "secret", nil }
	return unquoted(k.stderr.String())
}

// unquoted is a text without the marks around titles and values.
func unquoted(text string) string { return strings.ReplaceAll(text, `"`, "") }

func (k *talk) wants(text string, all ...string) {
	k.t.Helper()
	for _, want := range all {
		if no, found := strings.CutPrefix(want, "!"); strings.Contains(text, strings.TrimPrefix(want, "!")) == found {
			k.t.Errorf("%q is there: %v, in\n%s", no, !found, text)
		}
	}
}

func (k *talk) there(name string) string {
	body, _ := k.work.Get(name)
	return string(body)
}

// conflict makes an item that waits: lines of the base, and what both sides make of them.
func (k *talk) conflict(name string, lines, mine, theirs []string) {
	k.t.Helper()
	body := strings.Replace(event(strings.TrimSuffix(name, ".ics"), "X", "20300506T120000Z", "20300506T130000Z"), "SUMMARY:X\r\n", strings.Join(lines, "\r\n")+"\r\n", 1)
	if strings.Count(body, "DTSTART") > 1 {
		body = strings.Replace(body, "DTSTART:20300506T120000Z\r\nDTEND:20300506T130000Z\r\n", "", 1)
	}
	k.work.Put(name, []byte(body))
	k.run(k.t.Context(), exitSync, "sync")
	k.change(name, lines, mine, theirs)
}

// change edits both sides.
func (k *talk) change(name string, lines, mine, theirs []string) {
	k.t.Helper()
	path := filepath.Join(k.dir, "cal", "work", name)
	b, err := os.ReadFile(path)
	if err != nil {
		k.t.Fatal(err)
	}
	for i, line := range lines {
		b = bytes.Replace(b, []byte(line), []byte(mine[i]), 1)
		k.work.Edit(name, func(b []byte) []byte { return bytes.Replace(b, []byte(line), []byte(theirs[i]), 1) })
	}
	k.write(filepath.Join("cal", "work", name), string(b))
	k.run(k.t.Context(), exitWaits, "sync")
}

// Property by property: each answer is kept at once, and the talk can be left and taken up again.
func TestResolveAsks(t *testing.T) {
	t.Parallel()
	k := &talk{machine: newMachine(t)}
	k.conflict("a.ics", []string{"SUMMARY:Alpha", "LOCATION:Here", "DESCRIPTION:One"}, []string{"SUMMARY:Mine", "LOCATION:Kitchen", "DESCRIPTION:My words"},
		[]string{"SUMMARY:Theirs", "LOCATION:Garden", "DESCRIPTION:Their words"})
	said := k.resolve(exitWaits, []string{"work/a.ics"}, "summary: what", "summary: h", "description: s", "place: s")
	k.wants(said, `work/a.ics Mine, 2030-05-06 12:00 UTC: changed on both sides, differently`, "base    Alpha", "here    Mine", "there   Theirs",
		"[h]ere, [t]here, [e]dit, [s]kip or [q]uit?", "skip    leave it waiting")
	k.wants(k.stdout.String(), "!settled")
	k.run(t.Context(), exitWaits, "resolve", "--json", "a.ics")
	k.wants(k.stdout.String(), `!"slot": "summary"`, `"slot": "description"`)
	said = k.resolve(exitSync, nil, "description: b", "place: x", "place: t")
	k.wants(said, "!Theirs", "Garden", "[b]oth", "hint: vgit sync")
	k.wants(k.stdout.String(), `work/a.ics "Mine": settled`)
	k.run(t.Context(), exitSync, "sync")
	k.wants(k.there("a.ics"), "SUMMARY:Mine\r\n", "LOCATION:Garden\r\n", `DESCRIPTION:My words\nTheir words`)
}

// A series that one side moved and the other gave another rule may have both.
func TestResolveKeepsBothOfASeries(t *testing.T) {
	t.Parallel()
	k := &talk{machine: newMachine(t)}
	k.conflict("a.ics", []string{"SUMMARY:Choir\r\nDTSTART:20300506T120000Z\r\nDTEND:20300506T130000Z", "RRULE:FREQ=WEEKLY"},
		[]string{"SUMMARY:Choir\r\nDTSTART:20300507T120000Z\r\nDTEND:20300507T130000Z", "RRULE:FREQ=WEEKLY"},
		[]string{"SUMMARY:Choir\r\nDTSTART:20300506T120000Z\r\nDTEND:20300506T130000Z", "RRULE:FREQ=MONTHLY"})
	said := k.resolve(exitSync, nil, "series: b")
	k.wants(said, "series (the start of the series changed", "here    Tue 7 May 2030 12:00-13:00 UTC; weekly", "there   Mon 6 May 2030 12:00-13:00 UTC; monthly")
	k.run(t.Context(), exitSync, "sync")
	k.wants(k.there("a.ics"), "DTSTART:20300507T120000Z", "FREQ=MONTHLY")
}

// What an editor leaves is taken if it is the same item; what cannot be taken is given back.
func TestResolveEdits(t *testing.T) {
	t.Parallel()
	k := &talk{machine: newMachine(t)}
	editor := filepath.Join(k.dir, "my editor")
	k.write("my editor", "#!/bin/sh\nif grep -q '^SUMMARY:Bee' \"$2\"; then sed -i 's/^SUMMARY:.*/SUMMARY:Edited/; s/^UID:.*/UID:x/' \"$2\"\n"+
		"else sed -i 's/^UID:.*/UID:b/' \"$2\"; fi\n")
	if err := os.Chmod(editor, 0o700); err != nil {
		t.Fatal(err)
	}
	env := k.world.Env
	k.world.Env = func(name string) string {
		if name == "EDITOR" {
			return "'" + editor + "' -x"
		}
		return env(name)
	}
	k.world.Environ = os.Environ()
	k.conflict("b.ics", []string{"SUMMARY:Beta"}, []string{"SUMMARY:Bee"}, []string{"SUMMARY:Bean"})
	said := k.resolve(exitWaits, nil, "e", "n", "s")
	k.wants(said, "has the UID x instead of b", "edit it again?", "not taken: ")
	said = k.resolve(exitSync, nil, "e", "y")
	k.wants(said, "has the UID x instead of b")
	k.wants(k.stdout.String(), "taken as edited")
	k.run(t.Context(), exitSync, "sync")
	k.wants(k.there("b.ics"), "SUMMARY:Edited\r\n", "UID:b\r\n")
}

// When another run moves the item while a person thinks, it is shown again, and nothing is taken that was not seen.
func TestResolveShowsAnewWhatMoved(t *testing.T) {
	t.Parallel()
	k := &talk{machine: newMachine(t)}
	k.conflict("a.ics", []string{"SUMMARY:Alpha"}, []string{"SUMMARY:Mine"}, []string{"SUMMARY:Theirs"})
	asked := 0
	k.world.Ask = func(ctx context.Context, prompt string, _ bool) (string, error) {
		switch asked++; asked {
		case 1:
			k.work.Edit("a.ics", func(b []byte) []byte { return bytes.Replace(b, []byte("SUMMARY:Theirs"), []byte("SUMMARY:Later"), 1) })
			other := k.world
			other.Stdout, other.Stderr = &bytes.Buffer{}, &bytes.Buffer{}
			other.Ask = func(context.Context, string, bool) (string, error) { return "secret", nil }
			if code := run(ctx, other, []string{"sync"}); code != exitWaits {
				t.Errorf("the other run ended with %d", code)
			}
			return "there", nil
		case 2:
			return "there", nil
		}
		return "", errors.New("there was no answer")
	}
	k.run(t.Context(), exitSync, "resolve")
	k.wants(unquoted(k.stderr.String()), "this item has changed meanwhile", "there   Theirs", "there   Later")
	k.world.Ask = func(context.Context, string, bool) (string, error) { return "secret", nil }
	k.run(t.Context(), exitSync, "sync")
	b, err := os.ReadFile(filepath.Join(k.dir, "cal", "work", "a.ics"))
	if err != nil || !strings.Contains(string(b), "SUMMARY:Later") {
		t.Errorf("%v\n%s", err, b)
	}
}

// The end of the input leaves everything waiting, and so does an interruption.
func TestResolveLeft(t *testing.T) {
	t.Parallel()
	k := &talk{machine: newMachine(t)}
	k.conflict("a.ics", []string{"SUMMARY:Alpha"}, []string{"SUMMARY:Mine"}, []string{"SUMMARY:Theirs"})
	k.conflictToo("b.ics")
	k.resolve(exitWaits, nil)
	k.wants(k.stdout.String(), "!settled")
	said := k.resolve(exitWaits, nil, "s", "s")
	k.wants(said, "(1 of 2)", "(2 of 2)")
	ctx, cancel := context.WithCancel(t.Context())
	k.world.Ask = func(context.Context, string, bool) (string, error) { cancel(); return "", context.Canceled }
	k.run(ctx, exitTemporary, "resolve")
	k.wants(k.stderr.String(), "interrupted")
}

// conflictToo makes one more item that waits while another does.
func (k *talk) conflictToo(name string) {
	k.t.Helper()
	k.work.Put(name, []byte(event(strings.TrimSuffix(name, ".ics"), "Beta", "20300506T120000Z", "20300506T130000Z")))
	k.run(k.t.Context(), exitWaits, "sync")
	k.change(name, []string{"SUMMARY:Beta"}, []string{"SUMMARY:Bee"}, []string{"SUMMARY:Bean"})
}
